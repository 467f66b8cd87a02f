//! The public half of a key pair, as others are told it (RFC 7517, RFC 8037).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The numbers of a public key, each in base64url as a JWK has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// RFC 8037, section 2.
    Ed25519 { x: String },
    /// RFC 7518, section 6.2.
    P256 { x: String, y: String },
    /// RFC 7518, section 6.3.
    Rsa { n: String, e: String },
}

/// A public key with its name and its one use (RFC 7517, section 4). It has no member for anything private.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Jwk {
    kty: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
}

impl PublicKey {
    /// The thumbprint (RFC 7638): SHA-256 of the members that make the key, in the order of their names and
    /// without blanks. No member needs escaping.
    pub(crate) fn thumbprint(&self) -> String {
        let members = match self {
            Self::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
            Self::P256 { x, y } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#),
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
        };
        URL_SAFE_NO_PAD.encode(Sha256::digest(members))
    }

    pub(crate) fn decoding(&self) -> Result<DecodingKey, jsonwebtoken::errors::Error> {
        match self {
            Self::Ed25519 { x } => DecodingKey::from_ed_components(x),
            Self::P256 { x, y } => DecodingKey::from_ec_components(x, y),
            Self::Rsa { n, e } => DecodingKey::from_rsa_components(n, e),
        }
    }

    pub(crate) fn jwk(&self, kid: &str) -> Jwk {
        let (kty, alg, crv) = match self {
            Self::Ed25519 { .. } => ("OKP", "EdDSA", Some("Ed25519")),
            Self::P256 { .. } => ("EC", "ES256", Some("P-256")),
            Self::Rsa { .. } => ("RSA", "RS256", None),
        };
        let (mut x, mut y, mut n, mut e) = (None, None, None, None);
        match self.clone() {
            Self::Ed25519 { x: only } => x = Some(only),
            Self::P256 { x: first, y: second } => (x, y) = (Some(first), Some(second)),
            Self::Rsa { n: modulus, e: exponent } => (n, e) = (Some(modulus), Some(exponent)),
        }
        Jwk { kty, usage: "sig", alg, kid: kid.to_owned(), crv, x, y, n, e }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_of_rfc_7638_comes_out() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjB\
                 ZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8\
                 KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_\
                 xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let key = PublicKey::Rsa { n: n.to_owned(), e: "AQAB".to_owned() };
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn the_thumbprint_of_rfc_8037_comes_out() {
        let key = PublicKey::Ed25519 { x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned() };
        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
