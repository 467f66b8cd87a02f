//! Changing the password: who may, what it ends, and what goes wrong.

use actix_web::test::TestRequest;
use concierge_kernel::StoreFailure;
use concierge_users::HashFailure;
use serde_json::{Value, json};

use crate::support::{Answer, Api, PASSWORD, Tokens, USERNAME, World, cookies, post_json, with_bearer};

const NEW: &str = "another password of alice";

fn put(tokens: &Tokens, csrf: &str, body: &Value) -> TestRequest {
    let request = TestRequest::put().uri("/auth/password").insert_header(("X-CSRF-Token", csrf));
    cookies(request, &[("access_token", &tokens.access)]).set_json(body)
}

fn change(current: &str, new: &str) -> Value {
    json!({"current_password": current, "new_password": new})
}

/// Logs alice in; her tokens and her CSRF token.
async fn log_in(api: &Api) -> (Tokens, String) {
    let answer = api.log_in_with(json!({})).await;
    (Tokens::of_cookies(&answer), answer.json()["csrf_token"].as_str().unwrap().to_owned())
}

async fn log_in_by(api: &Api, password: &str) -> Answer {
    api.ask(post_json("/auth/login", &json!({"username": USERNAME, "password": password}))).await
}

#[actix_web::test]
async fn a_new_password_replaces_the_old_one_and_ends_every_other_session_at_once() {
    let api = World::with_alice().api().await;
    let ((here, csrf), (other, _)) = (log_in(&api).await, log_in(&api).await);
    let changed = api.ask(put(&here, &csrf, &change(PASSWORD, NEW))).await;
    assert_eq!((changed.status.as_u16(), changed.body.as_str()), (204, ""));
    assert_eq!(changed.set_cookies(), Vec::<String>::new());
    api.session(&other.access).await.assert_unauthorized("session_ended", "login");
    api.refresh(&other.refresh).await.assert_unauthorized("session_ended", "login");
    assert_eq!(api.session(&here.access).await.status, 200);
    assert_eq!(api.refresh(&here.refresh).await.status, 201);
    log_in_by(&api, PASSWORD).await.assert_unauthorized("invalid_credentials", "login");
    assert_eq!(log_in_by(&api, NEW).await.status, 201);
}

#[actix_web::test]
async fn a_client_that_is_no_browser_changes_its_password_too() {
    let api = World::with_alice().api().await;
    let tokens = api.log_in_for_body().await;
    let request = TestRequest::put().uri("/auth/password").set_json(change(PASSWORD, NEW));
    assert_eq!(api.ask(with_bearer(request, &tokens.access)).await.status, 204);
    assert_eq!(log_in_by(&api, NEW).await.status, 201);
}

#[actix_web::test]
async fn a_change_asks_for_a_login_that_is_not_too_old_and_a_refresh_does_not_help() {
    let mut world = World::with_alice();
    world.fresh_for = std::time::Duration::from_secs(60);
    let api = world.api().await;
    let (tokens, csrf) = log_in(&api).await;
    world.wait(61);
    let body = change(PASSWORD, NEW);
    let stale = api.ask(put(&tokens, &csrf, &body)).await;
    stale.assert_unauthorized("fresh_login_required", "login");
    let refreshed = Tokens::of_cookies(&api.refresh(&tokens.refresh).await);
    let stale = api.ask(put(&refreshed, &csrf, &body)).await;
    stale.assert_unauthorized("fresh_login_required", "login");
    // What is not delicate goes on.
    assert_eq!(api.session(&refreshed.access).await.status, 200);
    let (again, csrf) = log_in(&api).await;
    world.wait(59);
    assert_eq!(api.ask(put(&again, &csrf, &body)).await.status, 204);
}

#[actix_web::test]
async fn a_change_that_cannot_be_made_says_why_and_changes_nothing() {
    let api = World::with_alice().api().await;
    let ((here, csrf), (other, _)) = (log_in(&api).await, log_in(&api).await);
    for (body, code) in [
        (change("not the password", NEW), "wrong_password"),
        (change("", NEW), "wrong_password"),
        (change(PASSWORD, PASSWORD), "password_unchanged"),
        (change(PASSWORD, "short"), "invalid_password"),
        (json!({"current_password": PASSWORD}), "missing_field"),
        (json!({"new_password": NEW}), "missing_field"),
        (json!({"current_password": 5, "new_password": NEW}), "invalid_field"),
    ] {
        api.ask(put(&here, &csrf, &body)).await.assert_problem(400, code);
    }
    assert_eq!(api.session(&other.access).await.status, 200);
    assert_eq!(log_in_by(&api, PASSWORD).await.status, 201);
    let nobody = TestRequest::put().uri("/auth/password").set_json(change(PASSWORD, NEW));
    api.ask(nobody).await.assert_unauthorized("token_missing", "login");
}

#[actix_web::test]
async fn a_change_whose_other_sessions_could_not_be_ended_can_be_sent_again() {
    let world = World::with_alice();
    let api = world.api().await;
    let ((here, csrf), (other, _)) = (log_in(&api).await, log_in(&api).await);
    world.sessions.fault.break_only("revoke_all", || StoreFailure::Unavailable("away".into()));
    let body = change(PASSWORD, NEW);
    api.ask(put(&here, &csrf, &body)).await.assert_problem(503, "store_unavailable");
    world.sessions.fault.mend();
    assert_eq!(api.ask(put(&here, &csrf, &body)).await.status, 204);
    api.session(&other.access).await.assert_unauthorized("session_ended", "login");
    assert_eq!(log_in_by(&api, NEW).await.status, 201);
}

#[actix_web::test]
async fn a_hasher_or_a_store_that_fails_leaves_the_password_as_it_was() {
    let world = World::with_alice();
    let api = world.api().await;
    let (tokens, csrf) = log_in(&api).await;
    let body = change(PASSWORD, NEW);
    world.hasher.fault.break_only("hash", || HashFailure::Overloaded);
    let full = api.ask(put(&tokens, &csrf, &body)).await;
    full.assert_problem(503, "overloaded");
    assert_eq!(full.header("retry-after"), Some("1"));
    world.hasher.fault.break_only("verify", || HashFailure::Failed("broken".into()));
    api.ask(put(&tokens, &csrf, &body)).await.assert_problem(500, "internal_error");
    world.hasher.fault.mend();
    world.users.fault.break_only("replace_password_hash", || StoreFailure::Unavailable("away".into()));
    api.ask(put(&tokens, &csrf, &body)).await.assert_problem(503, "store_unavailable");
    world.users.fault.mend();
    assert_eq!(log_in_by(&api, PASSWORD).await.status, 201);
}

#[actix_web::test]
async fn a_session_that_another_instance_ended_changes_no_password_though_this_one_has_not_heard() {
    let world = World::with_alice();
    let (here, elsewhere) = (world.api().await, world.api().await);
    let (tokens, csrf) = log_in(&here).await;
    // The two share a store but no memory, and nobody polls.
    let logout = crate::support::post("/auth/logout");
    elsewhere.ask(cookies(logout, &[("access_token", &tokens.access)])).await;
    let refused = here.ask(put(&tokens, &csrf, &change(PASSWORD, NEW))).await;
    refused.assert_unauthorized("session_ended", "login");
    assert_eq!(log_in_by(&here, PASSWORD).await.status, 201);
}
