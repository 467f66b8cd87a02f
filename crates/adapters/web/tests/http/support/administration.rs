//! What the tests of administration have in common: a world with an admin, and what they ask.

use actix_web::test::TestRequest;
use concierge_contracts::user_store::{sample_hash, sample_user};
use concierge_tokens::{Delivery, Device, OpenedSession};
use concierge_users::User;
use serde_json::{Value, json};

use super::{Answer, Api, Tokens, World, cookies, get, post_json};

/// A world in which alice administers and bob does not.
pub(crate) fn world() -> (World, User) {
    let world = World::with_alice();
    world.promote("alice");
    let bob = sample_user("bob");
    world.add_user(&bob, &sample_hash("bob"));
    (world, bob)
}

pub(crate) fn open(world: &World, user: &User) -> OpenedSession {
    world.opener().open(user.id, Delivery::Cookie, false, &Device::default()).unwrap()
}

pub(crate) fn by(tokens: &Tokens, request: TestRequest) -> TestRequest {
    cookies(request, &[("access_token", &tokens.access)]).insert_header(("X-CSRF-Token", &*tokens.csrf))
}

pub(crate) fn patch(tokens: &Tokens, id: impl ToString, body: &Value) -> TestRequest {
    by(tokens, TestRequest::patch().uri(&format!("/admin/users/{}", id.to_string()))).set_json(body)
}

pub(crate) fn end_sessions(tokens: &Tokens, id: impl ToString) -> TestRequest {
    by(tokens, TestRequest::delete().uri(&format!("/admin/users/{}/sessions", id.to_string())))
}

pub(crate) async fn list(api: &Api, tokens: &Tokens, query: &str) -> Value {
    let listed = api.ask(by(tokens, get(&format!("/admin/users{query}")))).await;
    assert_eq!(listed.status, 200, "{}", listed.body);
    listed.json()
}

pub(crate) fn names(page: &Value) -> Vec<&str> {
    page["users"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect()
}

pub(crate) async fn assert_ended(api: &Api, opened: &OpenedSession) {
    api.refresh(&opened.refresh_token).await.assert_unauthorized("session_ended", "login");
}

/// Registers a user whose password is the name's; their id and tokens.
pub(crate) async fn register(world: &World, name: &str) -> (String, Tokens) {
    let form = json!({"username": name, "password": format!("a password of {name}")});
    let answer = world.api().await.ask(post_json("/auth/register", &form)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    (answer.json()["user"]["id"].as_str().unwrap().to_owned(), Tokens::of_cookies(&answer))
}

pub(crate) async fn log_in(api: &Api, name: &str) -> Answer {
    let form = json!({"username": name, "password": format!("a password of {name}")});
    api.ask(post_json("/auth/login", &form)).await
}
