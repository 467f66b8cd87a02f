//! How a session begins, and that one which cannot begin leaves nothing behind.

use concierge_kernel::StoreFailure;
use concierge_tokens::{Delivery, Device, OpenSessionError, SessionStore as _, SigningFailure};

use crate::support::{House, POLICY};

#[test]
fn an_opened_session_is_kept_with_the_token_that_was_handed_out() {
    let house = House::new();
    let opened = house.open();
    let state = house.store.find(opened.session.id).unwrap().unwrap();
    assert_eq!(state.session, opened.session);
    assert_eq!(state.living.claims(&state.session), opened.refresh);
    assert_eq!(house.rotator().inspect(&opened.refresh_token), Ok(opened.refresh));
    assert_eq!(opened.refresh.expires_at, house.now().floor_to_secs().plus(POLICY.refresh_ttl));
    assert_eq!(house.drain_store(), 1);
}

#[test]
fn two_sessions_of_one_moment_have_nothing_in_common() {
    let house = House::new();
    let (one, other) = (house.open(), house.open());
    assert_ne!(one.session.id, other.session.id);
    assert_ne!(one.session.csrf_token, other.session.csrf_token);
    assert_ne!(one.refresh.id, other.refresh.id);
}

#[test]
fn a_session_whose_token_cannot_be_signed_is_not_kept() {
    let house = House::new();
    house.signer.fault.break_only("sign_refresh", || SigningFailure("no key".into()));
    let refused =
        house.opener().open(house.alice().user_id, Delivery::Cookie, true, &Device::default()).err();
    assert!(matches!(refused, Some(OpenSessionError::Signing(_))), "{refused:?}");
    assert_eq!(house.drain_store(), 0);
}

#[test]
fn a_session_that_cannot_be_kept_is_not_opened() {
    let house = House::new();
    house.store.fault.break_all(|| StoreFailure::Unavailable("no connection".into()));
    let refused = house.opener().open(house.alice().user_id, Delivery::Body, false, &Device::default()).err();
    assert!(matches!(refused, Some(OpenSessionError::Store(StoreFailure::Unavailable(_)))), "{refused:?}");
    assert_eq!(house.drain_store(), 0);
}
