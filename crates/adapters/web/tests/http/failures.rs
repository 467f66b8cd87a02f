//! Ports that fail: what clients are told, and that it is never the cause.

use std::sync::Arc;

use actix_web::test::TestRequest;
use concierge_contracts::doubles::PlainHasher;
use concierge_contracts::user_store::sample_user;
use concierge_kernel::StoreFailure;
use concierge_tokens::{Delivery, Device, SigningFailure};
use concierge_users::{HashFailure, Password, User, UserStore as _, Username};
use concierge_web::{Degradable, Readiness};
use serde_json::json;

use crate::support::{
    Answer, FRONTEND, PASSWORD, Tokens, USERNAME, World, cookies, credentials, get, post, post_json,
    with_bearer, with_csrf,
};

/// Stands wherever a failure can say something; no client may ever read it.
const SECRET: &str = "planted-secret";

fn unavailable() -> StoreFailure {
    StoreFailure::Unavailable(SECRET.into())
}

fn corrupt() -> StoreFailure {
    StoreFailure::Corrupt { table: SECRET, column: SECRET, key: SECRET.to_owned(), source: SECRET.into() }
}

fn failed() -> StoreFailure {
    StoreFailure::Failed(SECRET.into())
}

/// Checks that the answer is this failure, readable by the frontend, and keeps the secret.
#[track_caller]
fn assert_failure(answer: &Answer, status: u16, code: &str, retry_after: Option<&str>) {
    answer.assert_problem(status, code);
    assert_eq!(answer.header("retry-after"), retry_after);
    assert_eq!(answer.header("access-control-allow-origin"), Some(FRONTEND));
    assert_eq!(answer.set_cookies(), Vec::<String>::new());
    let told = format!("{:?} {}", answer.headers, answer.body);
    assert!(!told.contains(SECRET), "{told}");
}

/// A request of every route that asks a store.
fn requests(tokens: &Tokens) -> Vec<(&'static str, TestRequest)> {
    let newcomer = json!({"username": "bob", "password": PASSWORD});
    let requests = vec![
        ("register", post_json("/auth/register", &newcomer)),
        ("login", post_json("/auth/login", &credentials(json!({})))),
        (
            "refresh",
            with_csrf(cookies(post("/auth/refresh"), &[("refresh_token", &tokens.refresh)]), &tokens.csrf),
        ),
        ("csrf", cookies(get("/auth/csrf"), &[("refresh_token", &tokens.refresh)])),
        ("session", cookies(get("/auth/session"), &[("access_token", &tokens.access)])),
        ("devices", cookies(get("/auth/sessions"), &[("access_token", &tokens.access)])),
        (
            "end others",
            with_csrf(
                cookies(TestRequest::delete().uri("/auth/sessions"), &[("access_token", &tokens.access)]),
                &tokens.csrf,
            ),
        ),
        ("logout", cookies(post("/auth/logout"), &[("access_token", &tokens.access)])),
    ];
    let from_frontend =
        |(name, request): (_, TestRequest)| (name, request.insert_header(("Origin", FRONTEND)));
    requests.into_iter().map(from_frontend).collect()
}

#[actix_web::test]
async fn a_store_that_breaks_is_a_503_or_a_500_that_keeps_its_cause_to_itself() {
    let failures: [fn() -> StoreFailure; 3] = [unavailable, corrupt, failed];
    for failure in failures {
        let (status, code, retry_after) = match failure() {
            StoreFailure::Unavailable(_) => (503, "store_unavailable", Some("2")),
            StoreFailure::Corrupt { .. } | StoreFailure::Failed(_) => (500, "internal_error", None),
        };
        let world = World::with_alice();
        let api = world.api().await;
        let tokens = api.log_in().await;
        world.users.fault.break_all(failure);
        world.sessions.fault.break_all(failure);
        for (name, request) in requests(&tokens) {
            let answer = api.ask(request).await;
            assert_eq!(answer.status.as_u16(), status, "{name}");
            assert_failure(&answer, status, code, retry_after);
        }
        world.users.fault.mend();
        world.sessions.fault.mend();
        for (name, request) in requests(&tokens) {
            let status = api.ask(request).await.status;
            assert!(status.is_success(), "{name} after the store came back: {status}");
        }
    }
}

