//! How a session is carried on: what is forgiven, for how long, and what is theft.

use concierge_kernel::{StoreFailure, Timestamp};
use concierge_tokens::{
    Delivery, RevocationReason, RotateError, SessionId, SessionStore as _, SigningFailure, TokenPolicy,
    TokenRefused,
};

use crate::support::{House, MICROSECOND, POLICY, secs};

/// A session whose first token is two generations old: used at the moment returned, as its successor was
/// five seconds later. Returns the first token, the living one and the moment.
fn two_generations_on(house: &House) -> (String, String, Timestamp) {
    let first = house.open().refresh_token;
    let used_at = house.now();
    let second = house.step(&first);
    house.wait(secs(5));
    (first, house.step(&second), used_at)
}

#[test]
fn the_living_token_is_answered_with_a_successor_of_the_same_session() {
    let house = House::new();
    let opened = house.open();
    house.wait(secs(720));
    let rotated = house.refresh(&opened.refresh_token).unwrap();
    assert_eq!(rotated.session, opened.session);
    assert_ne!(rotated.refresh.id, opened.refresh.id);
    assert_eq!(rotated.refresh.issued_at, house.now().floor_to_secs());
    assert_eq!(house.rotator().inspect(&rotated.refresh_token), Ok(rotated.refresh));
}

#[test]
fn a_used_token_is_forgiven_exactly_as_long_as_the_grace() {
    let house = House::new();
    let (first, living, used_at) = two_generations_on(&house);
    house.wait_until(used_at.plus(POLICY.refresh_grace));
    house.assert_replayed(&first, &living);
}

#[test]
fn a_used_token_is_theft_a_microsecond_after_the_grace() {
    let house = House::new();
    let (first, living, used_at) = two_generations_on(&house);
    house.wait_until(used_at.plus(POLICY.refresh_grace).plus(MICROSECOND));
    house.assert_theft(&first);
    house.assert_ended(&living);
}

#[test]
fn the_grace_counts_from_the_first_use_and_later_uses_do_not_renew_it() {
    let house = House::new();
    let (first, living, used_at) = two_generations_on(&house);
    house.wait_until(used_at.plus(secs(9)));
    house.assert_replayed(&first, &living);
    house.wait_until(used_at.plus(secs(11)));
    house.assert_theft(&first);
}

#[test]
fn without_a_grace_a_token_two_generations_old_is_theft_a_microsecond_later() {
    let house = House::with(TokenPolicy { refresh_grace: secs(0), ..POLICY });
    let first = house.open().refresh_token;
    let second = house.step(&first);
    house.step(&second);
    house.wait(MICROSECOND);
    house.assert_theft(&first);
}

#[test]
fn a_lost_response_is_answered_again_however_late() {
    let house = House::new();
    let first = house.open().refresh_token;
    let lost = house.step(&first);
    house.wait(POLICY.refresh_ttl - secs(60));
    house.assert_replayed(&first, &lost);
    house.step(&lost);
}

#[test]
fn a_replayed_answer_neither_prolongs_the_living_token_nor_uses_it() {
    let house = House::new();
    let first = house.open().refresh_token;
    let rotated = house.refresh(&first).unwrap();
    house.wait(secs(3600));
    let replayed = house.refresh(&first).unwrap();
    assert_eq!(replayed.refresh, rotated.refresh);
    let state = house.store.find(replayed.session.id).unwrap().unwrap();
    assert_eq!((state.living.id, state.living.first_used_at), (rotated.refresh.id, None));
}

#[test]
fn three_tabs_out_of_step_are_never_logged_out() {
    let house = House::new();
    let first = house.open().refresh_token;
    let second = house.step(&first);
    house.wait(secs(4));
    let third = house.step(&second);
    house.wait(secs(5));
    house.assert_replayed(&first, &third);
    house.assert_replayed(&second, &third);
    let fourth = house.step(&third);
    house.assert_replayed(&first, &fourth);
    house.assert_replayed(&second, &fourth);
    house.assert_replayed(&third, &fourth);
}

