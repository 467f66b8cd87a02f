//! What would have to wait without end for a thread is refused.

use std::sync::Arc;

use actix_web::test::TestRequest;
use concierge_contracts::user_store::sample_user;
use concierge_web::Readiness;
use serde_json::json;

use crate::support::{USERNAME, World, cookies, credentials, get, post, post_json, with_csrf};

#[actix_web::test]
async fn without_room_to_block_every_call_that_blocks_is_a_503_and_the_others_go_on() {
    let mut world = World::with_alice();
    world.promote(USERNAME);
    let alice = sample_user(USERNAME).id;
    let tokens = world.api().await.log_in().await;
    world.blocking = 0;
    let api = world.api().await;
    let access = [("access_token", tokens.access.as_str())];
    for request in [
        post_json("/auth/register", &credentials(json!({}))),
        post_json("/auth/login", &credentials(json!({}))),
        cookies(post("/auth/refresh"), &[("refresh_token", &tokens.refresh)]),
        cookies(get("/auth/csrf"), &[("refresh_token", &tokens.refresh)]),
        cookies(post("/auth/logout"), &access),
        cookies(get("/auth/session"), &access),
        cookies(get("/auth/sessions"), &access),
        with_csrf(cookies(TestRequest::delete().uri("/auth/sessions"), &access), &tokens.csrf),
        with_csrf(cookies(TestRequest::put().uri("/auth/password"), &access), &tokens.csrf)
            .set_json(json!({"current_password": "a", "new_password": "b"})),
        cookies(get("/admin/users"), &access),
        with_csrf(cookies(TestRequest::patch().uri(&format!("/admin/users/{alice}")), &access), &tokens.csrf)
            .set_json(json!({"disabled": true})),
        with_csrf(
            cookies(TestRequest::delete().uri(&format!("/admin/users/{alice}/sessions")), &access),
            &tokens.csrf,
        ),
    ] {
        let refused = api.ask(request).await;
        refused.assert_problem(503, "overloaded");
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    assert_eq!(api.ask(cookies(get("/secure"), &access)).await.status, 200);
    assert_eq!(api.ask(post_json("/greet", &json!({"name": "Alice"}))).await.status, 200);
    assert_eq!(api.ask(get("/set-cookie")).await.status, 200);
    assert_eq!(api.ask(post("/auth/logout")).await.status, 200);
}

#[actix_web::test]
async fn being_busy_does_not_make_an_instance_unready() {
    let mut world = World::new();
    world.blocking = 0;
    world.readiness = vec![Readiness { part: "store", check: Arc::new(|| Ok(())) }];
    assert_eq!(world.api().await.ask(get("/health/ready")).await.status, 200);
}

#[actix_web::test]
async fn a_place_is_given_back_after_every_answer() {
    let mut world = World::with_alice();
    world.blocking = 1;
    let api = world.api().await;
    for _ in 0..5 {
        let tokens = api.log_in().await;
        assert_eq!(api.session(&tokens.access).await.status, 200);
        assert_eq!(api.refresh("nonsense").await.status, 401);
    }
}
