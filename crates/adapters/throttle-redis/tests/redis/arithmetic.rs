//! The script against the plainest limiter there is, step by step.

use std::sync::Arc;
use std::time::Duration;

use concierge_contracts::doubles::{ManualClock, PlainLimiter, SeededEntropy};
use concierge_contracts::rate_limiter::sample_quotas;
use concierge_kernel::Entropy as _;
use concierge_test_servers::Keyspace;
use concierge_throttle::{Key, Quotas, RateLimiter};
use concierge_throttle_redis::{RedisConnections, RedisRateLimiter};

use crate::support::{LIMIT, LONG};

const STEPS: usize = 1_000;

#[test]
fn whatever_is_done_in_whatever_order_it_says_what_the_plainest_limiter_says() {
    let entropy = SeededEntropy::default();
    let random = |below: u64| {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes) % below
    };
    // Intervals that are no whole microseconds, the shortest, and the longest.
    for quota in ["7/900", "3/1", "100000/1", "99999/1", "1/86400", "2/86400"] {
        let Some(keys) = Keyspace::make() else { return };
        let quotas = Quotas { login_pair: quota.parse().unwrap(), ..sample_quotas() };
        let interval = u64::try_from(quotas.of(LIMIT).interval().as_micros()).unwrap();
        let clock = Arc::new(ManualClock::default());
        let plain = PlainLimiter::new(clock.clone(), quotas);
        let connections = RedisConnections::new(&keys.url(), LONG).unwrap();
        let redis = RedisRateLimiter::new(connections, keys.prefix(), quotas).by(clock.clone());
        let key = Key::account("alice");
        for step in 0..STEPS {
            match random(10) {
                0 => clock.advance(Duration::from_micros(random(3 * interval))),
                1 => clock.advance(Duration::from_micros(1)),
                2 => {
                    plain.give_back(LIMIT, key).unwrap();
                    redis.give_back(LIMIT, key).unwrap();
                }
                _ => {}
            }
            let (expected, said) = (plain.take(LIMIT, key).unwrap(), redis.take(LIMIT, key).unwrap());
            assert_eq!(said, expected, "{quota}, step {step}");
        }
    }
}
