//! Taking cells of several limits for one thing that somebody wants to do: all of them or none.

use std::sync::Arc;
use std::time::Duration;

use concierge_kernel::StoreFailure;

use crate::{Key, Limit, RateLimiter, ThrottleError, Throttled, Verdict};

/// The cells that were taken for something. They are gone unless it is told that they shall not count.
#[derive(Debug)]
#[must_use = "whether its cells count depends on how it ends"]
pub struct Admission(Vec<(Limit, Key)>);

/// A limit that has no cell for somebody.
struct Refused {
    limit: Limit,
    key: Key,
    retry_after: Duration,
}

/// Lets in by a limiter.
pub(crate) struct Turnstile(pub(crate) Arc<dyn RateLimiter>);

impl Turnstile {
    /// Takes one cell of each. When some have none left, those taken are given back, and of the limits that refuse the one
    /// that does so for longest is told: whoever waits for that has waited for all.
    pub(crate) fn admit(&self, wanted: Vec<(Limit, Key)>) -> Result<Admission, ThrottleError> {
        let mut taken = Vec::with_capacity(wanted.len());
        let mut longest: Option<Refused> = None;
        for (limit, key) in wanted {
            match self.0.take(limit, key) {
                Ok(verdict) if verdict.allowed => taken.push((limit, key)),
                Ok(Verdict { retry_after, .. }) => {
                    if longest.as_ref().is_none_or(|refused| refused.retry_after < retry_after) {
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
        let (quota, report) = (self.0.quotas().of(limit), self.report(Key::report(limit, key))?);
        Err(ThrottleError::Throttled(Throttled { limit, quota, retry_after, report }))
    }

    /// Gives the cells back.
    pub(crate) fn excuse(&self, admission: Admission) -> Result<(), StoreFailure> {
        self.give_back(&admission.0)
    }

    /// Whether the log is to hear of this key. What the log has no room for now it hears later: a flood of other keys
    /// silences none for good.
    fn report(&self, key: Key) -> Result<bool, StoreFailure> {
        if !self.0.take(Limit::Report, key)?.allowed {
            return Ok(false);
        }
        let room = self.0.take(Limit::Reports, Key::all())?.allowed;
        if !room {
            self.0.give_back(Limit::Report, key)?;
        }
        Ok(room)
    }

    /// Tries all, and returns the first failure.
    fn give_back(&self, taken: &[(Limit, Key)]) -> Result<(), StoreFailure> {
        let each = taken.iter().map(|(limit, key)| self.0.give_back(*limit, *key));
        each.fold(Ok(()), Result::and)
    }
}
