//! One key: its name, the one algorithm it is for, and what that algorithm needs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};

use crate::pair::{self, KeyError};
use crate::public_key::Jwk;
use crate::wire::TokenType;
use crate::{KeyAlgorithm, Secret};

/// A key that can sign, and what verifies its signatures.
pub struct Key {
    pub(crate) encoding: EncodingKey,
    pub(crate) verifier: Verifier,
}

/// What verifies the signatures of one key. Of a key pair it has the public half alone.
pub(crate) struct Verifier {
    pub(crate) kid: String,
    algorithm: Algorithm,
    pub(crate) decoding: DecodingKey,
    pub(crate) validation: Validation,
    /// How others are told it; `None` for a secret, which they are not.
    pub(crate) jwk: Option<Jwk>,
}

impl Key {
    /// The HS256 key that is the secret itself, so that another service which shares it can verify.
    ///
    /// Its name is derived from it: replicas with one secret agree on it without being told.
    pub fn hs256(secret: &Secret) -> Self {
        let name: [u8; 8] = secret.derive("concierge/v1/kid");
        let decoding = DecodingKey::from_secret(secret.as_bytes());
        Self {
            encoding: EncodingKey::from_secret(secret.as_bytes()),
            verifier: Verifier::new(URL_SAFE_NO_PAD.encode(name), Algorithm::HS256, decoding, None),
        }
    }

    /// A key pair from PEM of PKCS#8. Its name is its thumbprint (RFC 7638), so no two keys share one.
    ///
    /// # Errors
    /// [`KeyError`] says what was expected.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let (algorithm, public) = pair::read(text)?;
        let encoding = match algorithm {
            KeyAlgorithm::EdDsa => EncodingKey::from_ed_pem(text.as_bytes()),
            KeyAlgorithm::Es256 => EncodingKey::from_ec_pem(text.as_bytes()),
            KeyAlgorithm::Rs256 => EncodingKey::from_rsa_pem(text.as_bytes()),
        };
        let unsupported = |_| KeyError::Unsupported;
        let kid = public.thumbprint();
        let jwk = public.jwk(&kid);
        let decoding = public.decoding().map_err(unsupported)?;
        Ok(Self {
            encoding: encoding.map_err(unsupported)?,
            verifier: Verifier::new(kid, algorithm.pinned(), decoding, Some(jwk)),
        })
    }

    /// The name that tokens know it by.
    pub fn kid(&self) -> &str {
        &self.verifier.kid
    }

    /// What a key pair is for; `None` for a secret.
    pub fn algorithm(&self) -> Option<KeyAlgorithm> {
        KeyAlgorithm::ALL.into_iter().find(|algorithm| self.verifier.is_for(algorithm.pinned()))
    }
}

impl Verifier {
    fn new(kid: String, algorithm: Algorithm, decoding: DecodingKey, jwk: Option<Jwk>) -> Self {
        let mut validation = Validation::new(algorithm);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The domain checks times, by its own clock.
        validation.validate_exp = false;
        Self { kid, algorithm, decoding, validation, jwk }
    }

    /// Lets pass what `issuer` issued for `audience` alone.
    pub(crate) fn expect(&mut self, issuer: &str, audience: &str) {
        self.validation.set_issuer(&[issuer]);
        self.validation.set_audience(&[audience]);
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
