//! A Bearer token wins over cookies, and a bad one never falls back to them.

use actix_web::test::TestRequest;
use serde_json::json;

use crate::support::{Api, Tokens, World, cookies, get, post, post_json, with_bearer};

/// A request with every good cookie of a session.
fn with_cookies(request: TestRequest, tokens: &Tokens) -> TestRequest {
    cookies(request, &[("access_token", &tokens.access), ("refresh_token", &tokens.refresh)])
}

async fn register(api: &Api, username: &str) -> Tokens {
    let body = json!({"username": username, "password": "some password", "delivery": "body"});
    Tokens::of_body(&api.ask(post_json("/auth/register", &body)).await)
}

#[actix_web::test]
async fn a_good_bearer_wins_over_good_cookies() {
    let api = World::with_alice().api().await;
    let (alice, bob) = (api.log_in().await, register(&api, "bob").await);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let request = with_cookies(get("/secure"), &alice)
            .insert_header(("Authorization", format!("{scheme} {}", bob.access)));
        assert_eq!(api.ask(request).await.json()["message"], "Hello, bob!", "{scheme}");
    }
    let request = with_bearer(with_cookies(get("/auth/session"), &alice), &bob.access);
    assert_eq!(api.ask(request).await.json()["user"]["username"], "bob");
    let request = with_bearer(with_cookies(post("/auth/refresh"), &alice), &bob.refresh);
    assert_eq!(api.ask(request).await.json()["user"]["username"], "bob");
}

#[actix_web::test]
async fn a_bad_bearer_is_401_whatever_cookies_come_along() {
    let api = World::with_alice().api().await;
    let alice = api.log_in().await;
    let refresh_as_access = format!("Bearer {}", alice.refresh);
    for value in ["Bearer", "Bearer ", "Bearer nonsense", "Bearer a b", "bearer ,", &refresh_as_access] {
        for path in ["/secure", "/auth/session"] {
            let request = with_cookies(get(path), &alice).insert_header(("Authorization", value));
            api.ask(request).await.assert_unauthorized("token_invalid", "login");
        }
    }
    let access_as_refresh = format!("Bearer {}", alice.access);
    for value in ["Bearer", "Bearer nonsense", &access_as_refresh] {
        let request = with_cookies(post("/auth/refresh"), &alice).insert_header(("Authorization", value));
        api.ask(request).await.assert_unauthorized("token_invalid", "login");
    }
    assert_eq!(api.refresh(&alice.refresh).await.status, 201, "nothing was used on the way");
}

#[actix_web::test]
async fn an_expired_bearer_is_401_whatever_cookies_come_along() {
    let world = World::with_alice();
    let api = world.api().await;
    let old = api.log_in_for_body().await;
    world.wait(905);
    let new = api.log_in().await;
    let request = with_bearer(with_cookies(get("/secure"), &new), &old.access);
    api.ask(request).await.assert_unauthorized("token_expired", "refresh");
}

#[actix_web::test]
async fn two_bearers_are_none() {
    let api = World::with_alice().api().await;
    let tokens = api.log_in_for_body().await;
    let twice = with_bearer(get("/secure"), &tokens.access)
        .append_header(("Authorization", format!("Bearer {}", tokens.access)));
    api.ask(twice).await.assert_unauthorized("token_invalid", "login");
}

#[actix_web::test]
async fn a_header_of_another_scheme_is_none_of_ours() {
    let api = World::with_alice().api().await;
    let alice = api.log_in().await;
    let request = with_cookies(get("/secure"), &alice).insert_header(("Authorization", "Basic YTpi"));
    assert_eq!(api.ask(request).await.status, 200);
    let request = get("/secure").insert_header(("Authorization", "Basic YTpi"));
    api.ask(request).await.assert_unauthorized("token_missing", "refresh");
}
