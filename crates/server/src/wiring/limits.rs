//! How often somebody may guess: by this process's count, and by that of all that share its Redis server.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use concierge_kernel::{Clock, StoreFailure};
use concierge_throttle::{
    KnownNetworks, Lookout, RateLimiter, SharedLimits, ThrottleLogins, ThrottleRefreshes,
    ThrottleRegistrations, ThrottleVisitors,
};
use concierge_throttle_memory::{MemoryKnownNetworks, MemoryRateLimiter};
use concierge_throttle_redis::{InvalidUrl, RedisConnections, RedisKnownNetworks, RedisRateLimiter};
use concierge_web::{Degradable, Throttle};

use crate::causes::chain;
use crate::settings::{RedisUrl, Settings, VisitorSessionStore};

/// A login asks several times. An answer that takes longer than this part of `redis.timeout` is the last for a while, so that
/// all of them together take about as long as one may.
const SLOW: u32 = 4;

/// The limits, or none.
#[derive(Default)]
pub(crate) struct Limits {
    pub(crate) throttle: Option<Throttle>,
    /// Those that others have in common.
    pub(crate) shared: Option<Arc<SharedLimits>>,
    pub(crate) degradable: Vec<Degradable>,
}

impl Limits {
    /// Limits as the settings say. The server that holds what is shared may be away.
    ///
    /// # Errors
    /// Its URL is none.
    pub(crate) fn wire(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Self, InvalidUrl> {
        let limits = &settings.rate_limit;
        if !limits.enabled {
            return Ok(Self::default());
        }
        let own: Arc<dyn RateLimiter> =
            Arc::new(MemoryRateLimiter::new(clock.clone(), limits.quotas, limits.max_keys));
        let known: Arc<dyn KnownNetworks> =
            Arc::new(MemoryKnownNetworks::new(clock.clone(), limits.max_keys));
        // A visitor's own cookie takes nobody's.
        let takes_room = settings.visitor_sessions.store != VisitorSessionStore::Cookie;
        let alone = Throttle {
            logins: ThrottleLogins::new(own.clone(), known),
            registrations: ThrottleRegistrations::new(own.clone()),
            refreshes: ThrottleRefreshes::new(own.clone()),
            visitors: takes_room.then(|| ThrottleVisitors::new(own)),
        };
        let Some(url) = &settings.redis.url else {
            return Ok(Self { throttle: Some(alone), ..Self::default() });
        };
        let shared = Arc::new(shared(url, settings, clock)?);
        // Before the first request: whoever asks at once is told how it is.
        shared.look();
        let throttle = Throttle {
            logins: alone.logins.sharing(shared.clone()),
            registrations: alone.registrations.sharing(shared.clone()),
            refreshes: alone.refreshes.sharing(shared.clone()),
            visitors: alone.visitors.map(|visitors| visitors.sharing(shared.clone())),
        };
        let asked = shared.clone();
        let degradable = Degradable { part: "rate_limit", works: Arc::new(move || asked.check().is_ok()) };
        Ok(Self { throttle: Some(throttle), shared: Some(shared), degradable: vec![degradable] })
    }
}

fn shared(url: &RedisUrl, settings: &Settings, clock: &Arc<dyn Clock>) -> Result<SharedLimits, InvalidUrl> {
    let (redis, quotas) = (&settings.redis, settings.rate_limit.quotas);
    let connections = RedisConnections::new(url.expose(), redis.timeout)?;
    let limiter = RedisRateLimiter::new(connections.clone(), &redis.key_prefix, quotas);
    let known = RedisKnownNetworks::new(connections, &redis.key_prefix);
    let patience: Duration = redis.timeout / SLOW;
    Ok(SharedLimits::new(Arc::new(limiter), Arc::new(known), clock.clone(), patience, Arc::new(Log)))
}

/// Tells whoever reads the log.
struct Log;

impl Lookout for Log {
    fn gone(&self, why: &StoreFailure) {
        let cause = why.source().map(chain).unwrap_or_default();
        tracing::warn!("Redis is away: until it is back, limits are each server's own: {cause}");
    }

    fn back(&self) {
        tracing::info!("Redis is back: limits are shared again");
    }
}
