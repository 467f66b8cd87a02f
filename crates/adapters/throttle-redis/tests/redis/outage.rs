//! A server that is gone, hangs, or refuses to do as it is told.

use std::time::Duration;

use concierge_contracts::race;
use concierge_kernel::StoreFailure;
use concierge_test_servers::Redis;
use concierge_throttle::Verdict;
use concierge_throttle_redis::RedisConnections;

use crate::drip::Drip;
use crate::support::{LONG, limiter_at, limiter_on, take, tell};

fn assert_unavailable(said: Result<Verdict, StoreFailure>) {
    assert!(matches!(said, Err(StoreFailure::Unavailable(_))), "{said:?}");
}

#[test]
fn a_server_that_was_restarted_is_found_again_without_a_failure() {
    let Some(mut redis) = Redis::start() else { return };
    let limiter = limiter_on(&redis, LONG);
    assert_eq!(take(&limiter).unwrap().remaining, 2);
    assert_eq!(take(&limiter).unwrap().remaining, 1);
    redis.stop();
    // At once, or this test would take a minute.
    assert_unavailable(take(&limiter));
    redis.resume();
    assert_eq!(take(&limiter).unwrap().remaining, 2, "it has forgotten everything");
    redis.stop();
    redis.resume();
    assert_eq!(take(&limiter).unwrap().remaining, 2, "the connection of before is not the last word");
}

#[test]
fn a_connection_that_the_server_has_closed_is_followed_by_another() {
    let Some(redis) = Redis::start() else { return };
    let limiter = limiter_on(&redis, LONG);
    for remaining in [2, 1, 0] {
        assert_eq!(take(&limiter).unwrap().remaining, remaining);
        tell::<u32>(&redis.url(), &["CLIENT", "KILL", "TYPE", "normal"]);
    }
}

#[test]
fn nobody_waits_for_a_server_that_hangs_longer_than_they_have_patience() {
    let Some(redis) = Redis::start() else { return };
    let patience = Duration::from_millis(100);
    let (warm, cold) = (limiter_on(&redis, patience), limiter_on(&redis, patience));
    while take(&warm).is_err() {}
    redis.freeze();
    assert_unavailable(take(&warm));
    assert_unavailable(take(&cold));
    // More of them than there are connections.
    race(40, |_| assert_unavailable(take(&warm)));
    redis.thaw();
    // What it was asked meanwhile it does now, and answers to nobody.
    while take(&cold).is_err() {}
    while take(&warm).is_err() {}
}

#[test]
fn a_server_that_must_not_write_is_as_good_as_none() {
    let Some(redis) = Redis::start() else { return };
    let limiter = limiter_on(&redis, LONG);
    take(&limiter).unwrap();
    tell::<String>(&redis.url(), &["REPLICAOF", "127.0.0.1", "1"]);
    assert_unavailable(take(&limiter));
    tell::<String>(&redis.url(), &["REPLICAOF", "NO", "ONE"]);
    assert!(take(&limiter).unwrap().allowed);

    tell::<String>(&redis.url(), &["CONFIG", "SET", "maxmemory", "1"]);
    assert_unavailable(take(&limiter));
    tell::<String>(&redis.url(), &["CONFIG", "SET", "maxmemory", "0"]);
    assert!(take(&limiter).unwrap().allowed);
}

#[test]
fn a_wrong_password_shows_in_no_word_of_the_failure() {
    let Some(redis) = Redis::start() else { return };
    let url = redis.url().replace("of-a-test", "hunter2");
    let said = take(&limiter_at(&url, "", LONG));
    assert!(!format!("{said:?}").contains("hunter2"), "{said:?}");
    assert_unavailable(said);
    let failure = RedisConnections::new("redis://:hunter2@/nowhere:at:all", LONG).err().unwrap();
    assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
}

#[test]
fn nobody_waits_for_an_answer_that_comes_byte_by_byte() {
    let Some(redis) = Redis::start() else { return };
    let drip = Drip::before(&redis);
    let patience = Duration::from_millis(50);
    let limiter = limiter_at(&drip.url(&redis), "", patience);
    while take(&limiter).is_err() {}
    drip.begin();
    // Whatever the patience, the answer would never end. The last ones are refused because too many hang.
    for _ in 0..80 {
        assert_unavailable(take(&limiter));
    }
    drip.end();
    while take(&limiter).is_err() {}
}
