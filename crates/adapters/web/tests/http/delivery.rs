//! Tokens in bodies: for clients that are no browser, and never for a page.

use serde_json::{Value, json};

use crate::support::{
    FRONTEND, OWN, PASSWORD, STRANGER, Tokens, World, cookies, credentials, get, post, post_json, with_bearer,
};

const PATHS: [&str; 2] = ["/auth/login", "/auth/register"];

fn body_of(path: &str, delivery: &Value) -> Value {
    let username = if path == "/auth/login" { "alice" } else { "bob" };
    json!({"username": username, "password": PASSWORD, "delivery": delivery})
}

#[actix_web::test]
async fn a_client_that_asks_for_it_gets_its_tokens_in_the_body_and_no_cookie() {
    let api = World::with_alice().api().await;
    for path in PATHS {
        let answer = api.ask(post_json(path, &body_of(path, &json!("body")))).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.set_cookies(), Vec::<String>::new());
        assert_eq!(answer.json()["tokens"]["token_type"], "Bearer");
        let tokens = Tokens::of_body(&answer);
        assert_eq!(api.ask(with_bearer(get("/secure"), &tokens.access)).await.status, 200);
    }
}

#[actix_web::test]
async fn a_client_that_does_not_ask_gets_cookies_and_no_token_in_the_body() {
    let api = World::with_alice().api().await;
    for more in [json!({}), json!({"delivery": "cookie"})] {
        let answer = api.log_in_with(more).await;
        assert_eq!(answer.set_cookies().len(), 3);
        assert!(answer.json().get("tokens").is_none());
        for value in [answer.cookie("access_token").unwrap(), answer.cookie("refresh_token").unwrap()] {
            assert!(!answer.body.contains(&value), "{}", answer.body);
        }
    }
}

#[actix_web::test]
async fn whatever_runs_in_a_page_is_refused_tokens_in_the_body() {
    let api = World::with_alice().api().await;
    let signs_of_a_page = [
        ("Origin", FRONTEND),
        ("Origin", OWN),
        ("Origin", "null"),
        ("Origin", ""),
        ("Sec-Fetch-Site", "none"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Dest", "empty"),
        ("Sec-Fetch-User", "?1"),
        ("Sec-Fetch-Storage-Access", "active"),
        ("sec-fetch-something-new", ""),
    ];
    for path in PATHS {
        for (name, value) in signs_of_a_page {
            let request = post_json(path, &body_of(path, &json!("body"))).insert_header((name, value));
            let answer = api.ask(request).await;
            if matches!(answer.status.as_u16(), 403) && matches!(value, "null" | "") {
                // Refused by its origin alone, which is as good.
                answer.assert_problem(403, "origin_not_allowed");
            } else {
                answer.assert_problem(400, "delivery_not_allowed");
            }
            assert_eq!(answer.set_cookies(), Vec::<String>::new());
            assert!(!answer.body.contains("access-"), "{}", answer.body);
        }
    }
    // Nobody was registered on the way.
    let answer = api.ask(post_json(PATHS[1], &body_of(PATHS[1], &json!("body")))).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

#[actix_web::test]
async fn a_page_that_asks_for_cookies_is_no_worse_off() {
    let api = World::with_alice().api().await;
    let request = post_json("/auth/login", &credentials(json!({"delivery": "cookie"})))
        .insert_header(("Origin", FRONTEND))
        .insert_header(("Sec-Fetch-Site", "same-site"));
    assert_eq!(api.ask(request).await.status, 201);
}

#[actix_web::test]
async fn a_delivery_that_is_none_is_refused() {
    let api = World::with_alice().api().await;
    for delivery in [json!("Body"), json!(""), json!("bearer"), json!(null), json!(true), json!(["body"])] {
        for path in PATHS {
            let answer = api.ask(post_json(path, &body_of(path, &delivery))).await;
            answer.assert_problem(400, "invalid_field");
        }
    }
}

#[actix_web::test]
async fn a_session_in_bodies_is_refreshed_by_bearer_and_answered_in_the_body() {
    let world = World::with_alice();
    let api = world.api().await;
    let first = api.log_in_for_body().await;
    world.wait(700);
    let answer = api.ask(with_bearer(post("/auth/refresh"), &first.refresh)).await;
    assert_eq!((answer.status.as_u16(), answer.set_cookies().len()), (201, 0), "{}", answer.body);
    let second = Tokens::of_body(&answer);
    assert_ne!((&first.access, &first.refresh), (&second.access, &second.refresh));
    assert_eq!(api.ask(with_bearer(get("/auth/session"), &second.access)).await.status, 200);
}

#[actix_web::test]
async fn a_session_keeps_its_kind_for_life() {
    let api = World::with_alice().api().await;
    let (by_cookie, by_body) = (api.log_in().await, api.log_in_for_body().await);
    // A script that got at the cookie cannot trade it for a token that it may carry away.
    let answer = api.ask(with_bearer(post("/auth/refresh"), &by_cookie.refresh)).await;
    answer.assert_unauthorized("token_invalid", "login");
    assert!(!answer.body.contains("refresh-"), "{}", answer.body);
    let answer = api.refresh(&by_body.refresh).await;
    answer.assert_unauthorized("token_invalid", "login");
    assert_eq!(answer.set_cookies(), Vec::<String>::new());
    // Neither has cost anybody their session.
    assert_eq!(api.refresh(&by_cookie.refresh).await.status, 201);
    assert_eq!(api.ask(with_bearer(post("/auth/refresh"), &by_body.refresh)).await.status, 201);
}

#[actix_web::test]
async fn a_stranger_is_refused_tokens_in_the_body_too() {
    let api = World::with_alice().api().await;
    let request = post_json("/auth/login", &credentials(json!({"delivery": "body"})));
    let answer = api.ask(cookies(request, &[]).insert_header(("Origin", STRANGER))).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    assert!(!answer.body.contains("access-"), "{}", answer.body);
}
