//! When a frontend is told to refresh.

use std::collections::BTreeSet;
use std::time::Duration;

use concierge_kernel::Clock as _;
use concierge_tokens::{AccessClaims, TokenPolicy};

use crate::support::{House, MICROSECOND, POLICY, secs};

/// A thousand tokens of one session, issued in one second.
fn tokens(house: &House) -> Vec<AccessClaims> {
    let session = house.open().session;
    (0..1000).map(|_| house.issue(&session).claims).collect()
}

#[test]
fn a_token_is_to_be_refreshed_between_75_and_85_percent_of_its_life() {
    let house = House::new();
    let tokens = tokens(&house);
    let shares: BTreeSet<_> = tokens
        .iter()
        .map(|claims| {
            claims.refresh_after(claims.issued_at).as_micros() * 100 / POLICY.access_ttl.as_micros()
        })
        .collect();
    assert_eq!(shares, (75..=85).collect(), "tokens spread over every whole percent");
}

#[test]
fn asking_twice_about_one_token_gives_one_moment() {
    let house = House::new();
    let claims = house.issue(&house.open().session).claims;
    let due = claims.issued_at.plus(claims.refresh_after(claims.issued_at));
    for _ in 0..600 {
        assert_eq!(house.now().plus(claims.refresh_after(house.now())), due);
        house.wait(secs(1));
    }
}

#[test]
fn two_tokens_of_one_moment_are_hardly_ever_due_together() {
    let house = House::new();
    let tokens = tokens(&house);
    let now = house.now();
    let due = |claims: &AccessClaims| claims.refresh_after(now);
    let together = tokens.windows(2).filter(|pair| due(&pair[0]) == due(&pair[1])).count();
    assert!(together < 200, "{together} of 999 pairs");
}

#[test]
fn a_token_that_is_overdue_is_to_be_refreshed_in_a_second_not_in_a_loop() {
    let house = House::new();
    let claims = house.issue(&house.open().session).claims;
    let last_second = claims.expires_at.minus(secs(1));
    house.wait_until(claims.issued_at.plus(POLICY.access_ttl * 86 / 100));
    while house.now() <= last_second {
        assert_eq!(claims.refresh_after(house.now()), secs(1));
        house.wait(secs(1));
    }
}

#[test]
fn however_short_its_life_a_token_is_never_due_at_once_nor_after_its_end() {
    for ttl in 1..=10 {
        let house = House::with(TokenPolicy { access_ttl: secs(ttl), ..POLICY });
        for claims in tokens(&house) {
            let mut now = claims.issued_at;
            let after = claims.refresh_after(now);
            assert!((secs(1)..=claims.expires_in(now)).contains(&after), "{after:?} of {ttl} s");
            while now < claims.expires_at {
                let after = claims.refresh_after(now);
                let least = secs(1).min(claims.expires_in(now));
                assert!((least..=claims.expires_in(now)).contains(&after), "{after:?} of {ttl} s");
                now = now.plus(Duration::from_millis(333));
            }
        }
    }
}

#[test]
fn an_expired_token_has_nothing_left() {
    let house = House::new();
    let claims = house.issue(&house.open().session).claims;
    house.wait_until(claims.expires_at.minus(MICROSECOND));
    assert_eq!(claims.expires_in(house.clock.now()), MICROSECOND);
    house.wait(MICROSECOND);
    assert_eq!(claims.expires_in(house.now()), Duration::ZERO);
    assert_eq!(claims.refresh_after(house.now()), Duration::ZERO);
}
