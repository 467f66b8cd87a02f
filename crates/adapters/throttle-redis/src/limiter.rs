//! A limiter whose cells are in Redis.

use std::sync::Arc;
use std::time::Duration;

use concierge_kernel::{Clock, StoreFailure};
use concierge_throttle::{Key, Limit, Quotas, RateLimiter, Verdict};
use redis::Script;

use crate::RedisConnections;

/// A [`RateLimiter`] that counts for all who have the same server, key prefix and quotas.
pub struct RedisRateLimiter {
    connections: Arc<RedisConnections>,
    prefix: String,
    quotas: Quotas,
    time: Time,
    script: Arc<Script>,
}

/// Whose time counts.
enum Time {
    OfServer,
    Of(Arc<dyn Clock>),
}

/// The server forgets by its own clock; another may stand still for as long.
const SPARE_OF_ANOTHER_CLOCK: Duration = Duration::from_secs(3600);

/// What the script says: whether a cell was taken, how many are left, and for how many nanoseconds there is none.
type Said = (bool, u32, u64);

impl RedisRateLimiter {
    /// Counts by `quotas`, in keys whose names begin with `prefix`.
    pub fn new(connections: Arc<RedisConnections>, prefix: &str, quotas: Quotas) -> Self {
        let script = Arc::new(Script::new(include_str!("cells.lua")));
        Self { connections, prefix: format!("{prefix}limit:"), quotas, time: Time::OfServer, script }
    }

    /// By another clock than the server's. It has to be the clock of all who share these keys.
    #[must_use]
    pub fn by(mut self, clock: Arc<dyn Clock>) -> Self {
        self.time = Time::Of(clock);
        self
    }

    fn run(&self, operation: &'static str, limit: Limit, key: Key) -> Result<Said, StoreFailure> {
        let quota = self.quotas.of(limit);
        let name = format!("{}{}:{:032x}", self.prefix, limit.name(), u128::from_be_bytes(*key.as_bytes()));
        let (now, spare) = match &self.time {
            Time::OfServer => (String::new(), Duration::ZERO),
            Time::Of(clock) => (clock.now().as_micros().to_string(), SPARE_OF_ANOTHER_CLOCK),
        };
        let script = Arc::clone(&self.script);
        self.connections.run(move |connection| {
            script
                .key(&name)
                .arg(operation)
                .arg(nanos(quota.interval()))
                .arg(quota.burst().get())
                .arg(&now)
                .arg(spare.as_secs() * 1000)
                .invoke(connection)
        })
    }
}

/// A quota's window is a day at most.
fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

impl RateLimiter for RedisRateLimiter {
    fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    fn take(&self, limit: Limit, key: Key) -> Result<Verdict, StoreFailure> {
        Ok(match self.run("take", limit, key)? {
            (true, remaining, _) => Verdict { allowed: true, remaining, retry_after: Duration::ZERO },
            (false, _, wait) => {
                Verdict { allowed: false, remaining: 0, retry_after: Duration::from_nanos(wait.max(1)) }
            }
        })
    }

    fn give_back(&self, limit: Limit, key: Key) -> Result<(), StoreFailure> {
        self.run("give_back", limit, key).map(drop)
    }
}
