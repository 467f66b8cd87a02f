//! Breaking a double on demand.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Which calls of a double fail just now, and with what. At first none does.
pub struct Fault<E>(Mutex<Option<Broken<E>>>);

struct Broken<E> {
    /// The one method that is broken; `None` when all are.
    only: Option<&'static str>,
    with: fn() -> E,
}

impl<E> Fault<E> {
    /// From now on every call fails with what `with` makes. It may panic instead.
    pub fn break_all(&self, with: fn() -> E) {
        *self.lock() = Some(Broken { only: None, with });
    }

    /// From now on calls of the port's method `call` fail, and no others.
    pub fn break_only(&self, call: &'static str, with: fn() -> E) {
        *self.lock() = Some(Broken { only: Some(call), with });
    }

    /// From now on nothing fails.
    pub fn mend(&self) {
        *self.lock() = None;
    }

    /// The failure of a call, if it is to have one.
    pub(super) fn check(&self, call: &str) -> Result<(), E> {
        let broken = |broken: &Broken<E>| broken.only.is_none_or(|only| only == call);
        let with = self.lock().as_ref().filter(|fault| broken(fault)).map(|fault| fault.with);
        // Called without the lock, for it may panic.
        with.map_or(Ok(()), |with| Err(with()))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Broken<E>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E> Default for Fault<E> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}