#[actix_web::test]
async fn a_store_that_breaks_after_a_rotation_costs_nobody_their_session() {
    let world = World::with_alice();
    let api = world.api().await;
    let tokens = api.log_in().await;
    world.users.fault.break_all(unavailable);
    api.refresh(&tokens.refresh).await.assert_problem(503, "store_unavailable");
    world.users.fault.mend();
    world.wait(3600);
    let refreshed = api.refresh(&tokens.refresh).await;
    assert_eq!(refreshed.status, 201, "{}", refreshed.body);
    assert_eq!(api.refresh(&Tokens::of_cookies(&refreshed).refresh).await.status, 201);
}

#[actix_web::test]
async fn what_needs_no_store_works_while_every_store_is_broken() {
    let world = World::with_alice();
    let api = world.api().await;
    let tokens = api.log_in().await;
    world.users.fault.break_all(failed);
    world.sessions.fault.break_all(failed);
    let secure = api.ask(cookies(get("/secure"), &[("access_token", &tokens.access)])).await;
    assert_eq!(secure.json()["message"], "Hello, alice!");
    assert_eq!(api.ask(post_json("/greet", &json!({"name": "Alice"}))).await.status, 200);
    assert_eq!(api.ask(post("/auth/logout")).await.status, 200);
    assert_eq!(api.ask(get("/health/live")).await.status, 200);
}

#[actix_web::test]
async fn a_hasher_that_is_overloaded_is_a_503_that_asks_to_try_again() {
    let world = World::with_alice();
    world.hasher.fault.break_all(|| HashFailure::Overloaded);
    let api = world.api().await;
    for (path, username) in [("/auth/login", USERNAME), ("/auth/login", "nobody"), ("/auth/register", "bob")]
    {
        let body = json!({"username": username, "password": PASSWORD});
        let answer = api.ask(post_json(path, &body).insert_header(("Origin", FRONTEND))).await;
        assert_failure(&answer, 503, "overloaded", Some("1"));
    }
}

#[actix_web::test]
async fn a_hasher_that_breaks_is_a_500_that_keeps_its_cause_to_itself() {
    let failures: [fn() -> HashFailure; 2] =
        [|| HashFailure::Unreadable(SECRET.into()), || HashFailure::Failed(SECRET.into())];
    for failure in failures {
        let world = World::with_alice();
        world.hasher.fault.break_all(failure);
        let api = world.api().await;
        for (path, username) in [("/auth/login", USERNAME), ("/auth/register", "bob")] {
            let body = json!({"username": username, "password": PASSWORD});
            let answer = api.ask(post_json(path, &body).insert_header(("Origin", FRONTEND))).await;
            assert_failure(&answer, 500, "internal_error", None);
        }
    }
}

#[actix_web::test]
async fn a_signer_that_breaks_is_a_500_that_keeps_its_cause_to_itself() {
    for call in ["sign_access", "sign_refresh"] {
        let world = World::with_alice();
        let api = world.api().await;
        let tokens = api.log_in().await;
        world.signer.fault.break_only(call, || SigningFailure(SECRET.into()));
        for (name, request) in requests(&tokens) {
            if matches!(name, "register" | "login" | "refresh") {
                assert_failure(&api.ask(request).await, 500, "internal_error", None);
            }
        }
    }
}

#[actix_web::test]
async fn readiness_names_the_parts_that_fail_and_those_alone() {
    let part = |part, check: fn() -> Result<(), StoreFailure>| Readiness { part, check: Arc::new(check) };
    let mut world = World::new();
    world.readiness = vec![part("store", || Err(failed())), part("cellar", || Ok(()))];
    let ready = || get("/health/ready").insert_header(("Origin", FRONTEND));
    let answer = world.api().await.ask(ready()).await;
    assert_failure(&answer, 503, "not_ready", Some("2"));
    assert_eq!(answer.json()["failing"], json!(["store"]));
    assert!(answer.json()["detail"].as_str().unwrap().contains("store"));

    world.readiness = vec![part("store", || Err(unavailable())), part("cellar", || Err(corrupt()))];
    let answer = world.api().await.ask(ready()).await;
    assert_failure(&answer, 503, "not_ready", Some("2"));
    assert_eq!(answer.json()["failing"], json!(["store", "cellar"]));

    world.readiness = vec![part("store", || Ok(())), part("cellar", || Ok(()))];
    assert_eq!(world.api().await.ask(ready()).await.status, 200);
    assert_eq!(world.api().await.ask(get("/health/live")).await.status, 200);
}

