//! `POST /admin/explain`: what becomes of a request, by the registry and the options in force.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::support::administration::{by, world};
use crate::support::{Tokens, World, cookies, post_json};

fn explain(tokens: &Tokens, body: &Value) -> TestRequest {
    by(tokens, post_json("/admin/explain", body))
}

#[actix_web::test]
async fn it_explains_by_what_is_in_force_and_needs_no_fresh_login() {
    let (mut world, _) = world();
    world.web.cors.extra_headers = vec!["X-Mine".to_owned()];
    world.fresh_for = std::time::Duration::from_secs(60);
    let api = world.api().await;
    let tokens = api.log_in().await;
    world.wait(120);
    for (body, outcome) in [
        (json!({"path": "/secure"}), "answered"),
        (json!({"path": "/secure", "origin": "http://localhost:5173"}), "answered"),
        (json!({"path": "/secure", "origin": "http://localhost:5174"}), "answered_unread"),
        (json!({"path": "/auth/login", "origin": "http://localhost:5174", "method": "POST"}), "refused"),
        (
            json!({"path": "/secure", "origin": "http://localhost:5173", "headers": {"X-Mine": "1"}}),
            "answered",
        ),
        (
            json!({"path": "/secure", "origin": "http://localhost:5173", "headers": {"X-Other": "1"}}),
            "not_sent",
        ),
    ] {
        let answer = api.ask(explain(&tokens, &body)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.json()["outcome"], outcome, "{body}: {}", answer.body);
        assert_eq!(answer.json()["steps"][0]["rule"], "origin");
    }
}

#[actix_web::test]
async fn it_takes_the_role_and_the_csrf_token() {
    let body = json!({"path": "/"});
    let world = World::with_alice();
    let api = world.api().await;
    api.ask(post_json("/admin/explain", &body)).await.assert_problem(401, "token_missing");
    let member = api.log_in().await;
    api.ask(explain(&member, &body)).await.assert_problem(403, "forbidden");
    world.promote("alice");
    let admin = api.log_in().await;
    let without = cookies(post_json("/admin/explain", &body), &[("access_token", &admin.access)]);
    api.ask(without).await.assert_problem(403, "csrf_token_missing");
}
