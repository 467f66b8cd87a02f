//! Whether something that others share is asked at all: not while it is known to be gone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use concierge_kernel::{Clock, StoreFailure};

/// Hears when what is shared goes and when it is back, once each time. MUST NOT block for long.
pub trait Lookout: Send + Sync {
    /// It cannot be reached, breaks, or answers too slowly.
    fn gone(&self, why: &StoreFailure);

    /// It answers again.
    fn back(&self);
}

/// Lets calls through until one fails or takes too long, and then none until a [`trial`](Self::trial) succeeds.
pub(crate) struct Circuit {
    clock: Arc<dyn Clock>,
    patience: Duration,
    lookout: Arc<dyn Lookout>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: bool,
    /// How often it has opened: a call that began before the last time says nothing of now.
    openings: u64,
}

impl Circuit {
    /// A closed one. A call that takes longer than `patience` is the last.
    pub(crate) fn new(clock: Arc<dyn Clock>, patience: Duration, lookout: Arc<dyn Lookout>) -> Self {
        Self { clock, patience, lookout, state: Mutex::default() }
    }

    pub(crate) fn is_closed(&self) -> bool {
        !self.state().open
    }

    /// What `call` says; `None` when it fails, or nothing is asked just now.
    pub(crate) fn call<T>(&self, call: impl FnOnce() -> Result<T, StoreFailure>) -> Option<T> {
        let openings = {
            let state = self.state();
            (!state.open).then_some(state.openings)?
        };
        let (outcome, late) = self.timed(call);
        match outcome {
            Ok(said) => {
                if let Some(late) = late {
                    self.open(openings, &late);
                }
                Some(said)
            }
            Err(failure) => {
                self.open(openings, &failure);
                None
            }
        }
    }

    /// Makes these calls in either state, closes if all go well, and opens at the first that does not. For one caller at a
    /// time, who may wait.
    pub(crate) fn trial(&self, calls: &[&dyn Fn() -> Result<(), StoreFailure>]) {
        let openings = self.state().openings;
        for call in calls {
            if let (Ok(()), Some(failure)) | (Err(failure), _) = self.timed(call) {
                return self.open(openings, &failure);
            }
        }
        self.close(openings);
    }

    /// What a call says, and what to say of one that took too long.
    fn timed<T>(
        &self,
        call: impl FnOnce() -> Result<T, StoreFailure>,
    ) -> (Result<T, StoreFailure>, Option<StoreFailure>) {
        let before = self.clock.now();
        let outcome = call();
        let took = self.clock.now().since(before);
        let late = || StoreFailure::Unavailable(format!("it took {} ms to answer", took.as_millis()).into());
        (outcome, (took > self.patience).then(late))
    }

    fn open(&self, openings: u64, why: &StoreFailure) {
        let mut state = self.state();
        if !state.open && state.openings == openings {
            *state = State { open: true, openings: openings + 1 };
            self.lookout.gone(why);
        }
    }

    fn close(&self, openings: u64) {
        let mut state = self.state();
        if state.open && state.openings == openings {
            state.open = false;
            self.lookout.back();
        }
    }

    /// Whole even after a panic: it is replaced by assignments that cannot fail.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use concierge_contracts::doubles::ManualClock;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(250);

    #[derive(Default)]
    struct Count {
        gone: AtomicUsize,
        back: AtomicUsize,
    }

    impl Lookout for Count {
        fn gone(&self, _: &StoreFailure) {
            self.gone.fetch_add(1, Ordering::SeqCst);
        }

        fn back(&self) {
            self.back.fetch_add(1, Ordering::SeqCst);
        }
    }

    struct Bench {
        clock: Arc<ManualClock>,
        told: Arc<Count>,
        circuit: Circuit,
    }

    impl Bench {
        fn new() -> Self {
            let (clock, told) = (Arc::new(ManualClock::default()), Arc::new(Count::default()));
            Self { circuit: Circuit::new(clock.clone(), PATIENCE, told.clone()), clock, told }
        }

