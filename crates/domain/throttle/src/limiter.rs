//! The ports: what keeps the counts, and what remembers who has been here.

use std::time::Duration;

use concierge_kernel::StoreFailure;

use crate::{Key, Limit, Quotas};

/// Counts, for every key of every limit on its own, by the generic cell rate algorithm.
///
/// A key has as many cells as its limit's quota has. A cell that was taken comes back one [`Quota::interval`] later than
/// the one taken before it, so that all are back one window after the last was taken from a full key. A key that was
/// never heard of is full.
///
/// Every method MUST be atomic by itself: of takes that race for the last cell exactly one gets it. Memory MUST be
/// bounded; what has to be forgotten MUST be forgotten in favour of the key, as if it were full, and SHOULD be a key
/// that is nearly full. A clock that steps back MUST neither bring cells back nor keep them away for longer than their
/// time. On a server such as Redis each method is one script.
///
/// [`Quota::interval`]: crate::Quota::interval
pub trait RateLimiter: Send + Sync {
    /// The quotas by which it counts.
    fn quotas(&self) -> &Quotas;

    /// Takes a cell of `key`, if there is one. A take that is refused MUST change nothing: whoever goes on knocking is
    /// not kept out for longer.
    fn take(&self, limit: Limit, key: Key) -> Result<Verdict, StoreFailure>;

    /// Undoes one take of `key`. MUST NOT leave a key with more cells than its quota has; a key that was forgotten stays
    /// so.
    fn give_back(&self, limit: Limit, key: Key) -> Result<(), StoreFailure>;
}

/// What became of a take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether a cell was taken.
    pub allowed: bool,
    /// How many cells are left.
    pub remaining: u32,
    /// How long until there is a cell to take; zero when one was taken just now.
    pub retry_after: Duration,
}

/// Remembers from which networks an account has been logged in to.
///
/// MUST NOT know a network that was never remembered for that account. MAY forget, for its memory MUST be bounded: then
/// the longest unused first, and one account's networks MUST NOT be able to push out those of all others.
pub trait KnownNetworks: Send + Sync {
    /// Remembers that `account` was logged in to from `network` just now.
    fn remember(&self, account: Key, network: Key) -> Result<(), StoreFailure>;

    /// Whether `account` has been logged in to from `network`.
    fn knows(&self, account: Key, network: Key) -> Result<bool, StoreFailure>;
}
