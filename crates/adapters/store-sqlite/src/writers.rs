//! Whose turn it is to write.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// SQLite has one writer at a time, and those who wait for it do so by sleeping and trying again. Within this
/// process writers queue here instead, before they take a connection, and not for longer than they may.
#[derive(Default)]
pub(crate) struct Writers {
    busy: Mutex<bool>,
    freed: Condvar,
}

/// The turn did not come in time.
#[derive(Debug, thiserror::Error)]
#[error("other writes took too long")]
pub(crate) struct NoTurn;

/// The right to write, until it is dropped.
pub(crate) struct Turn<'a>(&'a Writers);

impl Writers {
    /// Waits for a turn, for `patience` at most.
    pub(crate) fn turn(&self, patience: Duration) -> Result<Turn<'_>, NoTurn> {
        // A bool is whole whatever happened to whoever held the lock.
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.freed.wait_timeout_while(busy, patience, |busy| *busy);
        let (mut busy, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *busy {
            return Err(NoTurn);
        }
        *busy = true;
        Ok(Turn(self))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.busy.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use concierge_contracts::race;

    use super::*;

    #[test]
    fn one_writes_at_a_time_and_everybody_gets_a_turn() {
        let (writers, inside) = (Writers::default(), AtomicUsize::new(0));
        let most = race(16, |_| {
            let _turn = writers.turn(Duration::from_secs(60)).unwrap();
            let now_inside = inside.fetch_add(1, Ordering::SeqCst) + 1;
            inside.fetch_sub(1, Ordering::SeqCst);
            now_inside
        });
        assert_eq!(most, [1; 16]);
    }

    #[test]
    fn whoever_waits_too_long_is_told_and_the_turn_is_free_again_afterwards() {
        let writers = Writers::default();
        let turn = writers.turn(Duration::ZERO).unwrap();
        assert!(writers.turn(Duration::from_millis(1)).is_err());
        drop(turn);
        assert!(writers.turn(Duration::ZERO).is_ok());
    }
}
