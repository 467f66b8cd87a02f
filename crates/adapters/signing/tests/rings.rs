//! Keys that come and go, what others are told of them, and PEM that people bring along.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use concierge_contracts::token_signer::{sample_access, sample_refresh};
use concierge_signing::{JwtSigner, Key, KeyAlgorithm, KeyError, KeyRing, Secret, generate};
use concierge_tokens::{TokenDefect, TokenSigner as _};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use secrecy::ExposeSecret as _;
use serde_json::Value;

/// The key of RFC 8037, appendix A.1, as PKCS#8 (RFC 8410).
const RFC_8037: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

fn secret() -> Secret {
    Secret::new("a secret of the service, 32 bytes or more".into()).unwrap()
}

fn pem(algorithm: KeyAlgorithm) -> String {
    generate(algorithm).unwrap().expose_secret().to_owned()
}

fn key(pem: &str) -> Key {
    Key::from_pem(pem).unwrap()
}

fn signer(ring: KeyRing) -> JwtSigner {
    JwtSigner::new(ring, "http://localhost:5000", "concierge")
}

#[test]
fn a_token_outlives_the_turn_of_its_key_but_not_the_key() {
    let [first, second] = [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256].map(pem);
    let signer = signer(KeyRing::new(Key::hs256(&secret()), []));
    let by_secret = signer.sign_refresh(&sample_refresh()).unwrap();
    signer.install(KeyRing::new(key(&first), [Key::hs256(&secret()), key(&second)]));
    let by_first = signer.sign_refresh(&sample_refresh()).unwrap();
    assert_eq!(decode_header(&by_first).unwrap().kid.as_deref(), Some(key(&first).kid()));
    assert_eq!(signer.verify_refresh(&by_secret), Ok(sample_refresh()));

    signer.install(KeyRing::new(key(&second), [key(&first)]));
    let by_second = signer.sign_refresh(&sample_refresh()).unwrap();
    assert_eq!(signer.verify_refresh(&by_first), Ok(sample_refresh()));
    assert_eq!(signer.verify_refresh(&by_second), Ok(sample_refresh()));
    assert_eq!(signer.verify_refresh(&by_secret), Err(TokenDefect::UnknownKey));

    signer.install(KeyRing::new(key(&second), []));
    assert_eq!(signer.verify_refresh(&by_first), Err(TokenDefect::UnknownKey));
}

#[test]
fn others_verify_with_the_published_keys_alone() {
    for (algorithm, standard) in [
        (KeyAlgorithm::EdDsa, Algorithm::EdDSA),
        (KeyAlgorithm::Es256, Algorithm::ES256),
        (KeyAlgorithm::Rs256, Algorithm::RS256),
    ] {
        let signer = signer(KeyRing::new(key(&pem(algorithm)), [Key::hs256(&secret())]));
        let token = signer.sign_access(&sample_access()).unwrap();
        let published: JwkSet = serde_json::from_str(&signer.published_keys()).unwrap();
        let jwk = published.find(&decode_header(&token).unwrap().kid.unwrap()).unwrap();
        let mut validation = Validation::new(standard);
        validation.validate_exp = false;
        validation.set_audience(&["concierge"]);
        let read = decode::<Value>(&token, &DecodingKey::from_jwk(jwk).unwrap(), &validation).unwrap();
        assert_eq!(read.claims["preferred_username"], "\u{e9}lise@example.com");
    }
}

#[test]
fn nothing_private_is_published() {
    let keys = KeyAlgorithm::ALL.map(|algorithm| key(&pem(algorithm)));
    let ring = KeyRing::new(Key::hs256(&secret()), keys);
    let published: Value = serde_json::from_str(&ring.published()).unwrap();
    let keys = published["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 3, "the secret is not among them");
    let members = |key: &Value| key.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&keys[0]), ["alg", "crv", "kid", "kty", "use", "x"]);
    assert_eq!(members(&keys[1]), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert_eq!(members(&keys[2]), ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!(&*KeyRing::new(Key::hs256(&secret()), []).published(), r#"{"keys":[]}"#);
}

#[test]
fn a_key_is_named_by_its_thumbprint() {
    assert_eq!(key(RFC_8037).kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(key(RFC_8037).algorithm(), Some(KeyAlgorithm::EdDsa));
    assert_eq!(Key::hs256(&secret()).algorithm(), None);
}

#[test]
fn pem_of_anything_else_is_refused_with_what_was_expected() {
    let refused = |text: &str| Key::from_pem(text).err().unwrap();
    for text in ["", "nonsense", "-----BEGIN PRIVATE KEY-----\n", &RFC_8037[..60]] {
        assert_eq!(refused(text), KeyError::NotPem, "{text:?}");
    }
    for label in ["RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PUBLIC KEY", "CERTIFICATE"] {
        let text = RFC_8037.replace("PRIVATE KEY", label);
        assert_eq!(refused(&text), KeyError::NotPkcs8(label.to_owned()));
        assert!(refused(&text).to_string().contains("openssl pkcs8 -topk8"));
    }
    let broken = RFC_8037.replace("MC4C", "MC8C");
    assert_eq!(refused(&broken), KeyError::Unsupported);
    assert_eq!(refused(include_str!("pem/ec-p384.pem")), KeyError::Unsupported);
    assert_eq!(refused(include_str!("pem/rsa-1024.pem")), KeyError::RsaTooShort);
}

/// The files were made by `openssl genpkey` for these tests and sign nothing else.
#[test]
fn keys_of_openssl_are_read() {
    let files = [
        (include_str!("pem/ed25519.pem"), KeyAlgorithm::EdDsa),
        (include_str!("pem/ec-p256.pem"), KeyAlgorithm::Es256),
        (include_str!("pem/rsa-2048.pem"), KeyAlgorithm::Rs256),
    ];
    for (file, algorithm) in files {
        assert_eq!(key(file).algorithm(), Some(algorithm));
        let signer = signer(KeyRing::new(key(file), []));
        let token = signer.sign_access(&sample_access()).unwrap();
        assert_eq!(signer.verify_access(&token), Ok(sample_access()));
    }
}
