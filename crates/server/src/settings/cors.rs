//! `[cors]`: what CORS allows beyond the listed origins.

use std::time::Duration;

use super::parse::{boolean, one_of, seconds};
use super::reader::{Read, Reader};

/// What CORS allows beyond the listed origins.
#[derive(Clone, Debug)]
pub struct Cors {
    /// Who may call the public routes.
    pub public: PublicCors,
    /// How long a browser may keep the answer to a preflight, at most a day.
    pub max_age: Duration,
    /// Request headers to allow beside concierge's own.
    pub extra_headers: Vec<FieldName>,
    /// Whether a request from an unknown origin is answered 403 instead of without CORS headers.
    pub reject_unknown_origins: bool,
}

/// Who may call the public routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicCors {
    /// The listed origins.
    Listed,
    /// Every origin.
    Open,
}

/// A header's name: a token of RFC 9110, section 5.6.2, other than `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldName(String);

impl FieldName {
    fn parse(text: &str) -> Result<Self, String> {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if text == "*" {
            return Err(
                "browsers take * for a header of that name when credentials are sent, name each".to_owned()
            );
        }
        if text.is_empty() || !text.chars().all(is_token) {
            return Err("expected the name of a header (RFC 9110), such as X-Trace-Id".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as it was written; case does not matter to HTTP.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Cors {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let groups = [("listed", PublicCors::Listed), ("open", PublicCors::Open)];
        let public = reader.required("cors.public", one_of(&groups));
        let max_age = reader.required("cors.max_age", seconds(0..=86_400));
        let extra_headers = reader.list("cors.extra_headers", FieldName::parse);
        let reject_unknown_origins = reader.required("cors.reject_unknown_origins", boolean);
        Ok(Self {
            public: public?,
            max_age: max_age?,
            extra_headers: extra_headers?,
            reject_unknown_origins: reject_unknown_origins?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{faults, with};
    use super::*;

    #[test]
    fn every_key_is_read() {
        let cors = with(&[
            ("CORS__PUBLIC", "open"),
            ("CORS__MAX_AGE", "0"),
            ("CORS__EXTRA_HEADERS", "X-Trace-Id, X-Tenant"),
            ("CORS__REJECT_UNKNOWN_ORIGINS", "true"),
        ]);
        let cors = cors.unwrap().cors;
        assert_eq!(cors.public, PublicCors::Open);
        assert_eq!(cors.max_age, Duration::ZERO);
        assert_eq!(
            cors.extra_headers.iter().map(FieldName::as_str).collect::<Vec<_>>(),
            ["X-Trace-Id", "X-Tenant"]
        );
        assert!(cors.reject_unknown_origins);
    }

    #[test]
    fn a_header_is_a_token_and_no_wildcard() {
        let faults = faults(&[("CORS__EXTRA_HEADERS", "X-Ok, *, X Bad, X-Bäd, X:Y")]);
        assert_eq!(faults.len(), 4, "{faults:?}");
    }

    #[test]
    fn wrong_types_and_ranges_are_refused() {
        let wrong =
            [("CORS__PUBLIC", "all"), ("CORS__MAX_AGE", "86401"), ("CORS__REJECT_UNKNOWN_ORIGINS", "1")];
        assert_eq!(faults(&wrong).len(), 3);
    }
}
