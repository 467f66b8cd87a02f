//! What stands on every answer, and the name of every request.

use std::sync::Arc;

use actix_web::test::TestRequest;
use concierge_kernel::StoreFailure;
use concierge_web::Readiness;
use serde_json::json;

use crate::support::{FRONTEND, STRANGER, World, credentials, get, post, post_json, preflight};

/// A request for every status that can be had without a socket.
fn requests() -> Vec<(u16, TestRequest)> {
    let text = post("/greet").insert_header(("Content-Type", "text/plain")).set_payload("{}");
    vec![
        (200, get("/health/live")),
        (200, get("/set-cookie")),
        (200, post("/auth/logout")),
        (201, post_json("/auth/login", &credentials(json!({})))),
        (204, preflight("/greet", "POST").insert_header(("Origin", FRONTEND))),
        (400, post("/greet")),
        (400, get("/set-cookie?lifetime=never")),
        (401, get("/secure")),
        (403, preflight("/greet", "POST").insert_header(("Origin", STRANGER))),
        (403, get("/health/live").insert_header(("Origin", STRANGER))),
        (404, get("/nowhere")),
        (404, get("/get-cookie")),
        (405, get("/greet")),
        (413, post_json("/greet", &json!({"name": "a".repeat(1 << 20)}))),
        (415, text),
        (500, post_json("/auth/register", &json!({"username": "bob", "password": "a password of bob"}))),
        (503, get("/health/ready")),
    ]
}

fn world() -> World {
    let mut world = World::with_alice();
    world.web.cors.reject_unknown_origins = true;
    world.users.fault.break_only("insert", || StoreFailure::Failed("broken".into()));
    let check = Arc::new(|| Err(StoreFailure::Failed("broken".into())));
    world.readiness = vec![Readiness { part: "store", check }];
    world
}

#[actix_web::test]
async fn every_answer_carries_the_security_headers_and_an_id() {
    let api = world().api().await;
    for (status, request) in requests() {
        let answer = api.ask(request).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
        for (name, value) in [
            ("x-content-type-options", Some("nosniff")),
            ("referrer-policy", Some("no-referrer")),
            ("cross-origin-resource-policy", Some("same-origin")),
            ("content-security-policy", Some("default-src 'none'; frame-ancestors 'none'")),
            ("cache-control", Some("no-store")),
            ("strict-transport-security", None),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {status}");
        }
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() > 16), "{status}");
        assert!(answer.header("vary").is_some_and(|vary| vary.starts_with("Origin")), "{status}");
        if status >= 400 {
            let code = answer.json()["code"].as_str().unwrap().to_owned();
            answer.assert_problem(status, &code);
        }
    }
}

#[actix_web::test]
async fn on_https_every_answer_asks_for_https_in_future() {
    let mut world = world();
    world.web.https = true;
    let api = world.api().await;
    for (status, request) in requests() {
        let answer = api.ask(request).await;
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"), "{status}");
    }
}

#[actix_web::test]
async fn a_clients_own_id_is_kept_on_every_answer() {
    let api = world().api().await;
    for (status, request) in requests() {
        let answer = api.ask(request.insert_header(("X-Request-Id", "Trace_id-42"))).await;
        assert_eq!(answer.header("x-request-id"), Some("Trace_id-42"), "{status}");
        if status >= 400 {
            assert_eq!(answer.json()["request_id"], "Trace_id-42");
        }
    }
}

#[actix_web::test]
async fn an_id_that_could_do_harm_is_replaced() {
    let api = World::new().api().await;
    let longest = "a".repeat(64);
    let kept = api.ask(get("/nowhere").insert_header(("X-Request-Id", longest.as_str()))).await;
    assert_eq!(kept.header("x-request-id"), Some(longest.as_str()));
    for id in ["", "a b", "a,b", "a.b", "<script>", "a\"b", "\u{e9}", "a".repeat(65).as_str()] {
        let answer = api.ask(get("/nowhere").insert_header(("X-Request-Id", id))).await;
        let made = answer.header("x-request-id").unwrap();
        assert!(made != id && !made.is_empty(), "{id:?}");
        answer.assert_problem(404, "not_found");
    }
}

#[actix_web::test]
async fn no_two_requests_have_one_id() {
    let api = World::new().api().await;
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..50 {
        ids.insert(api.ask(get("/health/live")).await.header("x-request-id").unwrap().to_owned());
    }
    assert_eq!(ids.len(), 50);
}
