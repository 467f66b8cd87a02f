//! What became of each origin's requests, counted in memory: how many were answered and refused, and whose session cookies
//! were set and never came back.

mod awaited;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use concierge_kernel::{Clock, Timestamp};
use concierge_origins::Registry;
use concierge_tokens::SessionId;

use awaited::Awaited;

/// How many origins are remembered. Each takes some hundred bytes; more is nothing anybody would read.
const MOST_ORIGINS: usize = 1_000;

/// The counters of every origin heard from, since the process began.
///
/// Whoever likes can send any `Origin`, so room is made by rank: a stranger never pushes out an origin that may call, and what
/// a pattern lets in none that is listed by its name.
pub struct Tally {
    clock: Arc<dyn Clock>,
    origins: RwLock<HashMap<Box<str>, Entry>>,
    awaited: Awaited,
}

/// Who somebody is to the registry, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// Refused.
    Stranger,
    /// Let in by a pattern.
    Matched,
    /// Listed by its name, or the API's own.
    Named,
}

#[derive(Default)]
struct Counters {
    answered: AtomicU64,
    refused: AtomicU64,
    set: AtomicU64,
    seen: AtomicU64,
    never_seen: AtomicU64,
}

struct Entry {
    rank: Rank,
    /// When it was last heard from, in microseconds.
    heard: AtomicI64,
    counters: Arc<Counters>,
}

/// The counters of one origin, as they were when they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) origin: String,
    pub(crate) answered: u64,
    pub(crate) refused: u64,
    pub(crate) cookies_set: u64,
    pub(crate) cookies_seen: u64,
    pub(crate) cookies_never_seen: u64,
}

impl Rank {
    /// The rank of an origin that the registry lets in.
    pub(crate) fn of_allowed(registry: &Registry, origin: &[u8]) -> Self {
        if registry.names(origin) { Self::Named } else { Self::Matched }
    }
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, origins: RwLock::default(), awaited: Awaited::default() }
    }

    /// A request of an origin that may call, or its preflight.
    pub(crate) fn answered(&self, origin: &str, rank: Rank) {
        self.count(origin, rank, |counters| &counters.answered);
    }

    /// A request of an origin that may not call, or its preflight.
    pub(crate) fn refused(&self, origin: &str) {
        self.count(origin, Rank::Stranger, |counters| &counters.refused);
    }

    /// A session was opened whose cookies were set for an origin: from now on they are waited for.
    pub(crate) fn cookies_set(&self, origin: &str, rank: Rank, session: SessionId) {
        if let Some(counters) = self.count(origin, rank, |counters| &counters.set) {
            self.awaited.add(session, counters, self.clock.now());
        }
    }

    /// A cookie of this session came. Waits for nobody where none is waited for.
    pub(crate) fn cookies_seen(&self, session: SessionId) {
        self.awaited.seen(session, &*self.clock);
    }

    /// Every origin's counters, those that may call first, each group by name.
    pub(crate) fn read(&self) -> Vec<Counted> {
        self.awaited.give_up(self.clock.now());
        let origins = self.origins.read().unwrap_or_else(PoisonError::into_inner);
        let mut entries: Vec<_> = origins.iter().collect();
        entries.sort_by_key(|(origin, entry)| (entry.rank == Rank::Stranger, *origin));
        entries.into_iter().map(|(origin, entry)| entry.counters.read(origin)).collect()
    }

    /// Adds one to a counter of an origin, unless there is no room for it.
    fn count(
        &self,
        origin: &str,
        rank: Rank,
        which: impl Fn(&Counters) -> &AtomicU64,
    ) -> Option<Arc<Counters>> {
        let now = self.clock.now();
        let known = {
            let origins = self.origins.read().unwrap_or_else(PoisonError::into_inner);
            // One that has been listed since, or no longer is, takes its new place.
            origins.get(origin).filter(|entry| entry.rank == rank).map(|entry| entry.hear(now))
        };
        let counters = known.or_else(|| self.enter(origin, rank, now))?;
        which(&counters).fetch_add(1, Ordering::Relaxed);
        Some(counters)
    }

    fn enter(&self, origin: &str, rank: Rank, now: Timestamp) -> Option<Arc<Counters>> {
        // Nothing below can panic half-way, so a poisoned map is whole.
        let mut origins = self.origins.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = origins.get_mut(origin) {
            entry.rank = rank;
            return Some(entry.hear(now));
        }
        if origins.len() >= MOST_ORIGINS {
            let loser = origins.iter().min_by_key(|(_, entry)| (entry.rank, entry.heard()))?;
            if loser.1.rank > rank {
                return None;
            }
            let loser = loser.0.clone();
            origins.remove(&loser);
        }
        let entry = Entry { rank, heard: AtomicI64::new(now.as_micros()), counters: Arc::default() };
        let counters = entry.counters.clone();
        origins.insert(origin.into(), entry);
        Some(counters)
    }
}

impl Entry {
    fn hear(&self, now: Timestamp) -> Arc<Counters> {
        self.heard.store(now.as_micros(), Ordering::Relaxed);
        self.counters.clone()
    }

    fn heard(&self) -> i64 {
        self.heard.load(Ordering::Relaxed)
    }
}

impl Counters {
    fn read(&self, origin: &str) -> Counted {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counted {
            origin: origin.to_owned(),
            answered: value(&self.answered),
            refused: value(&self.refused),
            cookies_set: value(&self.set),
            cookies_seen: value(&self.seen),
            cookies_never_seen: value(&self.never_seen),
        }
    }
}

#[cfg(test)]
mod tests;
