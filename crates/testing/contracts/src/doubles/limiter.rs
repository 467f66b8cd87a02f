//! A limiter and a memory of networks that are as simple as can be.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use concierge_kernel::{Clock, StoreFailure, Timestamp};
use concierge_throttle::{Key, KnownNetworks, Limit, Quotas, RateLimiter, Verdict};

use super::{Fault, ManualClock};

/// A limiter for tests of what stands before it: for each key the moment at which it will be full again.
pub struct PlainLimiter {
    /// Which calls fail just now: `take`, `give_back` or both.
    pub fault: Fault<StoreFailure>,
    clock: Arc<ManualClock>,
    quotas: Quotas,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    full_at: HashMap<(Limit, Key), Duration>,
    elapsed: Duration,
    last: Option<Timestamp>,
}

impl State {
    /// The time by steps forward alone.
    fn now(&mut self, clock: &ManualClock) -> Duration {
        let now = clock.now();
        self.elapsed += self.last.map_or(Duration::ZERO, |last| now.since(last));
        self.last = Some(now);
        self.elapsed
    }
}

impl PlainLimiter {
    /// Counts by `quotas`.
    pub fn new(clock: Arc<ManualClock>, quotas: Quotas) -> Self {
        Self { fault: Fault::default(), clock, quotas, state: Mutex::default() }
    }
}

impl RateLimiter for PlainLimiter {
    fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    fn take(&self, limit: Limit, key: Key) -> Result<Verdict, StoreFailure> {
        self.fault.check("take")?;
        let mut state = self.state.lock().unwrap();
        let now = state.now(&self.clock);
        let (interval, burst) = (self.quotas.of(limit).interval(), self.quotas.of(limit).burst().get());
        let full_at = state.full_at.get(&(limit, key)).copied().unwrap_or(now).max(now) + interval;
        let longest = interval * burst;
        if full_at - now > longest {
            return Ok(Verdict { allowed: false, remaining: 0, retry_after: full_at - now - longest });
        }
        state.full_at.insert((limit, key), full_at);
        let left = (longest - (full_at - now)).as_nanos() / interval.as_nanos();
        Ok(Verdict { allowed: true, remaining: u32::try_from(left).unwrap(), retry_after: Duration::ZERO })
    }

    fn give_back(&self, limit: Limit, key: Key) -> Result<(), StoreFailure> {
        self.fault.check("give_back")?;
        let mut state = self.state.lock().unwrap();
        if let Some(full_at) = state.full_at.get_mut(&(limit, key)) {
            *full_at = full_at.saturating_sub(self.quotas.of(limit).interval());
        }
        Ok(())
    }
}

/// Remembers the last eight networks of each account.
#[derive(Default)]
pub struct PlainKnownNetworks(Mutex<HashMap<Key, VecDeque<Key>>>);

impl KnownNetworks for PlainKnownNetworks {
    fn remember(&self, account: Key, network: Key) -> Result<(), StoreFailure> {
        let mut accounts = self.0.lock().unwrap();
        let networks = accounts.entry(account).or_default();
        networks.retain(|known| *known != network);
        networks.push_back(network);
        let too_many = networks.len().saturating_sub(8);
        drop(networks.drain(..too_many));
        Ok(())
    }

    fn knows(&self, account: Key, network: Key) -> Result<bool, StoreFailure> {
        Ok(self.0.lock().unwrap().get(&account).is_some_and(|networks| networks.contains(&network)))
    }
}
