//! The one way a store may break, in words that hold for every store.

use std::error::Error;

/// Whatever lies behind a failure, kept for the log.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why a store could not do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum StoreFailure {
    /// The store cannot be reached or has no capacity left just now; the same call may succeed later.
    #[error("the store is unavailable")]
    Unavailable(#[source] BoxError),
    /// A row holds what no version of concierge writes. Repairing it takes a person.
    #[error("the store is corrupt: column {column} of table {table}, key {key}")]
    Corrupt {
        /// The table that holds the row.
        table: &'static str,
        /// The column whose value makes no sense.
        column: &'static str,
        /// The row's primary key, as text.
        key: String,
        /// What is wrong with the value.
        #[source]
        source: BoxError,
    },
    /// The store answered with an error that no caller can do anything about.
    #[error("the store failed")]
    Failed(#[source] BoxError),
}