        /// How often what is shared was told to be gone, and to be back.
        fn told(&self) -> (usize, usize) {
            (self.told.gone.load(Ordering::SeqCst), self.told.back.load(Ordering::SeqCst))
        }
    }

    fn failed<T>() -> Result<T, StoreFailure> {
        Err(StoreFailure::Unavailable("gone".into()))
    }

    #[test]
    fn after_a_failure_nothing_is_asked_until_a_trial_succeeds() {
        let Bench { circuit, .. } = &Bench::new();
        assert_eq!(circuit.call(|| Ok(1)), Some(1));
        assert_eq!(circuit.call(failed::<u32>), None);
        assert!(!circuit.is_closed());
        let asked = Cell::new(0);
        let ask = || {
            asked.set(asked.get() + 1);
            Ok(())
        };
        assert_eq!(circuit.call(ask), None);
        circuit.trial(&[&failed]);
        assert_eq!((circuit.call(ask), asked.get()), (None, 0));
        circuit.trial(&[&ask]);
        assert_eq!((circuit.call(ask), asked.get()), (Some(()), 2));
    }

    #[test]
    fn each_going_and_each_return_is_told_once() {
        let bench = Bench::new();
        let circuit = &bench.circuit;
        circuit.trial(&[&|| Ok(())]);
        assert_eq!(bench.told(), (0, 0));
        for round in 1..=3 {
            for _ in 0..5 {
                circuit.call(failed::<()>);
                circuit.trial(&[&failed]);
            }
            assert_eq!(bench.told(), (round, round - 1));
            for _ in 0..5 {
                circuit.trial(&[&|| Ok(())]);
            }
            assert_eq!(bench.told(), (round, round));
        }
    }

    #[test]
    fn an_answer_that_took_too_long_counts_and_is_the_last() {
        let bench = Bench::new();
        let slow = |span| {
            bench.clock.advance(span);
            Ok(())
        };
        assert_eq!(bench.circuit.call(|| slow(PATIENCE)), Some(()));
        assert!(bench.circuit.is_closed());
        let too_slow = PATIENCE + Duration::from_millis(1);
        assert_eq!(bench.circuit.call(|| slow(too_slow)), Some(()));
        assert!(!bench.circuit.is_closed());
        bench.circuit.trial(&[&|| slow(too_slow)]);
        assert!(!bench.circuit.is_closed());
        bench.circuit.trial(&[&|| slow(PATIENCE)]);
        assert!(bench.circuit.is_closed());
    }

    #[test]
    fn a_trial_succeeds_by_all_of_its_calls_and_times_each() {
        let bench = Bench::new();
        let circuit = &bench.circuit;
        let patiently = || {
            bench.clock.advance(PATIENCE);
            Ok(())
        };
        circuit.trial(&[&patiently, &patiently, &failed]);
        assert!(!circuit.is_closed());
        circuit.trial(&[&patiently, &failed, &patiently]);
        assert_eq!((circuit.is_closed(), bench.told()), (false, (1, 0)));
        circuit.trial(&[&patiently, &patiently, &patiently]);
        assert_eq!((circuit.is_closed(), bench.told()), (true, (1, 1)));
    }

    #[test]
    fn a_failure_of_before_the_last_outage_is_no_news() {
        let bench = Bench::new();
        let circuit = &bench.circuit;
        let outcome = circuit.call(|| {
            circuit.call(failed::<()>);
            circuit.trial(&[&|| Ok(())]);
            failed::<()>()
        });
        assert_eq!((outcome, circuit.is_closed(), bench.told()), (None, true, (1, 1)));
    }

    #[test]
    fn a_clock_that_steps_back_meanwhile_is_no_delay() {
        let bench = Bench::new();
        let back = || {
            bench.clock.set_back(Duration::from_secs(3600));
            Ok(())
        };
        assert_eq!(bench.circuit.call(back), Some(()));
        assert!(bench.circuit.is_closed());
    }
}
