//! A whole API wired to doubles, and how tests talk to it.

pub(crate) mod administration;
mod answer;
mod browser;
mod log;
mod meddling;
mod world;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::Value;

pub(crate) use answer::Answer;
pub(crate) use browser::{Tokens, credentials};
pub(crate) use log::log;
pub(crate) use meddling::Meddling;
pub(crate) use world::{Api, World};

/// The API's own origin.
pub(crate) const OWN: &str = "http://localhost:5000";
/// A frontend that is listed by its name.
pub(crate) const FRONTEND: &str = "http://localhost:5173";
/// A frontend that a pattern lets in.
pub(crate) const PREVIEW: &str = "https://pr-7.preview.example.com";
/// A stranger.
pub(crate) const STRANGER: &str = "https://evil.example";

pub(crate) const USERNAME: &str = "alice";
pub(crate) const PASSWORD: &str = "a password of alice";

pub(crate) fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

pub(crate) fn post(path: &str) -> TestRequest {
    TestRequest::post().uri(path)
}

pub(crate) fn post_json(path: &str, body: &Value) -> TestRequest {
    post(path).set_json(body)
}

/// A preflight of `method` with `content-type`.
pub(crate) fn preflight(path: &str, method: &str) -> TestRequest {
    TestRequest::default()
        .method(Method::OPTIONS)
        .uri(path)
        .insert_header(("Access-Control-Request-Method", method))
        .insert_header(("Access-Control-Request-Headers", "content-type"))
}

pub(crate) fn cookies(request: TestRequest, cookies: &[(&str, &str)]) -> TestRequest {
    let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    request.insert_header(("Cookie", pairs.join("; ")))
}

pub(crate) fn with_bearer(request: TestRequest, token: &str) -> TestRequest {
    request.insert_header(("Authorization", format!("Bearer {token}")))
}

pub(crate) fn with_csrf(request: TestRequest, token: &str) -> TestRequest {
    request.insert_header(("X-CSRF-Token", token))
}
