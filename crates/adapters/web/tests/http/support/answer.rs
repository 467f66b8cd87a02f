//! An answer as tests look at it.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The body, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// The value of a header that comes once; `None` when it does not come.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name);
        let value = values.next().map(|value| value.to_str().unwrap());
        assert!(values.next().is_none(), "{name} comes twice");
        value
    }

    /// Status, headers in the order of their names, and body: for answers that must not differ.
    pub(crate) fn everything(&self) -> (u16, Vec<(String, Vec<u8>)>, String) {
        let parts =
            |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), value.as_bytes().to_vec());
        let mut headers: Vec<_> = self.headers.iter().map(parts).collect();
        headers.sort();
        (self.status.as_u16(), headers, self.body.clone())
    }

    /// Every CORS header.
    pub(crate) fn cors(&self) -> BTreeMap<String, String> {
        let cors = self.headers.iter().filter(|(name, _)| name.as_str().starts_with("access-control-"));
        let mut found = BTreeMap::new();
        for (name, value) in cors {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let before = found.insert(name.to_string(), value);
            assert_eq!(before, None, "{name} comes twice");
        }
        found
    }

    pub(crate) fn set_cookies(&self) -> Vec<String> {
        self.headers.get_all("set-cookie").map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    /// The value that a cookie is set to.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let start = format!("{name}=");
        let lines = self.set_cookies();
        // The last of a name: before it may stand what expires an older variant.
        let line = lines.iter().rev().find_map(|line| line.strip_prefix(&start))?;
        line.split(';').next().map(str::to_owned)
    }

    /// Checks that this is the problem of this status and code, whole in every part that all problems share.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, code: &str) {
        let body = self.json();
        assert_eq!((self.status.as_u16(), body["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(body["status"], status);
        assert_eq!(body["type"], "about:blank");
        assert_eq!(body["title"].as_str(), self.status.canonical_reason());
        assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        assert_eq!(body["error"], body["detail"]);
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"));
        assert_eq!(self.header("www-authenticate"), (status == 401).then_some("Bearer"));
        assert_eq!(body.get("next").is_some(), status == 401, "{}", self.body);
    }

    /// Checks that this is a 401 of this code that sends the client on to `next`.
    #[track_caller]
    pub(crate) fn assert_unauthorized(&self, code: &str, next: &str) {
        self.assert_problem(401, code);
        assert_eq!(self.json()["next"], next, "{}", self.body);
    }
}
