//! Taking cells of several limits for one thing that somebody wants to do: all of them or none.

use std::sync::Arc;

use concierge_kernel::StoreFailure;

use crate::{Key, Limit, RateLimiter, ThrottleError, Throttled};

/// The cells that were taken for something. They are gone unless it is told that they shall not count.
#[derive(Debug)]
#[must_use = "whether its cells count depends on how it ends"]
pub struct Admission(Vec<(Limit, Key)>);

/// Lets in by a limiter.
pub(crate) struct Turnstile(pub(crate) Arc<dyn RateLimiter>);

impl Turnstile {
    /// Takes one cell of each, in this order; when one has none left, those taken are given back.
    pub(crate) fn admit(&self, wanted: Vec<(Limit, Key)>) -> Result<Admission, ThrottleError> {
        for (index, (limit, key)) in wanted.iter().enumerate() {
            if let Err(error) = self.take(*limit, *key) {
                self.give_back(&wanted[..index])?;
                return Err(error);
            }
        }
        Ok(Admission(wanted))
    }

    /// Gives the cells back.
    pub(crate) fn excuse(&self, admission: Admission) -> Result<(), StoreFailure> {
        self.give_back(&admission.0)
    }

    fn take(&self, limit: Limit, key: Key) -> Result<(), ThrottleError> {
        let verdict = self.0.take(limit, key)?;
        if verdict.allowed {
            return Ok(());
        }
        let report = self.0.take(Limit::Report, Key::report(limit, key))?.allowed
            && self.0.take(Limit::Reports, Key::all())?.allowed;
        let (quota, retry_after) = (self.0.quotas().of(limit), verdict.retry_after);
        Err(ThrottleError::Throttled(Throttled { limit, quota, retry_after, report }))
    }

    /// Tries all, and returns the first failure.
    fn give_back(&self, taken: &[(Limit, Key)]) -> Result<(), StoreFailure> {
        let each = taken.iter().map(|(limit, key)| self.0.give_back(*limit, *key));
        each.fold(Ok(()), Result::and)
    }
}
