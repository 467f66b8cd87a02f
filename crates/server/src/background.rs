//! Work that goes on beside serving: deleting sessions whose time is over, following what others revoke,
//! which keys count, which origins may call and whether limits are shared.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use concierge_kernel::{Clock, StoreFailure};
use concierge_throttle::SharedLimits;
use concierge_tokens::{FollowRevocations, SessionStore};

use crate::keys::FollowKeys;
use crate::origins::FollowOrigins;

/// Well within the two seconds in which a revocation is to reach every instance.
const BETWEEN_POLLS: Duration = Duration::from_millis(500);
const _: () = assert!(BETWEEN_POLLS.as_millis() <= 1000, "a revocation is to reach every instance in 2 s");
/// Well within the seconds that a rotation of keys leaves every instance to read of it.
const BETWEEN_LOOKS_AT_FILES: Duration = Duration::from_secs(1);
/// After an outage limits are to be shared again within two seconds.
const BETWEEN_LOOKS_AT_LIMITS: Duration = Duration::from_secs(1);
const BETWEEN_CLEANINGS: Duration = Duration::from_secs(600);
/// How long an expired session is kept, by clocks that may disagree.
const RETENTION: Duration = Duration::from_secs(3600);
/// So few that writers who wait meanwhile hardly notice.
const BATCH: u32 = 500;

/// A thread that does one thing again and again; stops when it is dropped.
pub(crate) struct Background {
    /// Wakes the thread by what is sent, and stops it by going away.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Polls the store for revocations twice a second.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(crate) fn follow(follow: Arc<FollowRevocations>) -> io::Result<Self> {
        let mut failing = false;
        Self::every(BETWEEN_POLLS, "concierge-revocations", move || match follow.poll() {
            Ok(()) if failing => {
                failing = false;
                tracing::info!("the store tells revocations again");
            }
            Ok(()) => {}
            // Once, not twice a second.
            Err(failure) if !failing => {
                failing = true;
                tracing::warn!("the store does not tell revocations: {failure}");
            }
            Err(_) => {}
        })
    }

    /// Deletes expired sessions, some minutes apart.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(crate) fn clean(store: Arc<dyn SessionStore>, clock: Arc<dyn Clock>) -> io::Result<Self> {
        Self::every(BETWEEN_CLEANINGS, "concierge-janitor", move || {
            match clean(store.as_ref(), clock.as_ref()) {
                Ok(0) => {}
                Ok(deleted) => tracing::info!(deleted, "deleted expired sessions"),
                Err(failure) => tracing::warn!("expired sessions were not deleted: {failure}"),
            }
        })
    }

    /// Looks every second which keys count.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(crate) fn follow_keys(mut keys: FollowKeys) -> io::Result<Self> {
        Self::every(BETWEEN_LOOKS_AT_FILES, "concierge-keys", move || keys.look())
    }

    /// Looks every second what the settings files say of origins, and whose time is over.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(crate) fn follow_origins(mut origins: FollowOrigins) -> io::Result<Self> {
        Self::every(BETWEEN_LOOKS_AT_FILES, "concierge-origins", move || origins.look())
    }

    /// Looks every second whether what holds the shared limits works.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(crate) fn look_at_limits(limits: Arc<SharedLimits>) -> io::Result<Self> {
        Self::every(BETWEEN_LOOKS_AT_LIMITS, "concierge-limits", move || limits.look())
    }

    /// Does the one thing now rather than when its time has come.
    pub(crate) fn wake(&self) {
        // Refused only by a thread that has panicked, which is told when it is dropped.
        self.stop.as_ref().map(|thread| thread.send(())).unwrap_or(Ok(())).unwrap_or_default();
    }

    fn every(pause: Duration, name: &str, mut work: impl FnMut() + Send + 'static) -> io::Result<Self> {
        let (stop, woken) = channel();
        let rounds = move || {
            while woken.recv_timeout(pause) != Err(RecvTimeoutError::Disconnected) {
                work();
            }
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(rounds)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("a background thread had panicked");
        }
    }
}

/// Deletes batch after batch until none is full; how many sessions that were.
fn clean(store: &dyn SessionStore, clock: &dyn Clock) -> Result<u32, StoreFailure> {
    let mut deleted = 0;
    loop {
        let batch = store.delete_expired(clock.now().minus(RETENTION), BATCH)?;
        deleted += batch;
        if batch < BATCH {
            return Ok(deleted);
        }
    }
}
