//! What is recorded of what requests do, and what becomes of an answer whose record fails.

use actix_web::test::TestRequest;
use concierge_audit::{Act, Actor, Event, EventQuery, EventStore as _, LoginFailure};
use concierge_contracts::rate_limiter::sample_quotas;
use concierge_contracts::user_store::sample_user;
use concierge_kernel::{StoreFailure, UserId};
use concierge_tokens::{Delivery, Device};
use concierge_users::{Password, PasswordHasher as _, User};
use concierge_web::TrustedProxies;
use serde_json::json;

use crate::support::{
    Api, PASSWORD, Tokens, USERNAME, World, cookies, credentials, get, post, post_json, with_bearer,
    with_csrf,
};

const NEW: &str = "another password of alice";

/// What is recorded, the oldest first.
fn recorded(world: &World) -> Vec<Event> {
    let all = EventQuery { limit: 1000, ..EventQuery::default() };
    let mut events = world.events.inner.page(&all).unwrap();
    events.reverse();
    events
}

/// The acts that are recorded, and of whom, by whom: the oldest first.
fn acts(world: &World) -> Vec<(Act, Option<UserId>, Actor)> {
    recorded(world).into_iter().map(|event| (event.act, event.subject, event.actor)).collect()
}

fn own(act: Act) -> (Act, Option<UserId>, Actor) {
    let alice = sample_user(USERNAME).id;
    (act, Some(alice), Actor::User(alice))
}

fn reason(reason: &str) -> String {
    reason.to_owned()
}

async fn try_login(api: &Api, username: &str, password: &str) {
    let body = json!({"username": username, "password": password});
    api.ask(post_json("/auth/login", &body)).await.assert_unauthorized("invalid_credentials", "login");
}

async fn change_password(api: &Api, tokens: &Tokens, current: &str, new: &str) -> u16 {
    let body = json!({"current_password": current, "new_password": new});
    let request = TestRequest::put().uri("/auth/password").set_json(body);
    let request = with_csrf(cookies(request, &[("access_token", &tokens.access)]), &tokens.csrf);
    api.ask(request).await.status.as_u16()
}

async fn delete(api: &Api, tokens: &Tokens, path: &str) -> u16 {
    let request = cookies(TestRequest::delete().uri(path), &[("access_token", &tokens.access)]);
    api.ask(with_csrf(request, &tokens.csrf)).await.status.as_u16()
}

#[actix_web::test]
async fn an_event_names_its_session_its_request_and_the_address_it_came_from() {
    let mut world = World::new();
    world.trusted_proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
    let api = world.api().await;
    let ask = async |path| {
        let request = post_json(path, &credentials(json!({})))
            .peer_addr("10.0.0.1:4711".parse().unwrap())
            .insert_header(("X-Forwarded-For", "6.6.6.6, 203.0.113.9"))
            .insert_header(("X-Request-Id", "req-7"));
        let answer = api.ask(request).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()
    };
    let (registered, logged_in) = (ask("/auth/register").await, ask("/auth/login").await);
    let events = recorded(&world);
    assert_eq!(events.len(), 2);
    for (event, act, body) in
        [(&events[0], Act::UserRegistered, registered), (&events[1], Act::LoginSucceeded, logged_in)]
    {
        let user = body["user"]["id"].as_str().unwrap().parse().unwrap();
        assert_eq!((&event.act, event.actor, event.subject), (&act, Actor::User(user), Some(user)));
        assert_eq!(event.session.map(|id| json!(id.to_string())).as_ref(), Some(&body["session"]["id"]));
        assert_eq!(event.address, "203.0.113.9".parse().ok());
        assert_eq!(event.request_id.as_deref(), Some("req-7"));
    }
}

#[actix_web::test]
async fn a_refused_login_says_why_and_whose_it_was_but_never_what_was_typed() {
    let world = World::with_alice();
    let bob = User { disabled_at: Some(sample_user("bob").created_at), ..sample_user("bob") };
    world.add_user(&bob, &world.hasher.hash(&Password::parse(PASSWORD).unwrap()).unwrap());
    let api = world.api().await;
    let typed = "hunter2-in-the-wrong-field";
    try_login(&api, typed, typed).await;
    try_login(&api, USERNAME, typed).await;
    try_login(&api, "bob", PASSWORD).await;
    let failed = |reason, subject| (Act::LoginFailed { reason }, subject, Actor::Anonymous);
    let alice = sample_user(USERNAME).id;
    assert_eq!(
        acts(&world),
        [
            failed(LoginFailure::UnknownUser, None),
            failed(LoginFailure::WrongPassword, Some(alice)),
            failed(LoginFailure::Disabled, Some(bob.id)),
        ]
    );
    assert!(!format!("{:?}", recorded(&world)).contains(typed));
}