#[test]
fn a_stolen_token_ends_the_session_for_the_thief_and_the_owner() {
    let house = House::new();
    let opened = house.open();
    let stolen = opened.refresh_token.clone();
    let owners = house.step(&house.step(&stolen));
    house.wait(secs(60));
    match house.refresh(&stolen).err() {
        Some(RotateError::Reused(session)) => {
            let revocation = session.revocation.unwrap();
            assert_eq!((session.id, session.user_id), (opened.session.id, opened.session.user_id));
            assert_eq!((revocation.at, revocation.reason), (house.now(), RevocationReason::Reuse));
        }
        other => panic!("expected a theft, got {other:?}"),
    }
    for token in [&stolen, &owners] {
        house.assert_ended(token);
    }
    assert_eq!(house.reason_of_end(&opened.session), Some(RevocationReason::Reuse));
}

#[test]
fn a_thief_who_is_first_is_found_out_by_the_owners_next_refresh_but_one() {
    let house = House::new();
    let opened = house.open();
    let thiefs = house.step(&opened.refresh_token);
    house.wait(secs(60));
    house.step(&thiefs);
    house.wait(secs(60));
    house.assert_theft(&opened.refresh_token);
    assert_eq!(house.reason_of_end(&opened.session), Some(RevocationReason::Reuse));
}

#[test]
fn a_session_keeps_its_kind_and_a_token_presented_the_other_way_changes_nothing() {
    for (kind, other) in [(Delivery::Body, Delivery::Cookie), (Delivery::Cookie, Delivery::Body)] {
        let house = House::new();
        let opened = house.open_for(kind);
        let refused = house.refresh_as(&opened.refresh_token, other).err();
        assert!(matches!(refused, Some(RotateError::WrongDelivery)), "{refused:?}");
        let state = house.store.find(opened.session.id).unwrap().unwrap();
        assert_eq!(state.session, opened.session);
        assert_eq!(state.living.id, opened.refresh.id);
        let rotated = house.refresh_as(&opened.refresh_token, kind).unwrap();
        assert_ne!(rotated.refresh.id, opened.refresh.id);
    }
}

#[test]
fn a_session_that_the_store_does_not_know_has_ended() {
    let house = House::new();
    let opened = house.open();
    assert_eq!(house.drain_store(), 1);
    house.assert_ended(&opened.refresh_token);
    let unknown = SessionId::generate(house.now(), house.entropy.as_ref());
    assert_eq!(house.inspector().living(unknown).unwrap(), None);
}

#[test]
fn an_expired_token_is_refused_before_the_store_is_asked() {
    let house = House::new();
    let opened = house.open();
    house.store.fault.break_all(|| StoreFailure::Failed("asked".into()));
    house.wait(POLICY.refresh_ttl + POLICY.leeway);
    let refused = house.refresh(&opened.refresh_token).err();
    assert!(matches!(refused, Some(RotateError::Refused(TokenRefused::Expired))), "{refused:?}");
}

#[test]
fn a_store_that_breaks_has_changed_nothing_and_the_next_try_works() {
    let house = House::new();
    let opened = house.open();
    house.store.fault.break_all(|| StoreFailure::Unavailable("no connection".into()));
    let refused = house.refresh(&opened.refresh_token).err();
    assert!(matches!(refused, Some(RotateError::Store(StoreFailure::Unavailable(_)))), "{refused:?}");
    house.store.fault.mend();
    house.step(&opened.refresh_token);
}

#[test]
fn a_successor_that_cannot_be_signed_is_handed_out_at_the_next_try() {
    let house = House::new();
    let opened = house.open();
    house.signer.fault.break_all(|| SigningFailure("no key".into()));
    let refused = house.refresh(&opened.refresh_token).err();
    assert!(matches!(refused, Some(RotateError::Signing(_))), "{refused:?}");
    house.signer.fault.mend();
    house.wait(secs(3600));
    let living = house.store.find(opened.session.id).unwrap().unwrap().living;
    assert_eq!(house.refresh(&opened.refresh_token).unwrap().refresh.id, living.id);
}
