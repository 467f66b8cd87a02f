//! The signer: finds a token's key, then lets jsonwebtoken check it by that key's rules.

use concierge_tokens::{AccessClaims, RefreshClaims, SigningFailure, TokenDefect, TokenSigner};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Header, decode, decode_header, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Secret;
use crate::key::Key;
use crate::wire::{AccessWire, Envelope, RefreshWire, TokenType};

/// No token of ours comes near this; longer text is refused before anything is decoded.
const MAX_TOKEN_BYTES: usize = 8192;

/// Signs and verifies JSON Web Tokens of one issuer for one audience.
pub struct JwtSigner {
    key: Key,
    issuer: String,
    audience: String,
}

impl JwtSigner {
    /// A signer with HS256 and the operator's secret.
    pub fn hs256(secret: &Secret, issuer: &str, audience: &str) -> Self {
        let key = Key::hs256(secret, issuer, audience);
        Self { key, issuer: issuer.to_owned(), audience: audience.to_owned() }
    }

    fn sign<T: Serialize>(&self, token_type: TokenType, claims: T) -> Result<String, SigningFailure> {
        let envelope = Envelope { iss: &self.issuer, aud: &self.audience, claims };
        encode(&self.key.header(token_type), &envelope, &self.key.encoding)
            .map_err(|error| SigningFailure(error.into()))
    }

    fn verify<T: DeserializeOwned>(&self, token_type: TokenType, token: &str) -> Result<T, TokenDefect> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenDefect::Malformed);
        }
        let header = decode_header(token).map_err(|_| TokenDefect::Malformed)?;
        let key = self.key_of(&header)?;
        if header.typ.as_deref() != Some(token_type.as_str()) {
            return Err(TokenDefect::WrongType);
        }
        decode(token, &key.decoding, &key.validation)
            .map(|token| token.claims)
            .map_err(|error| defect(&error))
    }

    /// The key a header names by `kid`. Whatever else it offers (`jwk`, `jku`, `x5u`) is never looked at.
    fn key_of(&self, header: &Header) -> Result<&Key, TokenDefect> {
        let named = header.kid.as_deref() == Some(self.key.kid.as_str());
        let key = named.then_some(&self.key).ok_or(TokenDefect::UnknownKey)?;
        if !key.is_for(header.alg) {
            return Err(TokenDefect::WrongAlgorithm);
        }
        // RFC 7515, section 4.1.11: who does not understand a critical extension must refuse; we know none.
        if header.crit.is_some() {
            return Err(TokenDefect::Malformed);
        }
        Ok(key)
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
