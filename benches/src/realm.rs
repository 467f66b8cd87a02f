//! Access tokens as the bare program makes and checks them: HS256, with the claims that concierge's carry.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

const AUDIENCE: &str = "concierge";
/// One hour: longer than any run of the benchmarks.
const LIFETIME_SECS: u64 = 3600;

/// Who issues tokens, and the secret that signs them.
#[derive(Clone)]
pub(crate) struct Realm {
    issuer: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

/// What an answer needs of an access token.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Bearer {
    pub(crate) sub: String,
    pub(crate) preferred_username: String,
    pub(crate) roles: Vec<String>,
}

/// All that a token of concierge carries, so that both programs check tokens of one size.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'static str,
    sub: &'static str,
    sid: &'static str,
    jti: &'static str,
    iat: u64,
    exp: u64,
    auth_time: u64,
    preferred_username: &'static str,
    roles: [&'static str; 1],
    csrf: &'static str,
}

/// An environment variable that must be set is not.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is not set")]
pub(crate) struct Unset(&'static str);

impl Realm {
    /// The realm that `BENCH_SECRET` and `BENCH_ISSUER` describe.
    pub(crate) fn from_env() -> Result<Self, Unset> {
        let read = |name| std::env::var(name).map_err(|_| Unset(name));
        Ok(Self::new(&read("BENCH_SECRET")?, read("BENCH_ISSUER")?))
    }

    pub(crate) fn new(secret: &str, issuer: String) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[AUDIENCE]);
        Self {
            issuer,
            signing: EncodingKey::from_secret(secret.as_bytes()),
            verifying: DecodingKey::from_secret(secret.as_bytes()),
            validation,
        }
    }

    /// Who bears `token`; `None` if it is forged, expired, or meant for another.
    pub(crate) fn verify(&self, token: &str) -> Option<Bearer> {
        decode::<Bearer>(token, &self.verifying, &self.validation).ok().map(|token| token.claims)
    }

    /// A token of this realm for the user `bench`.
    pub(crate) fn mint(&self) -> Result<String, jsonwebtoken::errors::Error> {
        self.mint_at(jsonwebtoken::get_current_timestamp())
    }

    fn mint_at(&self, now: u64) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            iss: &self.issuer,
            aud: AUDIENCE,
            sub: "019aa2b4-5c00-7000-8000-000000000001",
            sid: "019aa2b4-5c00-7000-8000-000000000002",
            jti: "019aa2b4-5c00-7000-8000-000000000003",
            iat: now,
            exp: now + LIFETIME_SECS,
            auth_time: now,
            preferred_username: "bench",
            roles: ["user"],
            csrf: "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        };
        let header =
            Header { typ: Some("access+jwt".to_owned()), kid: Some("bench".to_owned()), ..Header::default() };
        encode(&header, &claims, &self.signing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn realm(secret: &str, issuer: &str) -> Realm {
        Realm::new(secret, issuer.to_owned())
    }

    #[test]
    fn a_realm_knows_its_own_tokens() {
        let realm = realm("secret", "http://127.0.0.1:5000");
        let bearer = realm.verify(&realm.mint().unwrap()).unwrap();
        assert_eq!(bearer.preferred_username, "bench");
        assert_eq!(bearer.roles, ["user"]);
    }

    #[test]
    fn a_token_of_another_secret_or_issuer_or_of_yesterday_is_refused() {
        let here = realm("secret", "http://127.0.0.1:5000");
        let elsewhere = realm("secret", "http://127.0.0.1:5001").mint().unwrap();
        let forged = realm("another", "http://127.0.0.1:5000").mint().unwrap();
        let stale = here.mint_at(jsonwebtoken::get_current_timestamp() - 86_400).unwrap();
        for token in [elsewhere, forged, stale, "nonsense".to_owned()] {
            assert_eq!(here.verify(&token), None, "{token}");
        }
    }
}