#[actix_web::test]
async fn what_is_missed_and_not_needed_is_named_and_keeps_no_traffic_away() {
    let part = |part, works: fn() -> bool| Degradable { part, works: Arc::new(works) };
    let mut world = World::new();
    world.degradable = vec![part("larder", || false), part("cellar", || true)];
    let answer = world.api().await.ask(get("/health/ready")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (200, json!({"status": "ready", "degraded": ["larder"]}))
    );

    world.degradable = vec![part("cellar", || true)];
    assert_eq!(world.api().await.ask(get("/health/ready")).await.json(), json!({"status": "ready"}));

    world.degradable = vec![part("larder", || false)];
    world.readiness = vec![Readiness { part: "store", check: Arc::new(|| Err(failed())) }];
    let answer = world.api().await.ask(get("/health/ready").insert_header(("Origin", FRONTEND))).await;
    assert_failure(&answer, 503, "not_ready", Some("2"));
    assert_eq!(answer.json()["failing"], json!(["store"]));
}

#[actix_web::test]
async fn a_readiness_check_that_panics_fails_like_any_other() {
    let mut world = World::new();
    world.readiness = vec![Readiness { part: "store", check: Arc::new(|| panic!("{SECRET}")) }];
    let answer = world.api().await.ask(get("/health/ready").insert_header(("Origin", FRONTEND))).await;
    assert_failure(&answer, 503, "not_ready", Some("2"));
    assert_eq!(answer.json()["failing"], json!(["store"]));
}

#[actix_web::test]
async fn a_hash_that_cannot_be_upgraded_still_logs_its_user_in() {
    let world = World::new();
    let password = Password::parse(PASSWORD).unwrap();
    world.add_user(&sample_user(USERNAME), &PlainHasher::outdated(&password));
    let api = world.api().await;
    let stored = || {
        let credentials = world.users.inner.find_credentials(&Username::parse(USERNAME).unwrap());
        credentials.unwrap().unwrap().password_hash
    };

    world.users.fault.break_only("replace_password_hash", failed);
    api.log_in().await;
    assert_eq!(stored(), PlainHasher::outdated(&password), "it could not be stored");
    world.users.fault.mend();

    world.hasher.fault.break_only("hash", || HashFailure::Overloaded);
    api.log_in().await;
    assert_eq!(stored(), PlainHasher::outdated(&password), "it could not be hashed");
    world.hasher.fault.mend();

    api.log_in().await;
    assert_ne!(stored(), PlainHasher::outdated(&password), "the next login upgrades it");
}

#[actix_web::test]
async fn a_disabled_user_can_neither_refresh_nor_log_in() {
    let world = World::new();
    let alice = sample_user(USERNAME);
    let disabled = User { disabled_at: Some(alice.created_at), ..alice };
    world.add_user(&disabled, &PlainHasher::outdated(&Password::parse(PASSWORD).unwrap()));
    let api = world.api().await;

    let by_cookie = world.opener().open(disabled.id, Delivery::Cookie, true, &Device::default()).unwrap();
    let refused = api.refresh(&by_cookie.refresh_token).await;
    refused.assert_unauthorized("session_ended", "login");
    assert_eq!(refused.set_cookies(), Vec::<String>::new());

    let by_body = world.opener().open(disabled.id, Delivery::Body, true, &Device::default()).unwrap();
    let refused = api.ask(with_bearer(post("/auth/refresh"), &by_body.refresh_token)).await;
    refused.assert_unauthorized("session_ended", "login");

    let wrong = json!({"username": "nobody", "password": PASSWORD});
    let mut bodies = Vec::new();
    for body in [credentials(json!({})), wrong] {
        let refused = api.ask(post_json("/auth/login", &body)).await;
        refused.assert_unauthorized("invalid_credentials", "login");
        let mut body = refused.json();
        body["request_id"].take();
        bodies.push(body);
    }
    assert_eq!(bodies[0], bodies[1]);
}
