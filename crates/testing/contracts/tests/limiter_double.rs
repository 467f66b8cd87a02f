//! The doubles of the limiter keep the law, too: what is tested with them is tested with a limiter.

use std::sync::Arc;

use concierge_contracts::doubles::{ManualClock, PlainKnownNetworks, PlainLimiter};
use concierge_throttle::{KnownNetworks, Quotas, RateLimiter};

fn limiter(clock: Arc<ManualClock>, quotas: Quotas) -> Arc<dyn RateLimiter> {
    Arc::new(PlainLimiter::new(clock, quotas))
}

fn known(_: Arc<ManualClock>) -> Arc<dyn KnownNetworks> {
    Arc::new(PlainKnownNetworks::default())
}

concierge_contracts::rate_limiter_suite!(limiter);
concierge_contracts::known_networks_suite!(known);