#[actix_web::test]
async fn a_session_that_ends_is_recorded_once_with_its_reason() {
    let world = World::with_alice();
    let api = world.api().await;
    let [one, other, here] = [api.log_in().await, api.log_in().await, api.log_in().await];
    let sessions: Vec<_> = recorded(&world).into_iter().map(|event| event.session).collect();
    let logout = async |tokens: &Tokens| {
        let jar = [("access_token", &*tokens.access), ("refresh_token", &*tokens.refresh)];
        assert_eq!(api.ask(cookies(post("/auth/logout"), &jar)).await.status, 200);
    };
    for _ in 0..2 {
        logout(&one).await;
    }
    api.ask(post("/auth/logout")).await;
    let path = format!("/auth/sessions/{}", sessions[1].unwrap());
    assert_eq!(delete(&api, &here, &path).await, 204);
    assert_eq!(delete(&api, &here, &path).await, 204);
    logout(&other).await;
    assert_eq!(delete(&api, &here, "/auth/sessions").await, 204, "there was no other to end");
    let events = recorded(&world).split_off(3);
    let seen: Vec<_> = events.iter().map(|event| (event.act.clone(), event.session)).collect();
    assert_eq!(
        seen,
        [
            (Act::SessionRevoked { reason: reason("logout") }, sessions[0]),
            (Act::SessionRevoked { reason: reason("device") }, sessions[1]),
        ]
    );
    assert!(events.iter().all(|event| event.actor == own(Act::PasswordSet).2 && event.subject.is_some()));
}

#[actix_web::test]
async fn sessions_that_end_together_are_one_event_in_the_session_that_ended_them() {
    let world = World::with_alice();
    let api = world.api().await;
    let [_, _, here] = [api.log_in().await, api.log_in().await, api.log_in().await];
    assert_eq!(delete(&api, &here, "/auth/sessions").await, 204);
    let events = recorded(&world);
    let last = events.last().unwrap();
    assert_eq!(last.act, Act::SessionsRevoked { reason: reason("device"), sessions: 2 });
    assert_eq!(last.session, events[2].session);
    assert_eq!(events.len(), 4);
}

#[actix_web::test]
async fn a_stolen_refresh_token_is_recorded_with_its_session_and_without_an_actor() {
    let world = World::with_alice();
    let api = world.api().await;
    let first = api.log_in().await;
    let second = Tokens::of_cookies(&api.refresh(&first.refresh).await);
    api.refresh(&second.refresh).await;
    world.wait(60);
    for _ in 0..3 {
        let shown = cookies(post("/auth/refresh"), &[("refresh_token", &first.refresh)]);
        api.ask(with_csrf(shown, &first.csrf)).await.assert_unauthorized("session_ended", "login");
    }
    let events = recorded(&world);
    assert_eq!(events.len(), 2);
    let (login, theft) = (&events[0], &events[1]);
    assert_eq!((&theft.act, theft.actor), (&Act::RefreshTokenReused, Actor::Anonymous));
    assert_eq!((theft.subject, theft.session), (login.subject, login.session));
}

#[actix_web::test]
async fn a_change_of_password_is_recorded_once_and_every_wrong_current_one_is() {
    let world = World::with_alice();
    let api = world.api().await;
    let [_, here] = [api.log_in().await, api.log_in().await];
    assert_eq!(change_password(&api, &here, "not the password", NEW).await, 400);
    assert_eq!(
        change_password(&api, &here, PASSWORD, PASSWORD).await,
        400,
        "that tells nothing of a password"
    );
    world.sessions.fault.break_only("revoke_all", || StoreFailure::Unavailable("away".into()));
    assert_eq!(change_password(&api, &here, PASSWORD, NEW).await, 503);
    world.sessions.fault.mend();
    // Sent again: the password is the new one already, and the others end now. A guess looks just like it.
    assert_eq!(change_password(&api, &here, PASSWORD, NEW).await, 204);
    assert_eq!(change_password(&api, &here, PASSWORD, NEW).await, 204);
    assert_eq!(
        acts(&world).split_off(2),
        [
            own(Act::PasswordChangeFailed),
            own(Act::PasswordChanged),
            own(Act::PasswordChangeFailed),
            own(Act::SessionsRevoked { reason: reason("password_changed"), sessions: 1 }),
            own(Act::PasswordChangeFailed),
        ]
    );
}

#[actix_web::test]
async fn what_changes_nothing_is_not_recorded() {
    let world = World::with_alice();
    let api = world.api().await;
    let tokens = api.log_in().await;
    let weak = json!({"username": "carol", "password": "short"});
    api.ask(post_json("/auth/register", &weak)).await.assert_problem(400, "invalid_password");
    api.ask(post_json("/auth/register", &credentials(json!({})))).await.assert_problem(400, "username_taken");
    api.ask(with_bearer(post("/auth/refresh"), "nonsense")).await.assert_problem(401, "token_invalid");
    assert_eq!(api.refresh(&tokens.refresh).await.status, 201);
    assert_eq!(api.refresh(&tokens.refresh).await.status, 201);
    assert_eq!(api.session(&tokens.access).await.status, 200);
    assert_eq!(acts(&world), [own(Act::LoginSucceeded)]);
}

