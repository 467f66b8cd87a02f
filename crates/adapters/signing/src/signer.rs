//! The signer: finds a token's key, then lets jsonwebtoken check it by that key's rules.

use std::sync::{Arc, PoisonError, RwLock};

use concierge_tokens::{AccessClaims, RefreshClaims, SigningFailure, TokenDefect, TokenSigner};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Header, decode, decode_header, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::key::Verifier;
use crate::wire::{AccessWire, Envelope, RefreshWire, TokenType};
use crate::{Key, KeyRing, Secret};

/// No token of ours comes near this; longer text is refused before anything is decoded.
const MAX_TOKEN_BYTES: usize = 8192;

/// Signs and verifies JSON Web Tokens of one issuer for one audience.
pub struct JwtSigner {
    /// Locked only to take a reference or to put another ring in its place, never while a token is checked.
    ring: RwLock<Arc<KeyRing>>,
    issuer: String,
    audience: String,
}

impl JwtSigner {
    /// A signer with the keys of `ring`.
    pub fn new(ring: KeyRing, issuer: &str, audience: &str) -> Self {
        let ring = RwLock::new(Arc::new(ring.expect(issuer, audience)));
        Self { ring, issuer: issuer.to_owned(), audience: audience.to_owned() }
    }

    /// A signer with HS256 and the operator's secret.
    pub fn hs256(secret: &Secret, issuer: &str, audience: &str) -> Self {
        Self::new(KeyRing::new(Key::hs256(secret), []), issuer, audience)
    }

    /// Takes up other keys at once. Tokens of keys that are not among them are refused from now on.
    pub fn install(&self, ring: KeyRing) {
        let ring = Arc::new(ring.expect(&self.issuer, &self.audience));
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
    }

    /// The public keys in force as a JWK Set (RFC 7517, section 5).
    pub fn published_keys(&self) -> Arc<str> {
        self.ring().published()
    }

    fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn sign<T: Serialize>(&self, token_type: TokenType, claims: T) -> Result<String, SigningFailure> {
        let envelope = Envelope { iss: &self.issuer, aud: &self.audience, claims };
        let ring = self.ring();
        encode(&ring.header(token_type), &envelope, &ring.signing)
            .map_err(|error| SigningFailure(error.into()))
    }

    fn verify<T: DeserializeOwned>(&self, token_type: TokenType, token: &str) -> Result<T, TokenDefect> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenDefect::Malformed);
        }
        let header = decode_header(token).map_err(|_| TokenDefect::Malformed)?;
        let ring = self.ring();
        let key = key_of(&ring, &header)?;
        if header.typ.as_deref() != Some(token_type.as_str()) {
            return Err(TokenDefect::WrongType);
        }
        decode(token, &key.decoding, &key.validation)
            .map(|token| token.claims)
            .map_err(|error| defect(&error))
    }
}

impl TokenSigner for JwtSigner {
    fn sign_access(&self, claims: &AccessClaims) -> Result<String, SigningFailure> {
        self.sign(TokenType::Access, AccessWire::from(claims))
    }

    fn sign_refresh(&self, claims: &RefreshClaims) -> Result<String, SigningFailure> {
        self.sign(TokenType::Refresh, RefreshWire::from(claims))
    }

    fn verify_access(&self, token: &str) -> Result<AccessClaims, TokenDefect> {
        self.verify::<AccessWire>(TokenType::Access, token)?.try_into()
    }

    fn verify_refresh(&self, token: &str) -> Result<RefreshClaims, TokenDefect> {
        self.verify::<RefreshWire>(TokenType::Refresh, token)?.try_into()
    }
}

/// The key a header names by `kid`. Whatever else it offers (`jwk`, `jku`, `x5u`) is never looked at.
fn key_of<'a>(ring: &'a KeyRing, header: &Header) -> Result<&'a Verifier, TokenDefect> {
    let key = header.kid.as_deref().and_then(|kid| ring.find(kid)).ok_or(TokenDefect::UnknownKey)?;
    if !key.is_for(header.alg) {
        return Err(TokenDefect::WrongAlgorithm);
    }
    // RFC 7515, section 4.1.11: who does not understand a critical extension must refuse; we know none.
    if header.crit.is_some() {
        return Err(TokenDefect::Malformed);
    }
    Ok(key)
}

fn defect(error: &Error) -> TokenDefect {
    match error.kind() {
        ErrorKind::InvalidSignature => TokenDefect::WrongSignature,
        ErrorKind::InvalidAlgorithm => TokenDefect::WrongAlgorithm,
        ErrorKind::InvalidIssuer => TokenDefect::WrongIssuer,
        ErrorKind::InvalidAudience => TokenDefect::WrongAudience,
        // The header was read before, so JSON that does not fit is the claims'.
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) | ErrorKind::Json(_) => {
            TokenDefect::WrongClaims
        }
        _ => TokenDefect::Malformed,
    }
}
