//! What diesel and r2d2 say, in the words of the ports.

use concierge_kernel::StoreFailure;
use diesel::result::{DatabaseErrorKind, Error};

use crate::line::Silence;

/// A store call's failure on its way out of a transaction.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Store(#[from] StoreFailure),
    #[error(transparent)]
    Diesel(#[from] Error),
    /// Nothing is known of what was asked for: it may have been done, or be done yet.
    #[error(transparent)]
    Silence(#[from] Silence),
    #[error("the server takes no writes just now; it may be a standby")]
    ReadOnly,
}

impl From<Failure> for StoreFailure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(failure) => failure,
            Failure::Diesel(error) if passes(&error) => Self::Unavailable(error.into()),
            Failure::Diesel(error) => Self::Failed(error.into()),
            Failure::Silence(_) | Failure::ReadOnly => Self::Unavailable(failure.into()),
        }
    }
}

impl Failure {
    /// Whether the server took back a transaction for the sake of another, so that it may simply be tried again.
    pub(crate) fn lost_to_another(&self) -> bool {
        match self {
            Self::Diesel(error) => lost_to_another(error),
            Self::Store(_) | Self::Silence(_) | Self::ReadOnly => false,
        }
    }

    /// Whether the connection leads to where it should not: to a server that goes, or that has become a standby while
    /// another one takes the writes.
    pub(crate) fn ends_the_connection(&self) -> bool {
        match self {
            Self::Diesel(error) => ends_the_connection(error),
            Self::ReadOnly => true,
            Self::Store(_) | Self::Silence(_) => false,
        }
    }
}

/// What the server says of limits, of its own going, of its clients' crowd and of its disk. diesel passes on no code of
/// these, only the sentence, and a server that speaks another language than English is not understood: its refusals count as failures.
const PASSING: &[&str] = &[
    "canceling statement due to",
    "terminating connection due to",
    "the database system is",
    "too many connections",
    "too many clients",
    "remaining connection slots",
    "No space left on device",
];

fn passes(error: &Error) -> bool {
    match error {
        Error::BrokenTransactionManager => true,
        Error::DatabaseError(
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            // The server has become a standby, or takes no writes for another reason.
            | DatabaseErrorKind::ReadOnlyTransaction
            | DatabaseErrorKind::SerializationFailure,
            _,
        ) => true,
        // diesel could not even end the transaction: the connection has gone.
        Error::RollbackErrorOnCommit { rollback_error, commit_error } => {
            passes(rollback_error) || passes(commit_error)
        }
        Error::DatabaseError(DatabaseErrorKind::Unknown, info) => {
            lost_to_another(error) || PASSING.iter().any(|sentence| info.message().contains(sentence))
        }
        _ => false,
    }
}

fn ends_the_connection(error: &Error) -> bool {
    match error {
        Error::BrokenTransactionManager
        | Error::RollbackErrorOnCommit { .. }
        | Error::DatabaseError(
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ReadOnlyTransaction,
            _,
        ) => true,
        Error::DatabaseError(DatabaseErrorKind::Unknown, info) => {
            info.message().contains("terminating connection due to")
        }
        _ => false,
    }
}

fn lost_to_another(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        Error::DatabaseError(DatabaseErrorKind::Unknown, info) => info.message() == "deadlock detected",
        _ => false,
    }
}

/// Whether a row was refused by the unique constraint of this name.
pub(crate) fn violates(constraint: &str, failure: &Failure) -> bool {
    match failure {
        Failure::Diesel(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info)) => {
            info.constraint_name() == Some(constraint)
        }
        _ => false,
    }
}
