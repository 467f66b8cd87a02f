//! How the plan is written: JSON, moments as seconds since 1970.

use std::fmt;

use concierge_kernel::Timestamp;
use serde::{Deserialize, Serialize};

use super::Plan;
use crate::KeyAlgorithm;

/// The name of a key pair: a thumbprint (RFC 7638), 43 characters of base64url. It is also a file's name, and
/// what is not such a name never becomes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kid(String);

/// One key pair.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) kid: Kid,
    pub(super) algorithm: Algorithm,
    pub(super) created: Moment,
    /// `None` until it is chosen to sign.
    pub(super) signs_from: Option<Moment>,
    /// `None` until another was chosen after it.
    pub(super) verifies_until: Option<Moment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub(super) struct Moment(pub(super) Timestamp);

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Algorithm(pub(super) KeyAlgorithm);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    secret_verifies_until: Option<Moment>,
    keys: Vec<Entry>,
}

impl Plan {
    pub(crate) fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let Written { secret_verifies_until, keys } = serde_json::from_str(text)?;
        Ok(Self { keys, secret_verifies_until })
    }

    pub(crate) fn to_json(&self) -> Result<String, serde_json::Error> {
        let Self { keys, secret_verifies_until } = self.clone();
        serde_json::to_string_pretty(&Written { secret_verifies_until, keys }).map(|text| text + "\n")
    }
}

impl Kid {
    /// The characters of SHA-256 in base64url.
    const LENGTH: usize = 43;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Kid {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        (fits && text.len() == Self::LENGTH)
            .then_some(Self(text))
            .ok_or("a kid has 43 letters, digits, - or _")
    }
}

impl From<Kid> for String {
    fn from(kid: Kid) -> Self {
        kid.0
    }
}

impl TryFrom<u64> for Moment {
    type Error = &'static str;

    fn try_from(secs: u64) -> Result<Self, Self::Error> {
        Timestamp::from_secs(secs)
            .map(Self)
            .ok_or("a moment is in seconds since 1970, and before the year 10000")
    }
}

impl From<Moment> for u64 {
    fn from(moment: Moment) -> Self {
        moment.0.as_secs()
    }
}

impl TryFrom<String> for Algorithm {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        KeyAlgorithm::from_name(&text).map(Self).ok_or("an algorithm is EdDSA, ES256 or RS256")
    }
}

impl From<Algorithm> for String {
    fn from(algorithm: Algorithm) -> Self {
        algorithm.0.name().to_owned()
    }
}
