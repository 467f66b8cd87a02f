//! Problem details (RFC 9457): how every failure looks to a client.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use concierge_throttle::Throttled;
use serde::Serialize;

use crate::request_id::RequestId;

/// What a limit allows, and what is left of it (draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4).
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// A failure as clients are told of it.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// Stable and machine-readable.
    pub(crate) code: &'static str,
    pub(crate) detail: Cow<'static, str>,
    /// What a client should do about a 401.
    pub(crate) next: Option<Next>,
    /// A text that existing clients look for beside the standard fields.
    pub(crate) message: Option<&'static str>,
    /// In how many seconds to try again.
    pub(crate) retry_after: Option<u32>,
    /// The limit that was reached.
    pub(crate) throttled: Option<Throttled>,
    /// Which parts do not work.
    pub(crate) failing: Vec<&'static str>,
}

/// What a client that was answered 401 should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Next {
    /// Refresh, then try again.
    Refresh,
    /// Ask the user to log in.
    Login,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    error: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Next>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    failing: &'a [&'static str],
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        let detail = detail.into();
        Self {
            status,
            code,
            detail,
            next: None,
            message: None,
            retry_after: None,
            throttled: None,
            failing: Vec::new(),
        }
    }

    /// The answer that tells of it.
    pub(crate) fn response(&self, request_id: &RequestId) -> HttpResponse {
        let body = Body {
            // The type says no more than the status; `code` tells problems apart (RFC 9457, section 4.2.1).
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            error: &self.detail,
            request_id: request_id.as_str(),
            next: self.next,
            message: self.message,
            failing: &self.failing,
        };
        let mut response = HttpResponse::build(self.status);
        response.content_type(PROBLEM_JSON);
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
            if let Some(Throttled { limit, quota, .. }) = &self.throttled {
                let (name, q, w) = (limit.name(), quota.burst(), quota.window_secs());
                response.insert_header((RATELIMIT_POLICY, format!("\"{name}\";q={q};w={w}")));
                response.insert_header((RATELIMIT, format!("\"{name}\";r=0;t={seconds}")));
            }
        }
        response.body(serde_json::to_vec(&body).unwrap_or_default())
    }
}
