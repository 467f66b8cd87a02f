//! One key: its name, the algorithm it is for, and what that algorithm needs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};

use crate::Secret;
use crate::wire::TokenType;

pub(crate) struct Key {
    pub(crate) kid: String,
    algorithm: Algorithm,
    pub(crate) encoding: EncodingKey,
    pub(crate) decoding: DecodingKey,
    pub(crate) validation: Validation,
}

impl Key {
    /// The HS256 key that is the secret itself, so that another service which shares it can verify.
    ///
    /// Its name is derived from it: replicas with one secret agree on it without being told.
    pub(crate) fn hs256(secret: &Secret, issuer: &str, audience: &str) -> Self {
        let name: [u8; 8] = secret.derive("concierge/v1/kid");
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The domain checks times, by its own clock.
        validation.validate_exp = false;
        Self {
            kid: URL_SAFE_NO_PAD.encode(name),
            algorithm: Algorithm::HS256,
            encoding: EncodingKey::from_secret(secret.as_bytes()),
            decoding: DecodingKey::from_secret(secret.as_bytes()),
            validation,
        }
    }

    pub(crate) fn header(&self, token_type: TokenType) -> Header {
        let mut header = Header::new(self.algorithm);
        header.typ = Some(token_type.as_str().to_owned());
        header.kid = Some(self.kid.clone());
        header
    }

    /// Whether a token that names this key also names the one algorithm it is for.
    pub(crate) fn is_for(&self, algorithm: Algorithm) -> bool {
        self.algorithm == algorithm
    }
}
