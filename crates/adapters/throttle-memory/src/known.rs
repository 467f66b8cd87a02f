//! The networks that accounts were logged in to from.

use std::convert::Infallible;
use std::sync::Arc;

use concierge_kernel::{Clock, StoreFailure};
use concierge_throttle::{Key, KnownNetworks};

use crate::buckets::Buckets;
use crate::elapsed::Elapsed;

/// [`KnownNetworks`] that are forgotten with the process.
///
/// All networks of one account are in one bucket and their rank is the moment of their last login: who logs in from
/// everywhere pushes out their own, and of those of others what happens to share that one bucket.
pub struct MemoryKnownNetworks {
    buckets: Buckets,
    clock: Elapsed,
}

impl MemoryKnownNetworks {
    /// Remembers at most `max_pairs` of an account and a network, though never fewer than sixteen.
    pub fn new(clock: Arc<dyn Clock>, max_pairs: usize) -> Self {
        Self { buckets: Buckets::new(max_pairs), clock: Elapsed::new(clock) }
    }

    /// Does what `decide` makes of the last login's moment, which is never zero.
    fn update<T>(
        &self,
        account: Key,
        network: Key,
        decide: impl FnOnce(Option<u64>) -> (T, Option<u64>),
    ) -> T {
        let pair = Key::pair(account, network);
        let Ok(outcome) = self.buckets.update(&account, &pair, 0, |last| Ok::<_, Infallible>(decide(last)));
        outcome
    }
}

impl KnownNetworks for MemoryKnownNetworks {
    fn remember(&self, account: Key, network: Key) -> Result<(), StoreFailure> {
        let now = self.clock.nanos().saturating_add(1);
        self.update(account, network, |_| ((), Some(now)));
        Ok(())
    }

    fn knows(&self, account: Key, network: Key) -> Result<bool, StoreFailure> {
        Ok(self.update(account, network, |last| (last.is_some(), last)))
    }
}