#[actix_web::test]
async fn a_user_who_is_registered_is_recorded_though_their_session_could_not_be_opened() {
    let world = World::new();
    let api = world.api().await;
    world.sessions.fault.break_only("create", || StoreFailure::Unavailable("away".into()));
    let refused = api.ask(post_json("/auth/register", &credentials(json!({})))).await;
    refused.assert_problem(503, "store_unavailable");
    let events = recorded(&world);
    assert_eq!((&events[0].act, events[0].session, events.len()), (&Act::UserRegistered, None, 1));
}

#[actix_web::test]
async fn what_is_done_stands_though_it_cannot_be_recorded_and_the_log_has_the_whole_event() {
    let log = crate::support::log();
    let world = World::with_alice();
    let api = world.api().await;
    let lost = api.log_in().await;
    world.events.fault.break_only("append", || StoreFailure::Unavailable("the disk is full".into()));
    let request = post_json("/auth/login", &credentials(json!({})));
    let answer = api.ask(request.insert_header(("X-Request-Id", "req-unrecorded-login"))).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let tokens = Tokens::of_cookies(&answer);
    assert_eq!(api.session(&tokens.access).await.status, 200);
    assert_eq!(delete(&api, &tokens, "/auth/sessions").await, 204);
    assert_eq!(change_password(&api, &tokens, PASSWORD, NEW).await, 204);
    assert_eq!(api.ask(cookies(post("/auth/logout"), &[("access_token", &tokens.access)])).await.status, 200);
    for ended in [&lost, &tokens] {
        api.session(&ended.access).await.assert_unauthorized("session_ended", "login");
    }
    assert_eq!(acts(&world), [own(Act::LoginSucceeded)], "nothing was recorded since");

    let lines = log.lines_with("req-unrecorded-login");
    let [line] = &lines[..] else { panic!("not one line: {lines:?}") };
    let alice = sample_user(USERNAME).id.to_string();
    let session = answer.json()["session"]["id"].as_str().unwrap().to_owned();
    let parts = [
        "ERROR security",
        "kind=\"login_succeeded\"",
        "the disk is full",
        &*alice,
        &*session,
        "at=2026-11-20T13:05:27.121465Z",
    ];
    for part in parts {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[actix_web::test]
async fn every_event_is_a_line_of_the_log_too() {
    let log = crate::support::log();
    let world = World::with_alice();
    let api = world.api().await;
    let body = json!({"username": USERNAME, "password": "hunter2-never-logged"});
    api.ask(post_json("/auth/login", &body).insert_header(("X-Request-Id", "req-recorded-login"))).await;
    let lines = log.lines_with("req-recorded-login");
    let [line] = &lines[..] else { panic!("not one line: {lines:?}") };
    let event = &recorded(&world)[0];
    let (id, alice) = (event.id.to_string(), sample_user(USERNAME).id.to_string());
    let parts = [
        "INFO security",
        "kind=\"login_failed\"",
        r#"details={"reason":"wrong_password"}"#,
        "actor=\"anonymous\"",
        &*id,
        &*alice,
    ];
    for part in parts {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(!line.contains("hunter2"), "{line}");
}

#[actix_web::test]
async fn a_session_that_was_opened_elsewhere_is_recorded_when_it_ends_here() {
    let world = World::with_alice();
    let alice = sample_user(USERNAME).id;
    let opened = world.opener().open(alice, Delivery::Body, false, &Device::default()).unwrap();
    let api = world.api().await;
    assert_eq!(api.ask(with_bearer(post("/auth/logout"), &opened.refresh_token)).await.status, 200);
    api.ask(get("/secure")).await.assert_unauthorized("token_missing", "refresh");
    assert_eq!(acts(&world), [own(Act::SessionRevoked { reason: reason("logout") })]);
}

#[actix_web::test]
async fn a_login_that_is_held_off_is_recorded_with_its_limit_and_of_nobody() {
    let world = World::with_limits(sample_quotas());
    let api = world.api().await;
    for _ in 0..3 {
        try_login(&api, USERNAME, "a guess").await;
    }
    let body = json!({"username": USERNAME, "password": "a guess"});
    api.ask(post_json("/auth/login", &body)).await.assert_problem(429, "too_many_requests");
    let held_off = recorded(&world).pop().unwrap();
    assert_eq!(held_off.act, Act::LoginThrottled { limit: reason("login-pair") });
    assert_eq!((held_off.actor, held_off.subject), (Actor::Anonymous, None));
}

#[actix_web::test]
async fn a_change_of_password_that_is_held_off_is_recorded_with_its_user() {
    let world = World::with_limits(sample_quotas());
    let api = world.api().await;
    let here = api.log_in().await;
    for _ in 0..3 {
        change_password(&api, &here, "a guess", NEW).await;
    }
    assert_eq!(change_password(&api, &here, PASSWORD, NEW).await, 429);
    let events = recorded(&world);
    let act = Act::LoginThrottled { limit: reason("login-pair") };
    let (login, held_off) = (&events[0], events.iter().find(|event| event.act == act).unwrap());
    let alice = sample_user(USERNAME).id;
    assert_eq!((held_off.actor, held_off.subject), (Actor::User(alice), Some(alice)));
    assert_eq!(held_off.session, login.session);
}
