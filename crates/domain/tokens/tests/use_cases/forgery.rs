//! A refresh cookie that comes without the session's CSRF token: refused, and nothing has changed.

use concierge_tokens::{
    CsrfError, Delivery, Device, Presentation, RefreshClaims, RotateError, RotatedSession, SessionStore as _,
};

use crate::support::{House, POLICY, secs};

fn present(
    house: &House,
    claims: &RefreshClaims,
    csrf_token: Option<&str>,
) -> Result<RotatedSession, RotateError> {
    let csrf_token = csrf_token.map(str::to_owned);
    house.rotator().rotate(claims, &Presentation::Cookie { csrf_token }, Device::default())
}

#[track_caller]
fn assert_forgery(result: Result<RotatedSession, RotateError>, expected: CsrfError) {
    let refused = result.err();
    assert!(matches!(&refused, Some(RotateError::Forgery(error)) if *error == expected), "{refused:?}");
}

#[test]
fn without_the_sessions_own_token_nothing_is_rotated() {
    let house = House::new();
    let (opened, other) = (house.open(), house.open());
    let before = house.store.find(opened.session.id).unwrap();
    assert_forgery(present(&house, &opened.refresh, None), CsrfError::Missing);
    for token in ["", "guess", other.session.csrf_token.as_str()] {
        assert_forgery(present(&house, &opened.refresh, Some(token)), CsrfError::Mismatch);
    }
    assert_eq!(house.store.find(opened.session.id).unwrap(), before);
    house.step(&opened.refresh_token);
}

#[test]
fn a_forged_request_with_an_old_token_is_no_theft() {
    let house = House::new();
    let opened = house.open();
    let living = house.step(&house.step(&opened.refresh_token));
    house.wait(POLICY.refresh_grace + secs(1));
    assert_forgery(present(&house, &opened.refresh, None), CsrfError::Missing);
    assert_forgery(present(&house, &opened.refresh, Some("guess")), CsrfError::Mismatch);
    assert_eq!(house.reason_of_end(&opened.session), None);
    house.step(&living);
}

#[test]
fn a_token_that_is_no_good_is_refused_for_that_first() {
    let house = House::new();
    let by_body = house.open_for(Delivery::Body);
    let refused = present(&house, &by_body.refresh, None).err();
    assert!(matches!(refused, Some(RotateError::WrongDelivery)), "{refused:?}");
    let ended = house.open();
    house.ender().end(ended.session.id).unwrap();
    let refused = present(&house, &ended.refresh, None).err();
    assert!(matches!(refused, Some(RotateError::SessionEnded)), "{refused:?}");
}

#[test]
fn a_bearer_needs_no_csrf_token() {
    let house = House::new();
    let opened = house.open_for(Delivery::Body);
    let rotated = house.rotator().rotate(&opened.refresh, &Presentation::Bearer, Device::default()).unwrap();
    assert_ne!(rotated.refresh.id, opened.refresh.id);
}
