//! The table of CORS: every kind of caller, every kind of answer, every mode; each with the exact headers.

use std::collections::BTreeMap;

use actix_web::http::header::HeaderValue;
use actix_web::test::TestRequest;
use serde_json::json;

use crate::support::{Answer, FRONTEND, OWN, PREVIEW, STRANGER, World, get, post, post_json, preflight};

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const HEADERS: &str = "Accept, Accept-Language, Authorization, Content-Type, X-CSRF-Token, X-Request-Id, traceparent, tracestate";
const EXPOSED: &str = "Retry-After, X-Request-Id, RateLimit, RateLimit-Policy";
const VARY_PREFLIGHT: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// Who asks: the values of the `Origin` headers, and whether the registry lets them in.
struct Caller {
    origins: &'static [&'static [u8]],
    allowed: bool,
}

const fn caller(origins: &'static [&'static [u8]], allowed: bool) -> Caller {
    Caller { origins, allowed }
}

const CALLERS: [Caller; 19] = [
    caller(&[], false),
    caller(&[OWN.as_bytes()], true),
    caller(&[FRONTEND.as_bytes()], true),
    caller(&[PREVIEW.as_bytes()], true),
    caller(&[STRANGER.as_bytes()], false),
    // Nearly one that is allowed.
    caller(&[b"https://localhost:5173"], false),
    caller(&[b"http://localhost:51730"], false),
    caller(&[b"http://127.0.0.1:5173"], false),
    caller(&[b"https://a.b.preview.example.com"], false),
    caller(&[b"https://preview.example.com"], false),
    caller(&[b"https://x.preview.example.com.evil.example"], false),
    caller(&[b"null"], false),
    // What no browser sends.
    caller(&[b""], false),
    caller(&[b"*"], false),
    caller(&[b"http://localhost:5173/"], false),
    caller(&[b"HTTP://LOCALHOST:5173"], false),
    caller(&[b"\xff\xfe"], false),
    caller(&[FRONTEND.as_bytes(), FRONTEND.as_bytes()], false),
    caller(&[FRONTEND.as_bytes(), STRANGER.as_bytes()], false),
];

impl Caller {
    fn asks(&self, request: TestRequest) -> TestRequest {
        self.origins.iter().fold(request, |request, origin| {
            request.append_header(("Origin", HeaderValue::from_bytes(origin).unwrap()))
        })
    }

    fn name(&self) -> String {
        self.origins.iter().map(|origin| format!("[{}]", origin.escape_ascii())).collect()
    }
}

/// What is asked, and what a caller without an origin is answered.
struct Request {
    name: &'static str,
    make: fn() -> TestRequest,
    status: u16,
    /// In the group that `cors.public` opens.
    public: bool,
    preflight: bool,
    /// Might change something, so that the origin check looks at it.
    changing: bool,
}

const fn actual(name: &'static str, make: fn() -> TestRequest, status: u16, public: bool) -> Request {
    Request { name, make, status, public, preflight: false, changing: false }
}

const fn changing(name: &'static str, make: fn() -> TestRequest, status: u16) -> Request {
    Request { name, make, status, public: false, preflight: false, changing: true }
}

const fn asking_first(name: &'static str, make: fn() -> TestRequest, status: u16, public: bool) -> Request {
    Request { name, make, status, public, preflight: true, changing: false }
}

const REQUESTS: [Request; 15] = [
    // Without an origin these are no preflights, and OPTIONS is no method of any route.
    asking_first("preflight of /greet", || preflight("/greet", "POST"), 405, true),
    asking_first("preflight of /secure", || preflight("/secure", "GET"), 405, false),
    asking_first("preflight of nothing", || preflight("/nowhere", "GET"), 404, false),
    actual("GET", || get("/health/live"), 200, false),
    actual("POST", || post_json("/greet", &json!({"name": "Alice"})), 200, true),
    actual("POST error", || post_json("/greet", &json!({"name": ""})), 400, true),
    actual("401", || get("/secure"), 401, false),
    actual("404", || get("/nowhere"), 404, false),
    actual("405 of /greet", || get("/greet"), 405, true),
    changing("405 of /secure", || post("/secure"), 405),
    changing("200 of /auth/logout", || post("/auth/logout"), 200),
    changing("404 of a POST", || post("/nowhere"), 404),
    actual("413", || post_json("/greet", &json!({"name": "a".repeat(1 << 20)})), 413, true),
    actual(
        "415",
        || post("/greet").insert_header(("Content-Type", "text/plain")).set_payload("{}"),
        415,
        true,
    ),
    actual(
        "bare OPTIONS",
        || TestRequest::default().method(actix_web::http::Method::OPTIONS).uri("/greet"),
        405,
        true,
    ),
];

