//! Tokens made by an adversary, who has everything but the secret: each is refused for the right reason.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use concierge_contracts::token_signer::{sample_access, sample_refresh};
use concierge_signing::{JwtSigner, Secret};
use concierge_tokens::{TokenDefect, TokenSigner};
use jsonwebtoken::{Algorithm, EncodingKey, Header, decode_header, encode};
use serde_json::{Value, json};

const SECRET: &str = "a secret of the service, 32 bytes or more";
const ISSUER: &str = "http://localhost:5000";

fn signer() -> JwtSigner {
    JwtSigner::hs256(&Secret::new(SECRET.into()).unwrap(), ISSUER, "concierge")
}

/// The header and claims of a genuine access token.
fn genuine() -> (Header, Value) {
    let token = signer().sign_access(&sample_access()).unwrap();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    (decode_header(&token).unwrap(), serde_json::from_slice(&claims).unwrap())
}

fn signed(header: &Header, claims: &Value) -> String {
    encode(header, claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

fn with_header(header: &Value) -> String {
    let (_, claims) = genuine();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(header), part(&claims), URL_SAFE_NO_PAD.encode([0; 32]))
}

fn refused(token: &str) -> TokenDefect {
    signer().verify_access(token).unwrap_err()
}

#[test]
fn a_genuine_token_signed_by_hand_is_accepted() {
    let (header, claims) = genuine();
    assert_eq!(signer().verify_access(&signed(&header, &claims)), Ok(sample_access()));
}

#[test]
fn no_algorithm_but_the_keys_own_is_accepted() {
    let (header, claims) = genuine();
    let kid = header.kid.clone().unwrap();
    for none in ["none", "None", "NONE", ""] {
        let token = with_header(&json!({"alg": none, "typ": "access+jwt", "kid": kid}));
        assert_eq!(refused(&token), TokenDefect::Malformed, "{none}");
        let unsigned = token.rsplit_once('.').unwrap().0.to_owned() + ".";
        assert_eq!(refused(&unsigned), TokenDefect::Malformed, "{none}");
    }
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let swapped = Header { alg: algorithm, ..header.clone() };
        assert_eq!(refused(&signed(&swapped, &claims)), TokenDefect::WrongAlgorithm);
    }
    for asymmetric in ["RS256", "ES256", "EdDSA", "PS256"] {
        let token = with_header(&json!({"alg": asymmetric, "typ": "access+jwt", "kid": kid}));
        assert_eq!(refused(&token), TokenDefect::WrongAlgorithm, "{asymmetric}");
    }
}

#[test]
fn a_key_is_found_by_its_exact_name_alone() {
    let (header, claims) = genuine();
    let kid = header.kid.clone().unwrap();
    let names = [
        None,
        Some(String::new()),
        Some("../../dev/null".to_owned()),
        Some(format!("{kid}\0")),
        Some(kid.to_uppercase()),
        Some(kid.to_lowercase()),
        Some("' OR 1=1 --".to_owned()),
    ];
    for name in names {
        let renamed = Header { kid: name.clone(), ..header.clone() };
        assert_eq!(refused(&signed(&renamed, &claims)), TokenDefect::UnknownKey, "{name:?}");
    }
}

#[test]
fn keys_that_a_token_brings_along_are_never_used() {
    let (header, claims) = genuine();
    let theirs = EncodingKey::from_secret(b"a secret of the adversary, long enough");
    let bringing = Header { jku: Some("https://evil.example/keys".to_owned()), ..header.clone() };
    let token = encode(&bringing, &claims, &theirs).unwrap();
    assert_eq!(refused(&token), TokenDefect::WrongSignature);
    let jwk = json!({"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"});
    let token = with_header(&json!({"alg": "HS256", "typ": "access+jwt", "kid": header.kid, "jwk": jwk}));
    assert_eq!(refused(&token), TokenDefect::WrongSignature);
}

#[test]
fn a_critical_extension_is_refused() {
    let (header, claims) = genuine();
    let critical = Header { crit: Some(vec!["b64".to_owned()]), ..header };
    assert_eq!(refused(&signed(&critical, &claims)), TokenDefect::Malformed);
}

#[test]
fn a_token_of_no_type_or_another_is_refused() {
    let (header, claims) = genuine();
    for token_type in [None, Some("JWT"), Some("refresh+jwt"), Some("ACCESS+JWT"), Some("")] {
        let retyped = Header { typ: token_type.map(str::to_owned), ..header.clone() };
        assert_eq!(refused(&signed(&retyped, &claims)), TokenDefect::WrongType, "{token_type:?}");
    }
    let refresh = signer().sign_refresh(&sample_refresh()).unwrap();
    assert_eq!(refused(&refresh), TokenDefect::WrongType);
}

#[test]
fn claims_that_are_missing_or_make_no_sense_are_refused_even_when_signed() {
    let (header, claims) = genuine();
    let cases = [
        ("iss", json!("https://other.example"), TokenDefect::WrongIssuer),
        ("aud", json!("other"), TokenDefect::WrongAudience),
        ("aud", json!([]), TokenDefect::WrongAudience),
        ("aud", json!(7), TokenDefect::WrongClaims),
        ("sub", json!("alice"), TokenDefect::WrongClaims),
        ("sid", json!("00000000-0000-4000-8000-000000000000"), TokenDefect::WrongClaims),
        ("jti", json!(1), TokenDefect::WrongClaims),
        ("exp", json!(-1), TokenDefect::WrongClaims),
        ("exp", json!(1e300), TokenDefect::WrongClaims),
        ("exp", json!(u64::MAX), TokenDefect::WrongClaims),
        ("iat", json!("now"), TokenDefect::WrongClaims),
        ("roles", json!("admin"), TokenDefect::WrongClaims),
        ("csrf", json!("short"), TokenDefect::WrongClaims),
    ];
    for (claim, value, defect) in cases {
        let mut changed = claims.clone();
        changed[claim] = value.clone();
        assert_eq!(refused(&signed(&header, &changed)), defect, "{claim} = {value}");
    }
    for claim in claims.as_object().unwrap().keys() {
        let mut shortened = claims.clone();
        shortened.as_object_mut().unwrap().remove(claim);
        assert_eq!(refused(&signed(&header, &shortened)), TokenDefect::WrongClaims, "without {claim}");
    }
}

#[test]
fn endless_and_deeply_nested_tokens_are_refused() {
    let (header, _) = genuine();
    assert_eq!(refused(&"a".repeat(1 << 20)), TokenDefect::Malformed);
    let nested = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    let nested: String = URL_SAFE_NO_PAD.encode(nested);
    let head = URL_SAFE_NO_PAD.encode(serde_json::to_string(&header).unwrap());
    assert_eq!(refused(&format!("{head}.{nested}.AAAA")), TokenDefect::WrongSignature);
    assert_eq!(refused(&format!("{nested}.{nested}.AAAA")), TokenDefect::Malformed);
}
