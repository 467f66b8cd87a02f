//! Which sessions have ended, in memory: what lets an access token be refused without asking a store.
//!
//! An access token outlives its session's end by as long as it has left, so an ended session is remembered
//! for that long and no longer. What this instance ends is remembered at once; [`FollowRevocations`] brings
//! in what others ended, and what was ended before this instance started.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use concierge_kernel::{Clock, StoreFailure, Timestamp};

use crate::{SessionId, SessionStore, TokenPolicy};

/// By how much the clocks of two instances may disagree, and how long a revocation may take from its moment to
/// the commit that makes it visible, before it could be missed or forgotten too early.
const SLACK: Duration = Duration::from_secs(60);

/// The sessions that have ended so lately that an access token of theirs may still be about.
pub struct Revocations {
    keep: Duration,
    /// Each with the moment after which it can be forgotten.
    ended: RwLock<HashMap<SessionId, Timestamp>>,
    /// How many there are: on most days none, and then nobody waits for the lock.
    count: AtomicUsize,
}

impl Revocations {
    /// Remembers sessions for as long as `policy` lets an access token live.
    pub fn new(policy: &TokenPolicy) -> Self {
        let keep = policy.access_ttl + policy.leeway + SLACK;
        Self { keep, ended: RwLock::default(), count: AtomicUsize::new(0) }
    }

    /// Whether a session is known to have ended.
    pub fn contains(&self, id: SessionId) -> bool {
        self.count.load(Ordering::Acquire) > 0
            && self.ended.read().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
    }

    /// Remembers that a session ended at `at`.
    pub fn add(&self, id: SessionId, at: Timestamp) {
        self.change(|ended| {
            ended.insert(id, at.plus(self.keep));
        });
    }

    /// Remembers several, and forgets those that no access token can be about any more.
    fn take_in(&self, found: &[(SessionId, Timestamp)], now: Timestamp) {
        self.change(|ended| {
            ended.extend(found.iter().map(|(id, at)| (*id, at.plus(self.keep))));
            ended.retain(|_, forget_at| *forget_at > now);
        });
    }

    fn change(&self, change: impl FnOnce(&mut HashMap<SessionId, Timestamp>)) {
        // Neither change can panic half-way, so a poisoned map is whole.
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut ended);
        self.count.store(ended.len(), Ordering::Release);
    }
}

/// Brings revocations in from the store.
pub struct FollowRevocations {
    store: Arc<dyn SessionStore>,
    revocations: Arc<Revocations>,
    clock: Arc<dyn Clock>,
    progress: Mutex<Progress>,
}

struct Progress {
    /// The latest revocation seen.
    seen_until: Timestamp,
    /// When the store last answered.
    answered_at: Timestamp,
}

impl FollowRevocations {
    /// A follower that begins with everything that can still matter.
    pub fn new(store: Arc<dyn SessionStore>, revocations: Arc<Revocations>, clock: Arc<dyn Clock>) -> Self {
        let now = clock.now();
        let progress = Mutex::new(Progress { seen_until: now.minus(revocations.keep), answered_at: now });
        Self { store, revocations, clock, progress }
    }

    /// Asks the store once for what is new; to be called again and again, well within the time in which a revocation is to be known.
    ///
    /// Every time it looks [`SLACK`] further back than the latest it has seen: revocations become visible in
    /// another order than their moments, which other clocks told. Seeing one twice does no harm.
    pub fn poll(&self) -> Result<(), StoreFailure> {
        // Where our own clock was set back, what others revoke now lies before what was seen.
        let since = self.progress().seen_until.min(self.clock.now()).minus(SLACK);
        let found = self.store.revoked_since(since)?;
        let now = self.clock.now();
        self.revocations.take_in(&found, now);
        let mut progress = self.progress();
        // A clock that is ahead must not carry us past what others have yet to write.
        let latest = found.iter().map(|(_, at)| (*at).min(now)).max();
        progress.seen_until = latest.map_or(progress.seen_until, |latest| latest.max(progress.seen_until));
        progress.answered_at = now;
        Ok(())
    }

    /// How long ago the store last answered: by so much this instance may lag behind the others.
    pub fn lag(&self) -> Duration {
        self.clock.now().since(self.progress().answered_at)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