#[derive(Clone, Copy)]
struct Mode {
    /// `cors.public = "open"`.
    open: bool,
    /// `cors.reject_unknown_origins = true`.
    reject: bool,
}

/// The contract, as a table: status, CORS headers, `Vary`.
fn expected(mode: Mode, caller: &Caller, request: &Request) -> (u16, BTreeMap<String, String>, &'static str) {
    let origin = caller.origins.first().map(|origin| String::from_utf8_lossy(origin).into_owned());
    // Several origins are none that any group could answer to.
    let open = mode.open && request.public && caller.origins.len() < 2;
    let preflight = request.preflight && origin.is_some();
    let vary = if preflight { VARY_PREFLIGHT } else { "Origin" };
    let headers = match &origin {
        None if open => vec![("allow-origin", "*"), ("expose-headers", EXPOSED)],
        Some(origin) if preflight && (open || caller.allowed) => vec![
            ("allow-origin", origin.as_str()),
            ("allow-credentials", "true"),
            ("allow-methods", METHODS),
            // The open group takes whatever headers are asked for.
            ("allow-headers", if open { "content-type" } else { HEADERS }),
            ("max-age", "60"),
        ],
        Some(origin) if open || caller.allowed => {
            vec![
                ("allow-origin", origin.as_str()),
                ("allow-credentials", "true"),
                ("expose-headers", EXPOSED),
            ]
        }
        _ => Vec::new(),
    };
    let status = match &origin {
        Some(_) if preflight && !headers.is_empty() => 204,
        Some(_) if headers.is_empty() && (preflight || mode.reject || request.changing) => 403,
        _ => request.status,
    };
    let named = |(name, value): (&str, &str)| (format!("access-control-{name}"), value.to_owned());
    (status, headers.into_iter().map(named).collect(), vary)
}

fn assert_is(case: &str, answer: &Answer, expected: (u16, BTreeMap<String, String>, &'static str)) {
    let (status, headers, vary) = expected;
    assert_eq!((answer.status.as_u16(), answer.cors()), (status, headers), "{case}");
    assert_eq!(answer.header("vary"), Some(vary), "{case}");
    match status {
        204 => assert_eq!(answer.body, ""),
        403 => answer.assert_problem(403, "origin_not_allowed"),
        400.. => assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{case}"),
        _ => {}
    }
}

async fn run(mode: Mode) {
    let mut world = World::new();
    world.web.cors.open_public_routes = mode.open;
    world.web.cors.reject_unknown_origins = mode.reject;
    let api = world.api().await;
    for caller in &CALLERS {
        for request in &REQUESTS {
            let answer = api.ask(caller.asks((request.make)())).await;
            let case = format!("{} from {}", request.name, caller.name());
            assert_is(&case, &answer, expected(mode, caller, request));
        }
    }
}

#[actix_web::test]
async fn every_answer_to_every_caller_carries_the_headers_of_the_contract() {
    run(Mode { open: false, reject: false }).await;
}

#[actix_web::test]
async fn the_open_public_group_answers_to_any_origin_and_nothing_else_does() {
    run(Mode { open: true, reject: false }).await;
}

#[actix_web::test]
async fn unknown_origins_can_be_rejected() {
    run(Mode { open: false, reject: true }).await;
}

#[actix_web::test]
async fn the_open_public_group_stays_open_where_unknown_origins_are_rejected() {
    run(Mode { open: true, reject: true }).await;
}

#[actix_web::test]
async fn a_path_that_only_looks_like_the_public_group_is_not_open() {
    let mut world = World::new();
    world.web.cors.open_public_routes = true;
    let api = world.api().await;
    for path in ["/greet/", "/greet/x", "//greet", "/GREET", "/secure?/greet"] {
        let answer = api.ask(get(path).insert_header(("Origin", STRANGER))).await;
        assert_eq!(answer.cors(), BTreeMap::new(), "{path}");
    }
    let answer = api.ask(post_json("/greet?x=1", &json!({"name": "A"})).insert_header(("Origin", STRANGER)));
    assert_eq!(answer.await.header("access-control-allow-origin"), Some(STRANGER));
}

#[actix_web::test]
async fn a_refused_origin_is_named_in_the_refusal() {
    let answer = World::new().api().await;
    let answer = answer.ask(preflight("/greet", "POST").insert_header(("Origin", STRANGER))).await;
    answer.assert_problem(403, "origin_not_allowed");
    assert!(answer.json()["detail"].as_str().unwrap().contains(STRANGER));
}
