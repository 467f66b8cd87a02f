//! Every store in memory: for unit tests and for demonstrations, where nothing need outlive the process.
//!
//! It is a real adapter: it runs the same contract suites as the databases. One lock guards each store;
//! what a database does in a transaction happens here while the lock is held.

mod events;
mod sessions;
mod users;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use events::MemoryEventStore;
pub use sessions::MemorySessionStore;
pub use users::MemoryUserStore;

/// Locks what a panicking thread may have left locked: every change here is made in one assignment or in
/// several that cannot panic, so the data behind a poisoned lock is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
