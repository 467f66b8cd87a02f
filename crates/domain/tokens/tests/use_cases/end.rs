//! How a session ends at its user's wish, whatever state the tokens are in.

use concierge_kernel::StoreFailure;
use concierge_tokens::{Delivery, RevocationReason};

use crate::support::{House, POLICY, secs};

#[test]
fn a_token_of_either_type_names_its_session_even_long_after_it_has_expired() {
    let house = House::new();
    let opened = house.open();
    let access = house.issue(&opened.session).token;
    house.wait(POLICY.refresh_ttl * 3);
    for token in [&access, &opened.refresh_token] {
        let expected = (opened.session.id, opened.session.user_id);
        assert_eq!(house.recognizer().session_of(token), Some(expected));
    }
}

#[test]
fn a_token_that_is_not_ours_names_no_session() {
    let house = House::new();
    for token in ["", "nonsense", &House::new().open().refresh_token] {
        assert_eq!(house.recognizer().session_of(token), None, "{token}");
    }
}

#[test]
fn nothing_is_forgiven_after_a_logout_not_even_within_the_grace() {
    let house = House::new();
    let opened = house.open();
    let second = house.step(&opened.refresh_token);
    house.ender().end(opened.session.id).unwrap();
    for token in [&opened.refresh_token, &second] {
        house.assert_ended(token);
    }
    assert_eq!(house.reason_of_end(&opened.session), Some(RevocationReason::Logout));
    assert_eq!(house.inspector().living(opened.session.id).unwrap(), None);
}

#[test]
fn a_logout_ends_its_own_session_alone() {
    let house = House::new();
    let (one, other) = (house.open(), house.open_for(Delivery::Body));
    house.ender().end(one.session.id).unwrap();
    assert_eq!(house.reason_of_end(&other.session), None);
    let living = house.inspector().living(other.session.id).unwrap().unwrap();
    assert_eq!(living.session, other.session);
}

#[test]
fn logging_out_twice_is_no_error_and_the_first_time_counts() {
    let house = House::new();
    let opened = house.open();
    assert!(house.ender().end(opened.session.id).unwrap());
    let ended_at = house.now();
    house.wait(secs(60));
    assert!(!house.ender().end(opened.session.id).unwrap());
    let outcome = house.inspector().living(opened.session.id);
    assert_eq!(outcome.unwrap(), None);
    let state = concierge_tokens::SessionStore::find(&house.store.inner, opened.session.id).unwrap().unwrap();
    assert_eq!(state.session.revocation.map(|revocation| revocation.at), Some(ended_at));
}

#[test]
fn what_expired_by_itself_is_not_told_as_ended_but_its_access_tokens_stop_working() {
    let house = House::new();
    let (one, other) = (house.open(), house.open());
    house.wait_until(one.refresh.expires_at);
    // As a refresh that is forgiven makes one in a session's last minute.
    let access = house.issue(&other.session).token;
    assert!(!house.ender().end(one.session.id).unwrap());
    let ended = house.ender().end_all(other.session.user_id, RevocationReason::Admin).unwrap();
    assert_eq!(ended, []);
    assert!(house.verifier().verify(&access).is_err());
    assert_eq!(house.reason_of_end(&other.session), Some(RevocationReason::Admin));
}

#[test]
fn a_session_that_cannot_be_ended_is_not_reported_as_ended() {
    let house = House::new();
    let opened = house.open();
    house.store.fault.break_only("revoke", || StoreFailure::Failed("broken".into()));
    assert!(house.ender().end(opened.session.id).is_err());
    assert_eq!(house.reason_of_end(&opened.session), None);
}
