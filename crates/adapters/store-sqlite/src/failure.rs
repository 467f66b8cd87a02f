//! What diesel and r2d2 say, in the words of the ports.

use concierge_kernel::StoreFailure;
use diesel::result::{DatabaseErrorKind, Error};

/// A store call's failure on its way out of a transaction.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Store(#[from] StoreFailure),
    #[error(transparent)]
    Diesel(#[from] Error),
}

impl From<Failure> for StoreFailure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(failure) => failure,
            Failure::Diesel(error) if is_busy(&error) => Self::Unavailable(error.into()),
            Failure::Diesel(error) => Self::Failed(error.into()),
        }
    }
}

/// Whether another connection held the database for longer than the busy timeout.
fn is_busy(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(_, info) if info.message().contains("database is locked"))
}

/// Whether a row was refused because another has the same value in `column`, named `table.column`.
pub(crate) fn violates_uniqueness_of(column: &str, error: &Error) -> bool {
    match error {
        // SQLite names the columns only in the text: "UNIQUE constraint failed: users.username".
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
            info.message().rsplit(": ").next() == Some(column)
        }
        _ => false,
    }
}
