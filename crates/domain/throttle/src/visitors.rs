//! New visitors: each is remembered for as long as they ask, by whoever has room for so many.

use std::sync::Arc;

use crate::turnstile::Turnstile;
use crate::{ClientNetwork, Key, Limit, RateLimiter, SharedLimits, ThrottleError};

/// Limits the sessions that visitors are given.
pub struct ThrottleVisitors(Turnstile);

impl ThrottleVisitors {
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

    /// Takes what a visitor's session costs.
    ///
    /// # Errors
    /// That network has asked for too many, or the limiter fails.
    pub fn admit(&self, client: ClientNetwork) -> Result<(), ThrottleError> {
        self.0.admit(vec![(Limit::VisitorAddress, Key::network(client))]).map(drop)
    }
}
