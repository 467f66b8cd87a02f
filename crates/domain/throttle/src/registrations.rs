//! Registrations: each tells whether a username is taken, and costs a hash.

use std::sync::Arc;

use concierge_kernel::StoreFailure;

use crate::turnstile::Turnstile;
use crate::{Admission, ClientNetwork, Key, Limit, RateLimiter, SharedLimits, ThrottleError};

/// Limits registrations, those that succeed included.
pub struct ThrottleRegistrations(Turnstile);

impl ThrottleRegistrations {
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

    /// Takes what a registration costs.
    pub fn admit(&self, client: ClientNetwork) -> Result<Admission, ThrottleError> {
        self.0.admit(vec![(Limit::RegisterAddress, Key::network(client))])
    }

    /// The registration came to nothing by no fault of the client's: it costs nothing.
    pub fn excuse(&self, admission: Admission) -> Result<(), StoreFailure> {
        self.0.excuse(admission)
    }
}
