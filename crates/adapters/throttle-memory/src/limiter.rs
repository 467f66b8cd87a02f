//! One governor for each limit.

use std::sync::Arc;
use std::time::Duration;

use concierge_kernel::{Clock, StoreFailure};
use concierge_throttle::{Key, Limit, Quota, Quotas, RateLimiter, Verdict};
use governor::middleware::StateInformationMiddleware;

use crate::cells::Cells;
use crate::elapsed::Elapsed;

/// A [`RateLimiter`] that forgets everything with the process.
pub struct MemoryRateLimiter {
    quotas: Quotas,
    governed: Vec<(Limit, Governed)>,
}

type Governor = governor::RateLimiter<Key, Cells, Elapsed, StateInformationMiddleware>;

/// The keys of one limit: governor decides, and `cells` gives back.
struct Governed {
    governor: Governor,
    clock: Elapsed,
    cells: Cells,
    interval: Duration,
}

impl Governed {
    fn new(quota: Quota, max_keys: usize, clock: Arc<dyn Clock>) -> Option<Self> {
        let interval = quota.interval();
        let governed = governor::Quota::with_period(interval)?.allow_burst(quota.burst());
        let clock = Elapsed::new(clock);
        let cells = Cells::new(max_keys, clock.clone());
        // It counts from its first reading of the clock, which is the clock's own: its moments are ours.
        let governor = Governor::new(governed, cells.clone(), clock.clone());
        Some(Self { governor, clock, cells, interval })
    }
}

impl MemoryRateLimiter {
    /// Counts by `quotas`, for at most `max_keys` keys of each limit, though never fewer than sixteen. A key takes up to 26
    /// bytes of each limit that it is counted by.
    pub fn new(clock: Arc<dyn Clock>, quotas: Quotas, max_keys: usize) -> Self {
        // No interval of a quota is zero, the only one that governor refuses.
        let governed = Limit::ALL
            .into_iter()
            .filter_map(|limit| Some((limit, Governed::new(quotas.of(limit), max_keys, Arc::clone(&clock))?)))
            .collect();
        Self { quotas, governed }
    }

    fn of(&self, limit: Limit) -> Result<&Governed, StoreFailure> {
        let found = self.governed.iter().find(|(governed, _)| *governed == limit);
        let (_, governed) = found
            .ok_or_else(|| StoreFailure::Failed(format!("there is no limit {}", limit.name()).into()))?;
        Ok(governed)
    }
}

impl RateLimiter for MemoryRateLimiter {
    fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    fn take(&self, limit: Limit, key: Key) -> Result<Verdict, StoreFailure> {
        let governed = self.of(limit)?;
        Ok(match governed.governor.check_key(&key) {
            Ok(taken) => Verdict {
                allowed: true,
                remaining: taken.remaining_burst_capacity(),
                retry_after: Duration::ZERO,
            },
            Err(not_until) => {
                // The clock may have gone past that moment since governor read it.
                let wait = not_until.wait_time_from(governed.clock.nanos().into());
                Verdict { allowed: false, remaining: 0, retry_after: wait.max(Duration::from_nanos(1)) }
            }
        })
    }

    fn give_back(&self, limit: Limit, key: Key) -> Result<(), StoreFailure> {
        let governed = self.of(limit)?;
        governed.cells.give_back(&key, governed.interval);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use concierge_contracts::doubles::ManualClock;
    use concierge_contracts::rate_limiter::sample_quotas;

    use super::*;

    #[test]
    fn keys_that_are_full_again_are_forgotten() {
        let clock = Arc::new(ManualClock::default());
        let limiter = MemoryRateLimiter::new(clock.clone(), sample_quotas(), 16);
        let limit = Limit::LoginPair;
        let len = || limiter.of(limit).unwrap().cells.len();
        for name in ["a", "b", "c"] {
            limiter.take(limit, Key::account(name)).unwrap();
        }
        limiter.give_back(limit, Key::account("c")).unwrap();
        assert_eq!(len(), 2);
        clock.advance(Duration::from_secs(3600));
        limiter.take(limit, Key::account("d")).unwrap();
        assert_eq!(len(), 1);
    }

    #[test]
    fn a_flood_of_keys_does_not_free_the_one_that_is_attacked() {
        let clock = Arc::new(ManualClock::default());
        let limiter = MemoryRateLimiter::new(clock, sample_quotas(), 1_600);
        let (limit, attacked) = (Limit::LoginPair, Key::account("alice"));
        let take = |key| limiter.take(limit, key).unwrap().allowed;
        while take(attacked) {}
        for number in 0..100_000 {
            assert!(take(Key::account(&number.to_string())));
        }
        assert!(!take(attacked));
        assert!(limiter.of(limit).unwrap().cells.len() <= 1_600);
    }
}
