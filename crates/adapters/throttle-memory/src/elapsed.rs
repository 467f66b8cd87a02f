//! A clock that only goes forward, made of one that may step back.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use concierge_kernel::{Clock, Timestamp};
use governor::clock;
use governor::nanos::Nanos;

/// Threads that read the clock at the same time may arrive here in another order; that is no step.
const STEP: Duration = Duration::from_secs(1);

/// The time since this clock was first read, by the steps forward that the other one makes. A step back costs the moment in
/// which it happens and no more: were time to stand still until the other clock is back where it was, nobody would get a
/// cell for as long.
#[derive(Clone)]
pub(crate) struct Elapsed(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What the other clock said; `None` before the first reading.
    last: Option<Timestamp>,
    elapsed: Duration,
}

impl Elapsed {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { clock, state: Mutex::default() }))
    }

    pub(crate) fn now(&self) -> Duration {
        let now = self.0.clock.now();
        // Whole even after a panic: its two fields are set by assignments that cannot fail.
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let last = state.last.unwrap_or(now);
        state.elapsed += now.since(last);
        if now >= last || last.since(now) >= STEP {
            state.last = Some(now);
        }
        state.elapsed
    }

    /// In the unit that governor keeps.
    pub(crate) fn nanos(&self) -> u64 {
        u64::try_from(self.now().as_nanos()).unwrap_or(u64::MAX / 2)
    }
}

impl clock::Clock for Elapsed {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.nanos().into()
    }
}

#[cfg(test)]
mod tests {
    use concierge_contracts::doubles::ManualClock;

    use super::*;

    #[test]
    fn time_goes_on_from_where_it_was_after_a_step_back() {
        let clock = Arc::new(ManualClock::default());
        let elapsed = Elapsed::new(clock.clone());
        assert_eq!(elapsed.now(), Duration::ZERO);
        clock.advance(Duration::from_secs(10));
        assert_eq!(elapsed.now(), Duration::from_secs(10));
        clock.set_back(Duration::from_secs(3600));
        assert_eq!(elapsed.now(), Duration::from_secs(10));
        clock.advance(Duration::from_secs(5));
        assert_eq!(elapsed.now(), Duration::from_secs(15));
    }

    #[test]
    fn a_reading_that_comes_late_does_not_make_time_count_twice() {
        let clock = Arc::new(ManualClock::default());
        let elapsed = Elapsed::new(clock.clone());
        assert_eq!(elapsed.now(), Duration::ZERO);
        clock.advance(Duration::from_millis(500));
        elapsed.now();
        clock.set_back(Duration::from_millis(400));
        elapsed.now();
        clock.advance(Duration::from_millis(400));
        assert_eq!(elapsed.now(), Duration::from_millis(500));
    }
}
