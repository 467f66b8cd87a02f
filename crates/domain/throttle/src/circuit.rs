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

    /// Makes a call in either state, and closes or opens by how it goes. For one caller at a time, who may wait.
    pub(crate) fn trial(&self, call: impl FnOnce() -> Result<(), StoreFailure>) {
        let openings = self.state().openings;
        match self.timed(call) {
            (Ok(()), None) => self.close(openings),
            (Ok(()), Some(failure)) | (Err(failure), _) => self.open(openings, &failure),
        }
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
