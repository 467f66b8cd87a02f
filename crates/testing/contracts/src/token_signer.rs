//! The law of [`TokenSigner`](concierge_tokens::TokenSigner).

#![expect(missing_docs, reason = "the cases are named as sentences")]

use std::time::Duration;

use concierge_kernel::{Clock, UserId};
use concierge_tokens::{
    AccessClaims, CsrfToken, Principal, RefreshClaims, SessionId, TokenDefect, TokenId, TokenSigner,
};

use crate::doubles::{ManualClock, SeededEntropy};

/// Makes a `#[test]` of every case; `$signer` is a function that makes a signer. Signers it makes in
/// several calls share no key.
#[macro_export]
macro_rules! token_signer_suite {
    ($signer:path) => {
        $crate::token_signer_suite! { @cases $signer;
            what_was_signed_is_what_is_verified,
            signing_a_refresh_token_twice_gives_one_id_and_expiry,
            a_token_of_one_type_is_refused_as_the_other,
            a_token_changed_in_any_place_is_refused,
            a_token_cut_short_anywhere_is_refused,
            text_that_is_no_token_is_refused,
            an_expired_token_is_still_authentic,
        }
        #[test]
        fn a_token_of_another_key_is_refused() {
            $crate::token_signer::a_token_of_another_key_is_refused(&$signer(), &$signer());
        }
    };
    (@cases $signer:path; $($case:ident,)+) => {
        $(
            #[test]
            fn $case() {
                $crate::token_signer::$case(&$signer());
            }
        )+
    };
}

/// Access claims with every field set.
pub fn sample_access() -> AccessClaims {
    let (clock, entropy) = (ManualClock::default(), SeededEntropy::default());
    let now = clock.now();
    AccessClaims {
        id: TokenId::generate(now, &entropy),
        session_id: SessionId::generate(now, &entropy),
        principal: Principal {
            user_id: UserId::generate(&clock, &entropy),
            username: "élise@example.com".to_owned(),
            roles: vec!["user".to_owned(), "admin".to_owned()],
        },
        csrf_token: CsrfToken::generate(&entropy),
        authenticated_at: now.floor_to_secs(),
        issued_at: now.floor_to_secs(),
        expires_at: now.floor_to_secs().plus(Duration::from_secs(900)),
    }
}

/// Refresh claims with every field set.
pub fn sample_refresh() -> RefreshClaims {
    let access = sample_access();
    RefreshClaims {
        id: access.id,
        session_id: access.session_id,
        user_id: access.principal.user_id,
        issued_at: access.issued_at,
        expires_at: access.issued_at.plus(Duration::from_secs(2_592_000)),
    }
}

// Cases

pub fn what_was_signed_is_what_is_verified(signer: &dyn TokenSigner) {
    let token = signer.sign_access(&sample_access()).unwrap();
    assert_eq!(signer.verify_access(&token), Ok(sample_access()));
    let token = signer.sign_refresh(&sample_refresh()).unwrap();
    assert_eq!(signer.verify_refresh(&token), Ok(sample_refresh()));
}

pub fn signing_a_refresh_token_twice_gives_one_id_and_expiry(signer: &dyn TokenSigner) {
    let claims = [(); 2].map(|()| {
        let token = signer.sign_refresh(&sample_refresh()).unwrap();
        signer.verify_refresh(&token).unwrap()
    });
    assert_eq!(claims[0], claims[1]);
}

pub fn a_token_of_one_type_is_refused_as_the_other(signer: &dyn TokenSigner) {
    let access = signer.sign_access(&sample_access()).unwrap();
    assert_eq!(signer.verify_refresh(&access), Err(TokenDefect::WrongType));
    let refresh = signer.sign_refresh(&sample_refresh()).unwrap();
    assert_eq!(signer.verify_access(&refresh), Err(TokenDefect::WrongType));
}

pub fn a_token_changed_in_any_place_is_refused(signer: &dyn TokenSigner) {
    let token = signer.sign_access(&sample_access()).unwrap();
    for place in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).expect("tokens are ASCII");
        assert!(signer.verify_access(&changed).is_err(), "changed at {place}: {changed}");
    }
}

pub fn a_token_cut_short_anywhere_is_refused(signer: &dyn TokenSigner) {
    let token = signer.sign_access(&sample_access()).unwrap();
    for length in 0..token.len() {
        assert!(signer.verify_access(&token[..length]).is_err(), "cut to {length}");
    }
}

pub fn text_that_is_no_token_is_refused(signer: &dyn TokenSigner) {
    for text in ["", ".", "..", "...", "a.b.c", "é.é.é", "eyJhbGciOiJub25lIn0.e30.", "null", "\0", "{}.{}.{}"]
    {
        assert!(signer.verify_access(text).is_err(), "{text}");
        assert!(signer.verify_refresh(text).is_err(), "{text}");
    }
}

pub fn an_expired_token_is_still_authentic(signer: &dyn TokenSigner) {
    let long_ago = concierge_kernel::Timestamp::from_secs(1).unwrap();
    let claims = RefreshClaims { issued_at: long_ago, expires_at: long_ago, ..sample_refresh() };
    let token = signer.sign_refresh(&claims).unwrap();
    assert_eq!(signer.verify_refresh(&token), Ok(claims));
}

pub fn a_token_of_another_key_is_refused(signer: &dyn TokenSigner, other: &dyn TokenSigner) {
    let token = other.sign_access(&sample_access()).unwrap();
    let refused = signer.verify_access(&token);
    assert!(matches!(refused, Err(TokenDefect::UnknownKey | TokenDefect::WrongSignature)), "{refused:?}");
}
