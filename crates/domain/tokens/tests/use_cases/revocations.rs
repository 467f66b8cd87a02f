//! An access token outlives no session: not where it was ended, and not on the other instances for long.
//! How they hear of it is tested in `tests/revocations.rs`.

use std::sync::Arc;

use concierge_kernel::StoreFailure;
use concierge_tokens::{FollowRevocations, Revocations, TokenRefused};

use crate::support::{House, MICROSECOND, POLICY, secs};

/// Another instance of concierge on the same store, clock and keys.
fn replica_of(house: &House) -> (House, FollowRevocations) {
    let replica = House {
        policy: house.policy,
        clock: house.clock.clone(),
        entropy: house.entropy.clone(),
        store: house.store.clone(),
        signer: house.signer.clone(),
        revocations: Arc::new(Revocations::new(&house.policy)),
    };
    let follow =
        FollowRevocations::new(house.store.clone(), replica.revocations.clone(), house.clock.clone());
    (replica, follow)
}

#[test]
fn an_access_token_stops_working_where_its_session_was_ended_at_once() {
    let house = House::new();
    let (ended, other) = (house.open().session, house.open().session);
    let (token, others) = (house.issue(&ended).token, house.issue(&other).token);
    house.ender().end(ended.id).unwrap();
    assert_eq!(house.verifier().verify(&token), Err(TokenRefused::Revoked));
    assert!(house.verifier().verify(&others).is_ok());
}

#[test]
fn a_theft_stops_the_access_tokens_of_the_thief_and_the_owner_at_once() {
    let house = House::new();
    let opened = house.open();
    let (thiefs, owners) = (house.issue(&opened.session).token, house.issue(&opened.session).token);
    house.step(&house.step(&opened.refresh_token));
    house.wait(POLICY.refresh_grace + MICROSECOND);
    house.assert_theft(&opened.refresh_token);
    for token in [thiefs, owners] {
        assert_eq!(house.verifier().verify(&token), Err(TokenRefused::Revoked));
    }
}

#[test]
fn a_session_that_could_not_be_ended_keeps_its_access_tokens() {
    let house = House::new();
    let session = house.open().session;
    let token = house.issue(&session).token;
    house.store.fault.break_only("revoke", || StoreFailure::Failed("broken".into()));
    assert!(house.ender().end(session.id).is_err());
    assert!(house.verifier().verify(&token).is_ok());
}

#[test]
fn an_ended_session_is_remembered_for_as_long_as_any_access_token_of_it_could_work() {
    let house = House::new();
    let (_, follow) = replica_of(&house);
    let follow_here =
        FollowRevocations::new(house.store.clone(), house.revocations.clone(), house.clock.clone());
    let session = house.open().session;
    // A token issued at the last moment, on an instance that did not know yet.
    house.ender().end(session.id).unwrap();
    house.wait(secs(2));
    let issued = house.issue(&session);
    house.wait_until(issued.claims.expires_at.plus(POLICY.leeway).minus(MICROSECOND));
    follow_here.poll().unwrap();
    follow.poll().unwrap();
    assert_eq!(house.verifier().verify(&issued.token), Err(TokenRefused::Revoked));
    house.wait(secs(3600));
    follow_here.poll().unwrap();
    assert!(!house.revocations.contains(session.id), "nothing is remembered for ever");
    assert_eq!(house.verifier().verify(&issued.token), Err(TokenRefused::Expired));
}

#[test]
fn a_store_that_is_away_makes_an_instance_lag_and_it_catches_up_afterwards() {
    let house = House::new();
    let (replica, follow) = replica_of(&house);
    let session = house.open().session;
    let token = house.issue(&session).token;
    follow.poll().unwrap();
    assert_eq!(follow.lag(), secs(0));
    house.ender().end(session.id).unwrap();
    house.store.fault.break_all(|| StoreFailure::Unavailable("no connection".into()));
    for lag in 1..=3 {
        house.wait(secs(1));
        assert!(follow.poll().is_err());
        assert_eq!(follow.lag(), secs(lag));
    }
    house.store.fault.mend();
    follow.poll().unwrap();
    assert_eq!(follow.lag(), secs(0));
    assert_eq!(replica.verifier().verify(&token), Err(TokenRefused::Revoked));
}
