//! When an access token, or a refresh token not yet used, works by the clock.

use concierge_kernel::Timestamp;
use concierge_tokens::{AccessClaims, TokenDefect, TokenPolicy, TokenRefused, TokenSigner};

use crate::support::{House, MICROSECOND, POLICY, secs};

#[test]
fn an_access_token_works_until_a_microsecond_before_its_expiry_and_the_leeway() {
    let house = House::new();
    let issued = house.issue(&house.open().session);
    let end = issued.claims.expires_at.plus(POLICY.leeway);
    house.wait_until(end.minus(MICROSECOND));
    assert_eq!(house.verifier().verify(&issued.token), Ok(issued.claims));
    house.wait(MICROSECOND);
    assert_eq!(house.verifier().verify(&issued.token), Err(TokenRefused::Expired));
}

#[test]
fn without_a_leeway_a_token_is_refused_at_its_expiry_to_the_microsecond() {
    let house = House::with(TokenPolicy { leeway: secs(0), ..POLICY });
    let issued = house.issue(&house.open().session);
    house.wait_until(issued.claims.expires_at.minus(MICROSECOND));
    assert!(house.verifier().verify(&issued.token).is_ok());
    house.wait(MICROSECOND);
    assert_eq!(house.verifier().verify(&issued.token), Err(TokenRefused::Expired));
}

#[test]
fn a_token_of_a_replica_whose_clock_is_ahead_is_accepted_within_the_leeway_alone() {
    let house = House::new();
    let claims = house.issue(&house.open().session).claims;
    let verify = |issued_at: Timestamp| {
        let token = house.signer.sign_access(&AccessClaims { issued_at, ..claims.clone() }).unwrap();
        house.verifier().verify(&token).map(|claims| claims.issued_at)
    };
    let furthest = house.now().plus(POLICY.leeway);
    assert_eq!(verify(furthest), Ok(furthest));
    assert_eq!(verify(furthest.plus(MICROSECOND)), Err(TokenRefused::IssuedInTheFuture));
}

#[test]
fn an_access_token_lives_for_its_ttl_from_the_second_it_was_issued_in() {
    let house = House::new();
    let session = house.open().session;
    house.wait(secs(60));
    let claims = house.issue(&session).claims;
    assert_eq!(claims.issued_at, house.now().floor_to_secs());
    assert_eq!(claims.expires_at, claims.issued_at.plus(POLICY.access_ttl));
    assert_eq!(claims.authenticated_at, session.created_at.floor_to_secs());
    assert_eq!((claims.session_id, claims.csrf_token), (session.id, session.csrf_token));
}

#[test]
fn a_refresh_token_works_until_a_microsecond_before_its_expiry_and_the_leeway() {
    let house = House::new();
    let opened = house.open();
    let end = opened.refresh.expires_at.plus(POLICY.leeway);
    house.wait_until(end.minus(MICROSECOND));
    assert_eq!(house.rotator().inspect(&opened.refresh_token), Ok(opened.refresh));
    house.wait(MICROSECOND);
    assert_eq!(house.rotator().inspect(&opened.refresh_token), Err(TokenRefused::Expired));
}

#[test]
fn a_successor_lives_for_the_full_ttl_and_the_session_outlives_its_first_token() {
    let house = House::new();
    let opened = house.open();
    house.wait_until(opened.refresh.expires_at.minus(secs(1)));
    let rotated = house.refresh(&opened.refresh_token).unwrap();
    assert_eq!(rotated.refresh.expires_at, house.now().floor_to_secs().plus(POLICY.refresh_ttl));
    house.wait_until(opened.refresh.expires_at.plus(secs(60)));
    assert_eq!(house.rotator().inspect(&opened.refresh_token), Err(TokenRefused::Expired));
    house.step(&rotated.refresh_token);
}

#[test]
fn a_token_of_the_other_type_or_of_nobody_is_refused_in_both_places() {
    let house = House::new();
    let opened = house.open();
    let access = house.issue(&opened.session).token;
    let wrong_type = TokenRefused::Defective(TokenDefect::WrongType);
    assert_eq!(house.verifier().verify(&opened.refresh_token), Err(wrong_type));
    assert_eq!(house.rotator().inspect(&access), Err(wrong_type));
    let foreign = House::new().open().refresh_token;
    assert!(matches!(house.rotator().inspect(&foreign), Err(TokenRefused::Defective(_))));
    assert!(matches!(house.verifier().verify("nonsense"), Err(TokenRefused::Defective(_))));
}
