//! Taking cells of several limits for one thing that somebody wants to do: all of them or none.

use std::sync::Arc;
use std::time::Duration;

use concierge_kernel::StoreFailure;

use crate::{Key, Limit, RateLimiter, SharedLimits, ThrottleError, Throttled, Verdict};

/// The cells that were taken for something. They are gone unless it is told that they shall not count.
#[derive(Debug)]
#[must_use = "whether its cells count depends on how it ends"]
pub struct Admission(Vec<Cell>);

/// What was taken for one key of one limit. It is given back where it was taken and nowhere else: what is shared may have
/// gone or come back since.
#[derive(Debug)]
struct Cell {
    limit: Limit,
    key: Key,
    /// Of this process's own limiter.
    own: bool,
    /// Of the one that is shared.
    shared: bool,
}

/// A limit that has no cell for somebody.
struct Refused {
    limit: Limit,
    key: Key,
    retry_after: Duration,
}

/// Lets in by a limiter of this process's own, and by one that others share if there is any.
pub(crate) struct Turnstile {
    pub(crate) own: Arc<dyn RateLimiter>,
    pub(crate) shared: Option<Arc<SharedLimits>>,
}

impl Turnstile {
    pub(crate) fn new(own: Arc<dyn RateLimiter>) -> Self {
        Self { own, shared: None }
    }

    /// Takes one cell of each. When some have none left, those taken are given back, and of the limits that refuse the one
    /// that does so for longest is told: whoever waits for that has waited for all.
    pub(crate) fn admit(&self, wanted: Vec<(Limit, Key)>) -> Result<Admission, ThrottleError> {
        let mut taken = Vec::with_capacity(wanted.len());
        let mut longest: Option<Refused> = None;
        for (limit, key) in wanted {
            match self.take(limit, key) {
                Ok((cell, wait)) => {
                    taken.push(cell);
                    if let Some(retry_after) = wait
                        && longest.as_ref().is_none_or(|refused| refused.retry_after < retry_after)
                    {
                        longest = Some(Refused { limit, key, retry_after });
                    }
                }
                Err(failure) => {
                    self.give_back(&taken)?;
                    return Err(failure.into());
                }
            }
        }
        let Some(Refused { limit, key, retry_after }) = longest else { return Ok(Admission(taken)) };
        self.give_back(&taken)?;
        let (quota, report) = (self.own.quotas().of(limit), self.report(Key::report(limit, key))?);
        Err(ThrottleError::Throttled(Throttled { limit, quota, retry_after, report }))
    }

    /// Gives the cells back.
    pub(crate) fn excuse(&self, admission: Admission) -> Result<(), StoreFailure> {
        self.give_back(&admission.0)
    }

    /// Whether the log is to hear of this key. What the log has no room for now it hears later: a flood of other keys
    /// silences none for good.
    fn report(&self, key: Key) -> Result<bool, StoreFailure> {
        let (of_key, wait) = self.take(Limit::Report, key)?;
        if wait.is_some() {
            self.give_back(&[of_key])?;
            return Ok(false);
        }
        let (of_all, wait) = self.take(Limit::Reports, Key::all())?;
        if wait.is_some() {
            self.give_back(&[of_key, of_all])?;
        }
        Ok(wait.is_none())
    }

    /// Takes a cell wherever there is one, and tells how long to wait if there is one missing: in vain until both have one.
    fn take(&self, limit: Limit, key: Key) -> Result<(Cell, Option<Duration>), StoreFailure> {
        let own = self.own.take(limit, key)?;
        let shared = self.shared.as_ref().and_then(|shared| shared.take(limit, key));
        let wait = |verdict: Verdict| (!verdict.allowed).then_some(verdict.retry_after);
        let cell =
            Cell { limit, key, own: own.allowed, shared: shared.is_some_and(|verdict| verdict.allowed) };
        Ok((cell, wait(own).max(shared.and_then(wait))))
    }

    /// Tries all, and returns the first failure.
    fn give_back(&self, taken: &[Cell]) -> Result<(), StoreFailure> {
        let each = taken.iter().map(|cell| {
            if let Some(shared) = self.shared.as_ref().filter(|_| cell.shared) {
                shared.give_back(cell.limit, cell.key);
            }
            if cell.own { self.own.give_back(cell.limit, cell.key) } else { Ok(()) }
        });
        each.fold(Ok(()), Result::and)
    }
}
