//! The cells of one limit's keys, as governor keeps them: for each key the moment at which it will be full again, in
//! nanoseconds of [`Elapsed`], which is less than the longest window away.
//!
//! That moment is the rank by which [`Buckets`] chooses whom to forget. A key whose moment has come is like one that was
//! never heard of and goes first; after that the one that is closest to it. To have an attacked account forgotten, a
//! flood would have to use up the cells of about as many keys as there is room for, each with as many tries as the
//! account has seen: far more tries than the account would allow once it is forgotten. A key that is forgotten counts as full.

use std::sync::Arc;
use std::time::Duration;

use concierge_throttle::Key;
use governor::nanos::Nanos;
use governor::state::StateStore;

use crate::buckets::Buckets;
use crate::elapsed::Elapsed;

/// The state of every key, shared with the `RateLimiter` of governor that decides on it.
#[derive(Clone)]
pub(crate) struct Cells {
    buckets: Arc<Buckets>,
    clock: Elapsed,
}

impl Cells {
    pub(crate) fn new(max_keys: usize, clock: Elapsed) -> Self {
        Self { buckets: Arc::new(Buckets::new(max_keys)), clock }
    }

    /// Gives one cell back, which takes `interval` to come back by itself.
    pub(crate) fn give_back(&self, key: &Key, interval: Duration) {
        let now = self.clock.nanos();
        let interval = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX);
        let back = |full_at: Option<u64>| {
            let earlier = full_at.map(|full_at| full_at.saturating_sub(interval));
            Ok::<_, std::convert::Infallible>(((), earlier.filter(|full_at| *full_at > now)))
        };
        let Ok(()) = self.buckets.update(key, key, now, back);
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.buckets.len()
    }
}

impl StateStore for Cells {
    type Key = Key;

    fn measure_and_replace<T, F, E>(&self, key: &Key, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let decide = |full_at: Option<u64>| {
            let (outcome, full_at) = decide(full_at.map(Nanos::from))?;
            Ok((outcome, Some(full_at.as_u64())))
        };
        self.buckets.update(key, key, self.clock.nanos(), decide)
    }
}
