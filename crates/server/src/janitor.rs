//! Deletes sessions whose time is over, every hour, a few at a time.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use concierge_kernel::Clock;
use concierge_tokens::SessionStore;

/// Not at once: a start is busy enough.
const FIRST_ROUND: Duration = Duration::from_secs(60);
const BETWEEN_ROUNDS: Duration = Duration::from_secs(3600);
/// How long an expired session is kept, by clocks that may disagree.
const RETENTION: Duration = Duration::from_secs(3600);
/// So few that writers who wait meanwhile hardly notice.
const BATCH: u32 = 500;

/// The thread that cleans up; stops when it is dropped.
pub(crate) struct Janitor {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Janitor {
    /// Starts to clean up.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(crate) fn start(store: Arc<dyn SessionStore>, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        let work = move || rounds(&stopped, store.as_ref(), clock.as_ref());
        let thread = thread::Builder::new().name("concierge-janitor".to_owned()).spawn(work)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Janitor {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that deletes expired sessions had panicked");
        }
    }
}

fn rounds(stopped: &Receiver<()>, store: &dyn SessionStore, clock: &dyn Clock) {
    let mut wait = FIRST_ROUND;
    while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        match clean(store, clock) {
            Ok(0) => {}
            Ok(deleted) => tracing::info!(deleted, "deleted expired sessions"),
            Err(failure) => tracing::warn!("expired sessions were not deleted: {failure}"),
        }
        wait = BETWEEN_ROUNDS;
    }
}

/// Deletes batch after batch until none is full; how many sessions that were.
fn clean(store: &dyn SessionStore, clock: &dyn Clock) -> Result<u32, concierge_kernel::StoreFailure> {
    let mut deleted = 0;
    loop {
        let batch = store.delete_expired(clock.now().minus(RETENTION), BATCH)?;
        deleted += batch;
        if batch < BATCH {
            return Ok(deleted);
        }
    }
}
