//! Key pairs: made, written as PEM and read from it.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
    RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pem::{EncodeConfig, LineEnding, Pem};
use secrecy::SecretString;

use crate::KeyAlgorithm;
use crate::public_key::PublicKey;

/// The label of PKCS#8 without a passphrase (RFC 7468, section 10).
const PKCS8: &str = "PRIVATE KEY";

/// Why a file holds no key that concierge can sign with. Never repeats what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is no PEM.
    #[error("expected one PEM block that begins with -----BEGIN PRIVATE KEY----- (PKCS#8, RFC 7468)")]
    NotPem,
    /// It is PEM of something else.
    #[error(
        "expected a private key in PKCS#8 without a passphrase (BEGIN PRIVATE KEY), not BEGIN {0}; \
         `openssl pkcs8 -topk8 -nocrypt` makes one of other private keys"
    )]
    NotPkcs8(String),
    /// It is an RSA key that is too short to be safe.
    #[error("the RSA key is too short: expected 2048 bits or more")]
    RsaTooShort,
    /// It is a key of another kind, or broken.
    #[error(
        "expected an Ed25519 key (EdDSA), an EC key on P-256 (ES256) or an RSA key of 2048 to 8192 bits (RS256)"
    )]
    Unsupported,
}

/// The machine could not make a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a new key could not be made")]
pub struct CannotGenerate;

/// Makes a key pair, as PEM of PKCS#8. RSA keys have 3072 bits, which NIST SP 800-57 trusts beyond 2030.
///
/// # Errors
/// The library that makes it fails, for example because the system has no randomness.
pub fn generate(algorithm: KeyAlgorithm) -> Result<SecretString, CannotGenerate> {
    let der = match algorithm {
        KeyAlgorithm::EdDsa => {
            Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1()).map(|der| der.as_ref().to_vec())
        }
        KeyAlgorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .and_then(|pair| pair.to_pkcs8v1())
            .map(|der| der.as_ref().to_vec()),
        KeyAlgorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa3072).and_then(|pair| rsa_der(&pair)),
    };
    let der = der.map_err(|_| CannotGenerate)?;
    let lines = EncodeConfig::new().set_line_ending(LineEnding::LF);
    Ok(pem::encode_config(&Pem::new(PKCS8, der), lines).into())
}

fn rsa_der(pair: &RsaKeyPair) -> Result<Vec<u8>, Unspecified> {
    let der: Pkcs8V1Der<'_> = pair.as_der()?;
    Ok(der.as_ref().to_vec())
}

/// What a private key is for and its public half.
pub(crate) fn read(text: &str) -> Result<(KeyAlgorithm, PublicKey), KeyError> {
    let block = pem::parse(text).map_err(|_| KeyError::NotPem)?;
    if block.tag() != PKCS8 {
        return Err(KeyError::NotPkcs8(block.tag().to_owned()));
    }
    let der = block.contents();
    let encoded = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
        return Ok((KeyAlgorithm::EdDsa, PublicKey::Ed25519 { x: encoded(pair.public_key().as_ref()) }));
    }
    if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
        // SEC 1, section 2.3.3: an uncompressed point is 4 and then both coordinates.
        && let Some((&[4], point)) = pair.public_key().as_ref().split_first_chunk::<1>()
        && let Some((x, y)) = point.split_at_checked(32)
    {
        return Ok((KeyAlgorithm::Es256, PublicKey::P256 { x: encoded(x), y: encoded(y) }));
    }
    match RsaKeyPair::from_pkcs8(der) {
        Ok(pair) => {
            let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
            Ok((KeyAlgorithm::Rs256, PublicKey::Rsa { n: encoded(&n), e: encoded(&e) }))
        }
        Err(rejected) if rejected.to_string() == "TooSmall" => Err(KeyError::RsaTooShort),
        Err(_) => Err(KeyError::Unsupported),
    }
}
