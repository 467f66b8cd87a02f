//! The keys that count at one time: one signs, all verify.

use std::sync::Arc;

use jsonwebtoken::{EncodingKey, Header};
use serde::Serialize;

use crate::Key;
use crate::key::Verifier;
use crate::public_key::Jwk;
use crate::wire::TokenType;

/// The keys that count at one time.
pub struct KeyRing {
    pub(crate) signing: EncodingKey,
    signed: Verifier,
    /// A handful, so that looking through them is quicker than hashing a name.
    others: Vec<Verifier>,
    published: Arc<str>,
}

#[derive(Serialize)]
struct JwkSet<'a> {
    keys: Vec<&'a Jwk>,
}

impl KeyRing {
    /// A ring in which `signing` signs, and it and every one of `verifying` verifies. What only verifies is
    /// kept without its private half.
    pub fn new(signing: Key, verifying: impl IntoIterator<Item = Key>) -> Self {
        let Key { encoding: signing, verifier: signed } = signing;
        let others: Vec<_> = verifying.into_iter().map(|key| key.verifier).collect();
        let jwks = std::iter::once(&signed).chain(&others).filter_map(|verifier| verifier.jwk.as_ref());
        let set = JwkSet { keys: jwks.collect() };
        // Texts and nothing else, which JSON can always write.
        let published = serde_json::to_string(&set).unwrap_or_else(|_| r#"{"keys":[]}"#.to_owned()).into();
        Self { signing, signed, others, published }
    }

    /// The public keys as a JWK Set (RFC 7517, section 5), the signing key's first; empty while secrets sign.
    pub fn published(&self) -> Arc<str> {
        Arc::clone(&self.published)
    }

    pub(crate) fn expect(mut self, issuer: &str, audience: &str) -> Self {
        self.signed.expect(issuer, audience);
        self.others.iter_mut().for_each(|verifier| verifier.expect(issuer, audience));
        self
    }

    /// The header of a token that the signing key signs.
    pub(crate) fn header(&self, token_type: TokenType) -> Header {
        self.signed.header(token_type)
    }

    /// The key of exactly this name.
    pub(crate) fn find(&self, kid: &str) -> Option<&Verifier> {
        std::iter::once(&self.signed).chain(&self.others).find(|verifier| verifier.kid == kid)
    }
}
