//! The limiter in memory keeps the law of its ports.

use std::sync::Arc;

use concierge_contracts::doubles::ManualClock;
use concierge_throttle::{KnownNetworks, Quotas, RateLimiter};
use concierge_throttle_memory::{MemoryKnownNetworks, MemoryRateLimiter};

fn limiter(clock: Arc<ManualClock>, quotas: Quotas) -> Arc<dyn RateLimiter> {
    Arc::new(MemoryRateLimiter::new(clock, quotas, 100_000))
}

fn known(clock: Arc<ManualClock>) -> Arc<dyn KnownNetworks> {
    Arc::new(MemoryKnownNetworks::new(clock, 100_000))
}

concierge_contracts::rate_limiter_suite!(limiter);
concierge_contracts::known_networks_suite!(known);
