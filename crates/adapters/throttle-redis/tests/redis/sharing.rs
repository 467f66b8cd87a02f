//! Several limiters on one server, and what they leave there.

use concierge_contracts::race;
use concierge_contracts::rate_limiter::sample_quotas;
use concierge_test_servers::{Keyspace, Redis};
use concierge_throttle::{ClientNetwork, Key, KnownNetworks, RateLimiter};
use concierge_throttle_redis::{RedisConnections, RedisKnownNetworks};

use crate::support::{LIMIT, LONG, limiter_at, limiter_on, take, tell};

#[test]
fn what_one_takes_the_other_lacks_and_of_a_race_for_the_last_cell_one_gets_it() {
    let Some(keys) = Keyspace::make() else { return };
    let limiters = [0; 2].map(|_| limiter_at(&keys.url(), keys.prefix(), LONG));
    let key = |round: usize| Key::account(&round.to_string());
    for round in 0..50 {
        let burst = sample_quotas().of(LIMIT).burst().get();
        for _ in 1..burst {
            assert!(limiters[0].take(LIMIT, key(round)).unwrap().allowed);
        }
        let won = race(2, |racer| limiters[racer].take(LIMIT, key(round)).unwrap().allowed);
        assert_eq!(won.iter().filter(|&&won| won).count(), 1, "round {round}");
        let refused = limiters[1].take(LIMIT, key(round)).unwrap();
        // A cell comes back in ten seconds, by the server's clock.
        assert!(!refused.allowed && refused.retry_after.as_secs() < 10, "{refused:?}");
    }
}

#[test]
fn by_different_prefixes_they_have_nothing_in_common() {
    let (Some(one), Some(other)) = (Keyspace::make(), Keyspace::make()) else { return };
    let [one, other] = [one, other].map(|keys| limiter_at(&keys.url(), keys.prefix(), LONG));
    while take(&one).unwrap().allowed {}
    assert!(take(&other).unwrap().allowed);
}

#[test]
fn every_key_goes_by_itself_and_one_that_is_full_at_once() {
    let Some(redis) = Redis::start() else { return };
    let limiter = limiter_on(&redis, LONG);
    let known = RedisKnownNetworks::new(RedisConnections::new(&redis.url(), LONG).unwrap(), "");
    let alice = Key::account("alice");
    take(&limiter).unwrap();
    known.remember(alice, Key::network(ClientNetwork::of(None))).unwrap();

    let mut names: Vec<String> = tell(&redis.url(), &["KEYS", "*"]);
    names.sort();
    assert!(names[0].starts_with("known:") && names[1].starts_with("limit:login-pair:"), "{names:?}");
    let lives = |name: &str| tell::<i64>(&redis.url(), &["PTTL", name]);
    assert!((29 * 86_400_000..=30 * 86_400_000).contains(&lives(&names[0])), "thirty days");
    assert!((1..=10_000).contains(&lives(&names[1])), "until its one cell is back");

    limiter.give_back(LIMIT, alice).unwrap();
    assert_eq!(tell::<u32>(&redis.url(), &["EXISTS", &names[1]]), 0);
}

#[test]
fn what_is_no_state_of_a_limit_counts_as_full_and_one_of_a_larger_quota_as_empty() {
    let Some(redis) = Redis::start() else { return };
    let limiter = limiter_on(&redis, LONG);
    take(&limiter).unwrap();
    let names: Vec<String> = tell(&redis.url(), &["KEYS", "*"]);
    let set = |state: &str| tell::<String>(&redis.url(), &["SET", &names[0], state]);
    set("rubbish");
    assert_eq!(take(&limiter).unwrap().remaining, 2);
    // A day until it is full, as of a moment that will not come.
    set("86400000000000 9000000000000000");
    let refused = take(&limiter).unwrap();
    assert!(!refused.allowed && refused.retry_after.as_secs() <= 10, "{refused:?}");
}

#[test]
fn a_key_of_another_type_says_nothing_and_is_written_over() {
    let Some(redis) = Redis::start() else { return };
    let limiter = limiter_on(&redis, LONG);
    let known = RedisKnownNetworks::new(RedisConnections::new(&redis.url(), LONG).unwrap(), "");
    let (alice, network) = (Key::account("alice"), Key::network(ClientNetwork::of(None)));
    take(&limiter).unwrap();
    known.remember(alice, network).unwrap();
    let mut names: Vec<String> = tell(&redis.url(), &["KEYS", "*"]);
    names.sort();
    let spoil = || {
        for name in &names {
            tell::<u32>(&redis.url(), &["DEL", name]);
            tell::<u32>(&redis.url(), &["LPUSH", name, "rubbish"]);
        }
    };
    spoil();
    assert!(!known.knows(alice, network).unwrap());
    known.remember(alice, network).unwrap();
    assert!(known.knows(alice, network).unwrap());
    assert_eq!(take(&limiter).unwrap().remaining, 2);
    assert_eq!(take(&limiter).unwrap().remaining, 1);
    spoil();
    limiter.give_back(LIMIT, alice).unwrap();
    assert_eq!(take(&limiter).unwrap().remaining, 2);
}

#[test]
fn a_user_needs_these_rights_on_the_keys_of_the_prefix_and_no_others() {
    let Some(redis) = Redis::start() else { return };
    let rights = "+evalsha +script|load +get +set +del +zadd +zscore +zremrangebyrank +pexpire +time";
    let user = ["ACL", "SETUSER", "limiter", "on", ">secret", "~ours:*", "-@all"];
    let words: Vec<_> = user.into_iter().chain(rights.split(' ')).collect();
    tell::<String>(&redis.url(), &words);
    let url = redis.url().replace("//:of-a-test@", "//limiter:secret@");
    let limiter = limiter_at(&url, "ours:", LONG);
    let known = RedisKnownNetworks::new(RedisConnections::new(&url, LONG).unwrap(), "ours:");
    let (alice, network) = (Key::account("alice"), Key::network(ClientNetwork::of(None)));
    assert!(take(&limiter).unwrap().allowed);
    limiter.give_back(LIMIT, alice).unwrap();
    known.remember(alice, network).unwrap();
    assert!(known.knows(alice, network).unwrap());
    assert!(take(&limiter_at(&url, "theirs:", LONG)).is_err());

    // And another one where the URL names a database.
    let numbered = format!("{url}1");
    assert!(take(&limiter_at(&numbered, "ours:", LONG)).is_err());
    tell::<String>(&redis.url(), &["ACL", "SETUSER", "limiter", "+select"]);
    assert!(take(&limiter_at(&numbered, "ours:", LONG)).unwrap().allowed);
}

#[test]
fn the_server_may_forget_the_scripts() {
    let Some(redis) = Redis::start() else { return };
    let limiter = limiter_on(&redis, LONG);
    assert_eq!(take(&limiter).unwrap().remaining, 2);
    tell::<String>(&redis.url(), &["SCRIPT", "FLUSH"]);
    assert_eq!(take(&limiter).unwrap().remaining, 1);
}
