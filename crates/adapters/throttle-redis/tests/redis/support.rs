//! Limiters with keys of their own.

use std::time::Duration;

use concierge_contracts::rate_limiter::sample_quotas;
use concierge_kernel::StoreFailure;
use concierge_test_servers::Redis;
use concierge_throttle::{Key, Limit, RateLimiter, Verdict};
use concierge_throttle_redis::{RedisConnections, RedisRateLimiter};

/// So long that no test on a busy machine comes to its end.
pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) const LIMIT: Limit = Limit::LoginPair;

/// A limiter on connections of its own.
pub(crate) fn limiter_at(url: &str, prefix: &str, timeout: Duration) -> RedisRateLimiter {
    RedisRateLimiter::new(RedisConnections::new(url, timeout).unwrap(), prefix, sample_quotas())
}

/// A limiter by the time of the server, alone on it.
pub(crate) fn limiter_on(redis: &Redis, timeout: Duration) -> RedisRateLimiter {
    limiter_at(&redis.url(), "", timeout)
}

pub(crate) fn take(limiter: &dyn RateLimiter) -> Result<Verdict, StoreFailure> {
    limiter.take(LIMIT, Key::account("alice"))
}

/// Says something to the server that no limiter says.
pub(crate) fn tell<T: redis::FromRedisValue>(url: &str, words: &[&str]) -> T {
    let mut connection = redis::Client::open(url).unwrap().get_connection_with_timeout(LONG).unwrap();
    redis::cmd(words[0]).arg(&words[1..]).query(&mut connection).unwrap()
}
