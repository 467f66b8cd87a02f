//! What somebody is told who has to wait.

use std::time::Duration;

use concierge_kernel::StoreFailure;

use crate::{Limit, Quota};

/// Why something is not admitted.
#[derive(Debug, thiserror::Error)]
pub enum ThrottleError {
    /// It came too often.
    #[error("too many requests")]
    Throttled(Throttled),
    /// The limiter broke, so that nobody can tell.
    #[error(transparent)]
    Store(#[from] StoreFailure),
}

/// The limit that was reached; of several the one that lasts longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// Which limit.
    pub limit: Limit,
    /// Its quota.
    pub quota: Quota,
    /// How long until it allows one more, and with it all others that were asked. Never zero.
    pub retry_after: Duration,
    /// Whether the log should hear of it: once in a quarter of an hour for each key, and no more than sixty times a
    /// minute for all together, for whoever is refused chooses how often.
    pub report: bool,
}
