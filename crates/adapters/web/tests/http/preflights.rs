//! Preflights: the exact lists, whatever was asked for.

use actix_web::http::Method;
use actix_web::test::TestRequest;

use crate::support::{Answer, Api, FRONTEND, STRANGER, World, preflight};

const HEADERS: &str = "Accept, Accept-Language, Authorization, Content-Type, X-CSRF-Token, X-Request-Id, traceparent, tracestate";

async fn ask(api: &Api, request: TestRequest) -> Answer {
    api.ask(request.insert_header(("Origin", FRONTEND))).await
}

fn assert_true_lists(answer: &Answer, headers: &str) {
    let lines: Vec<_> = answer.cors().into_iter().collect();
    let expected = [
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-headers", headers),
        ("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
        ("access-control-allow-origin", FRONTEND),
        ("access-control-max-age", "60"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""));
    assert_eq!(lines, expected);
    assert_eq!(
        answer.header("vary"),
        Some("Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
    );
}

#[actix_web::test]
async fn every_route_answers_a_preflight_before_anything_else() {
    let api = World::new().api().await;
    for path in [
        "/greet",
        "/set-cookie",
        "/get-cookie",
        "/delete-cookie",
        "/auth/register",
        "/auth/login",
        "/auth/refresh",
        "/auth/logout",
        "/auth/session",
        "/auth/csrf",
        "/secure",
        "/health/live",
        "/health/ready",
        "/nowhere",
    ] {
        assert_true_lists(&ask(&api, preflight(path, "POST")).await, HEADERS);
    }
}

#[actix_web::test]
async fn whatever_is_asked_for_the_true_lists_are_answered() {
    let api = World::new().api().await;
    for method in ["GET", "DELETE", "PROPFIND", "get", "", "GET POST", "\u{e9}"] {
        assert_true_lists(&ask(&api, preflight("/greet", method)).await, HEADERS);
    }
    for headers in ["x-forbidden", "content-type,x-forbidden", "", "a b", ",", "*", "X-CSRF-Token", "\u{e9}"]
    {
        let request = preflight("/greet", "POST").insert_header(("Access-Control-Request-Headers", headers));
        assert_true_lists(&ask(&api, request).await, HEADERS);
    }
    let request = TestRequest::default()
        .method(Method::OPTIONS)
        .uri("/greet")
        .insert_header(("Access-Control-Request-Method", "POST"));
    assert_true_lists(&ask(&api, request).await, HEADERS);
}

#[actix_web::test]
async fn an_operators_own_headers_stand_at_the_end_of_the_list() {
    let mut world = World::new();
    world.web.cors.extra_headers = vec!["X-Tenant".to_owned(), "Baggage".to_owned()];
    let api = world.api().await;
    let answer = ask(&api, preflight("/auth/login", "POST")).await;
    assert_true_lists(&answer, &format!("{HEADERS}, X-Tenant, Baggage"));
}

#[actix_web::test]
async fn the_age_of_a_preflight_is_the_operators() {
    let mut world = World::new();
    for (secs, header) in [(0, "0"), (86_400, "86400")] {
        world.web.cors.max_age = std::time::Duration::from_secs(secs);
        let answer = ask(&world.api().await, preflight("/greet", "POST")).await;
        assert_eq!(answer.header("access-control-max-age"), Some(header));
    }
}

#[actix_web::test]
async fn the_open_public_group_takes_any_headers_that_are_asked_for() {
    let mut world = World::new();
    world.web.cors.open_public_routes = true;
    let api = world.api().await;
    for origin in [STRANGER, "null", FRONTEND] {
        let request = preflight("/greet", "POST")
            .insert_header(("Origin", origin))
            .insert_header(("Access-Control-Request-Headers", "content-type,x-anything"));
        let answer = api.ask(request).await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(answer.header("access-control-allow-headers"), Some("content-type,x-anything"));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    }
}
