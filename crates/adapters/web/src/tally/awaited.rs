//! The sessions whose cookies were set and have not come back yet.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use concierge_kernel::{Clock, Timestamp};
use concierge_tokens::SessionId;

use super::Counters;

/// For so long a cookie is waited for. A frontend that has just logged in uses its session within seconds.
const PATIENCE: Duration = Duration::from_secs(600);

/// How many sessions are waited for at a time; past them the oldest is given up early.
const MOST_AWAITED: usize = 10_000;

/// The sessions that are waited for.
#[derive(Default)]
pub(super) struct Awaited {
    sessions: RwLock<Sessions>,
    /// How many there are: mostly none, and then nobody waits for the lock.
    pub(super) count: AtomicUsize,
}

#[derive(Default)]
struct Sessions {
    /// Each with whose counters its cookies count for, and since when it is waited for.
    waiting: HashMap<SessionId, (Arc<Counters>, Timestamp)>,
    /// In the order in which they were added; those that have come are passed over.
    order: VecDeque<SessionId>,
}

impl Awaited {
    pub(super) fn add(&self, session: SessionId, counters: Arc<Counters>, now: Timestamp) {
        self.change(|sessions| {
            sessions.give_up_until(now);
            while sessions.waiting.len() >= MOST_AWAITED {
                sessions.give_up_oldest();
            }
            if sessions.order.len() >= 2 * MOST_AWAITED {
                let waiting = &sessions.waiting;
                sessions.order.retain(|session| waiting.contains_key(session));
            }
            if sessions.waiting.insert(session, (counters, now)).is_none() {
                sessions.order.push_back(session);
            }
        });
    }

    pub(super) fn seen(&self, session: SessionId, clock: &dyn Clock) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let waits =
            self.sessions.read().unwrap_or_else(PoisonError::into_inner).waiting.contains_key(&session);
        if !waits {
            return;
        }
        self.change(|sessions| {
            sessions.give_up_until(clock.now());
            if let Some((counters, _)) = sessions.waiting.remove(&session) {
                counters.seen.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    /// Counts what has been waited for in vain.
    pub(super) fn give_up(&self, now: Timestamp) {
        self.change(|sessions| sessions.give_up_until(now));
    }

    fn change(&self, change: impl FnOnce(&mut Sessions)) {
        // No change can panic half-way, so poisoned sessions are whole.
        let mut sessions = self.sessions.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut sessions);
        self.count.store(sessions.waiting.len(), Ordering::Release);
    }
}

impl Sessions {
    fn give_up_until(&mut self, now: Timestamp) {
        while let Some(oldest) = self.order.front() {
            let waits = self.waiting.get(oldest);
            if waits.is_some_and(|(_, since)| now.since(*since) < PATIENCE) {
                break;
            }
            self.give_up_oldest();
        }
    }

    fn give_up_oldest(&mut self) {
        if let Some((counters, _)) = self.order.pop_front().and_then(|oldest| self.waiting.remove(&oldest)) {
            counters.never_seen.fetch_add(1, Ordering::Relaxed);
        }
    }
}
