//! Where a user is logged in, ending it from afar, and how long a login counts as fresh.

use concierge_kernel::{Clock as _, StoreFailure};
use concierge_tokens::{
    Delivery, Device, LastUse, ListSessions, OpenedSession, Presentation, RevocationReason, TokenRefused,
    UserAgent,
};

use crate::support::{House, MICROSECOND, POLICY, secs};

fn device(name: &str) -> Device {
    Device { address: "192.0.2.7".parse().ok(), user_agent: UserAgent::clean(name) }
}

/// Several sessions of one user.
fn open_for_one_user<const N: usize>(house: &House) -> [OpenedSession; N] {
    let user_id = house.alice().user_id;
    std::array::from_fn(|_| house.opener().open(user_id, Delivery::Cookie, true, &device("Lynx")).unwrap())
}

#[test]
fn a_session_is_listed_with_the_device_that_used_it_last() {
    let house = House::new();
    let [first, second] = open_for_one_user(&house);
    let list =
        || ListSessions::new(house.store.clone(), house.clock.clone()).living(first.session.user_id).unwrap();
    house.wait(secs(60));
    let rotator = house.rotator();
    let claims = rotator.inspect(&first.refresh_token).unwrap();
    let presentation = Presentation::Cookie { csrf_token: house.csrf_token_of(claims.session_id) };
    rotator.rotate(&claims, &presentation, device("Mosaic")).unwrap();
    let states = list();
    let ids: Vec<_> = states.iter().map(|state| state.session.id).collect();
    assert_eq!(ids, [first.session.id, second.session.id]);
    assert_eq!(states[0].last_use, LastUse { at: house.now(), device: device("Mosaic") });
    assert_eq!(states[1].last_use, LastUse { at: second.session.created_at, device: device("Lynx") });
    house.wait_until(second.refresh.expires_at);
    assert_eq!(list().len(), 1, "the second has expired");
}

#[test]
fn a_user_ends_a_session_of_their_own_once_and_nobody_elses() {
    let house = House::new();
    let [mine, other] = open_for_one_user(&house);
    let theirs = house.open();
    let end = |id| house.ender().end_of(mine.session.user_id, id, RevocationReason::Device).unwrap();
    assert!(!end(theirs.session.id), "another user's");
    assert_eq!(house.reason_of_end(&theirs.session), None);
    assert!(end(other.session.id));
    assert_eq!(house.reason_of_end(&other.session), Some(RevocationReason::Device));
    assert!(!end(other.session.id), "it has ended already");
    house.wait_until(mine.refresh.expires_at);
    assert!(!end(mine.session.id), "it has expired");
    let is_mine = |id| house.ender().is_of(mine.session.user_id, id).unwrap();
    assert!(is_mine(other.session.id) && is_mine(mine.session.id), "ended ones are known");
    assert!(!is_mine(theirs.session.id), "another user's");
}

#[test]
fn all_others_end_at_once_with_their_tokens_of_either_kind() {
    let house = House::new();
    let [kept, one, other] = open_for_one_user(&house);
    let theirs = house.open();
    let access = [&one, &other].map(|opened| house.issue(&opened.session).token);
    let reason = RevocationReason::PasswordChanged;
    let mut ended = house.ender().end_others(kept.session.user_id, kept.session.id, reason).unwrap();
    ended.sort_unstable();
    let mut expected = [one.session.id, other.session.id];
    expected.sort_unstable();
    assert_eq!(ended, expected);
    for (opened, token) in [&one, &other].into_iter().zip(&access) {
        assert_eq!(house.verifier().verify(token), Err(TokenRefused::Revoked));
        house.assert_ended(&opened.refresh_token);
    }
    for living in [&kept, &theirs] {
        assert!(house.verifier().verify(&house.issue(&living.session).token).is_ok());
        house.step(&living.refresh_token);
    }
}

#[test]
fn all_sessions_of_a_user_end_at_once_and_nobody_elses() {
    let house = House::new();
    let [one, other] = open_for_one_user(&house);
    let theirs = house.open();
    let user_id = one.session.user_id;
    assert_eq!(house.ender().end_all(user_id, RevocationReason::Disabled).unwrap().len(), 2);
    for opened in [&one, &other] {
        assert_eq!(house.reason_of_end(&opened.session), Some(RevocationReason::Disabled));
        assert_eq!(house.verifier().verify(&house.issue(&opened.session).token), Err(TokenRefused::Revoked));
        house.assert_ended(&opened.refresh_token);
    }
    house.step(&theirs.refresh_token);
    assert!(house.ender().end_all(user_id, RevocationReason::Admin).unwrap().is_empty());
}

#[test]
fn what_could_not_be_ended_keeps_its_access_tokens() {
    let house = House::new();
    let [kept, other] = open_for_one_user(&house);
    let token = house.issue(&other.session).token;
    house.store.fault.break_all(|| StoreFailure::Failed("broken".into()));
    let (user_id, reason) = (kept.session.user_id, RevocationReason::Device);
    assert!(house.ender().end_others(user_id, kept.session.id, reason).is_err());
    assert!(house.ender().end_of(user_id, other.session.id, reason).is_err());
    assert!(house.verifier().verify(&token).is_ok());
}

#[test]
fn a_login_is_fresh_until_it_is_older_than_allowed_and_a_refresh_makes_it_no_fresher() {
    let house = House::new();
    let opened = house.open();
    let authenticated_at = house.issue(&opened.session).claims.authenticated_at;
    house.wait(secs(600));
    let session = house.refresh(&opened.refresh_token).unwrap().session;
    let claims = house.issue(&session).claims;
    assert_eq!(claims.authenticated_at, authenticated_at);
    house.wait_until(authenticated_at.plus(POLICY.access_ttl));
    assert!(claims.is_fresh(house.now(), POLICY.access_ttl));
    house.wait(MICROSECOND);
    assert!(!claims.is_fresh(house.now(), POLICY.access_ttl));
    // A clock that is behind the one that saw the login.
    assert!(claims.is_fresh(authenticated_at.minus(secs(60)), secs(1)));
    assert!(claims.is_fresh(house.clock.now(), secs(901)));
}
