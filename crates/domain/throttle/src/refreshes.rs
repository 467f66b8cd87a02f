//! Refreshes: each writes to the store.

use std::sync::Arc;

use concierge_kernel::StoreFailure;

use crate::turnstile::Turnstile;
use crate::{Admission, Key, Limit, RateLimiter, SharedLimits, ThrottleError};

/// Limits how often a session is carried on.
pub struct ThrottleRefreshes(Turnstile);

impl ThrottleRefreshes {
    /// Limits by `limiter`.
    pub fn new(limiter: Arc<dyn RateLimiter>) -> Self {
        Self(Turnstile::new(limiter))
    }

    /// Limits by what others share, too.
    #[must_use]
    pub fn sharing(mut self, shared: Arc<SharedLimits>) -> Self {
        self.0.shared = Some(shared);
        self
    }

    /// Takes what a refresh of the session of this id costs.
    pub fn admit(&self, session: &[u8; 16]) -> Result<Admission, ThrottleError> {
        self.0.admit(vec![(Limit::RefreshSession, Key::session(session))])
    }

    /// The refresh came to nothing by no fault of its owner's: it costs nothing.
    pub fn excuse(&self, admission: Admission) -> Result<(), StoreFailure> {
        self.0.excuse(admission)
    }
}
