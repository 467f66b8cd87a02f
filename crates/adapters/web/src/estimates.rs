//! Estimates of how hard passwords are to guess: they burn CPU, so they are rationed as hashing is.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::ApiError;

/// Lets a few estimates run at a time and a few more wait; whoever comes then is answered 503.
pub struct Estimates {
    at_once: usize,
    waiting: usize,
    /// How many run or wait.
    admitted: Mutex<Admitted>,
    ended: Condvar,
}

#[derive(Default)]
struct Admitted {
    running: usize,
    waiting: usize,
}

impl Estimates {
    /// At most `at_once` run, and at most `waiting` more wait for them.
    pub fn new(at_once: usize, waiting: usize) -> Self {
        Self { at_once, waiting, admitted: Mutex::default(), ended: Condvar::new() }
    }

    /// Estimates, when there is room. Blocks until then.
    pub(crate) fn run<T>(&self, estimate: impl FnOnce() -> T) -> Result<T, ApiError> {
        let _running = self.admit()?;
        Ok(estimate())
    }

    fn admit(&self) -> Result<Running<'_>, ApiError> {
        let mut admitted = self.lock();
        if admitted.running >= self.at_once {
            if admitted.waiting >= self.waiting {
                return Err(ApiError::overloaded());
            }
            admitted.waiting += 1;
            let full = |admitted: &mut Admitted| admitted.running >= self.at_once;
            admitted = self.ended.wait_while(admitted, full).unwrap_or_else(PoisonError::into_inner);
            admitted.waiting -= 1;
        }
        admitted.running += 1;
        Ok(Running(self))
    }

    /// No code that can panic half-way runs under the lock, so a poisoned one is sound.
    fn lock(&self) -> MutexGuard<'_, Admitted> {
        self.admitted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An estimate that runs, until it is dropped: also when it panics.
struct Running<'a>(&'a Estimates);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.lock().running -= 1;
        self.0.ended.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn past_those_that_run_and_wait_the_answer_is_at_once_that_there_is_too_much() {
        let estimates = &Estimates::new(1, 0);
        let (release, released) = mpsc::channel::<()>();
        let (started, start) = mpsc::channel();
        thread::scope(move |scope| {
            scope.spawn(move || {
                estimates.run(|| {
                    started.send(()).unwrap();
                    released.recv().unwrap();
                })
            });
            start.recv().unwrap();
            let refused = estimates.run(|| ()).unwrap_err();
            assert_eq!(refused.problem().code, "overloaded");
            release.send(()).unwrap();
        });
        assert!(estimates.run(|| ()).is_ok(), "there is room again");
    }

    #[test]
    fn those_that_wait_get_their_turn_and_never_more_run_than_may() {
        let estimates = Estimates::new(2, 64);
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| {
                    estimates
                        .run(|| {
                            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                            most.fetch_max(now, Ordering::SeqCst);
                            thread::yield_now();
                            running.fetch_sub(1, Ordering::SeqCst);
                        })
                        .unwrap();
                });
            }
        });
        assert!(most.load(Ordering::SeqCst) <= 2);
    }
}
