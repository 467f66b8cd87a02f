//! The laws of the ports. Where they are left out for the want of a server, the suites' own doubles keep them.

use std::sync::Arc;

use concierge_contracts::doubles::{ManualClock, PlainKnownNetworks, PlainLimiter};
use concierge_test_servers::Keyspace;
use concierge_throttle::{KnownNetworks, Quotas, RateLimiter};
use concierge_throttle_redis::{RedisConnections, RedisKnownNetworks, RedisRateLimiter};

use crate::support::LONG;

fn limiter(clock: Arc<ManualClock>, quotas: Quotas) -> Arc<dyn RateLimiter> {
    let Some(keys) = Keyspace::make() else { return Arc::new(PlainLimiter::new(clock, quotas)) };
    let connections = RedisConnections::new(&keys.url(), LONG).unwrap();
    Arc::new(RedisRateLimiter::new(connections, keys.prefix(), quotas).by(clock))
}

fn known(_: Arc<ManualClock>) -> Arc<dyn KnownNetworks> {
    let Some(keys) = Keyspace::make() else { return Arc::new(PlainKnownNetworks::default()) };
    let connections = RedisConnections::new(&keys.url(), LONG).unwrap();
    Arc::new(RedisKnownNetworks::new(connections, keys.prefix()))
}

concierge_contracts::rate_limiter_suite!(limiter);
concierge_contracts::known_networks_suite!(known);
