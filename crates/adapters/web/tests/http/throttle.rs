//! Limits, as clients meet them. Every request here comes from one client, of unknown address.

use concierge_audit::{EventQuery, EventStore as _, Kind};
use concierge_contracts::rate_limiter::sample_quotas;
use concierge_contracts::user_store::sample_user;
use concierge_kernel::StoreFailure;
use concierge_throttle::Quotas;
use concierge_users::{HashFailure, Password, PasswordHasher as _, User};
use serde_json::json;

use super::support::{
    Answer, Api, FRONTEND, PASSWORD, USERNAME, World, cookies, credentials, get, post, post_json, preflight,
    with_bearer,
};

async fn log_in(api: &Api, username: &str, password: &str) -> Answer {
    api.ask(post_json("/auth/login", &json!({"username": username, "password": password}))).await
}

async fn guess(api: &Api) -> Answer {
    log_in(api, USERNAME, "a guess of a stranger").await
}

/// Guesses until no guess is left.
async fn exhaust(api: &Api) {
    for _ in 0..3 {
        guess(api).await.assert_problem(401, "invalid_credentials");
    }
}

fn quotas(login_pair: &str) -> Quotas {
    Quotas { login_pair: login_pair.parse().unwrap(), ..sample_quotas() }
}

#[actix_web::test]
async fn too_many_failed_logins_are_told_how_long_to_wait() {
    let world = World::with_limits(sample_quotas());
    let api = world.api().await;
    exhaust(&api).await;
    let held_off = guess(&api).await;
    held_off.assert_problem(429, "too_many_requests");
    assert_eq!(held_off.json()["detail"], "Too many failed logins: wait 10 seconds, then try again");
    assert_eq!(held_off.header("Retry-After"), Some("10"));
    assert_eq!(held_off.header("RateLimit-Policy"), Some("\"login-pair\";q=3;w=30"));
    assert_eq!(held_off.header("RateLimit"), Some("\"login-pair\";r=0;t=10"));
    assert_eq!(log_in(&api, USERNAME, PASSWORD).await.status, 429, "the right password waits, too");
    world.wait(9);
    assert_eq!(guess(&api).await.header("Retry-After"), Some("1"));
    world.wait(1);
    assert_eq!(log_in(&api, USERNAME, PASSWORD).await.status, 201);
}

#[actix_web::test]
async fn who_asks_for_too_many_visitors_waits_and_keeps_the_last_one() {
    let api = World::with_limits(sample_quotas()).api().await;
    let mut cookie = None;
    for _ in 0..6 {
        let set = api.ask(get("/set-cookie")).await;
        assert_eq!(set.status, 200);
        cookie = set.cookie("visitor");
    }
    let held_off = api.ask(get("/set-cookie")).await;
    held_off.assert_problem(429, "too_many_requests");
    assert_eq!(held_off.header("RateLimit-Policy"), Some("\"visitor-address\";q=6;w=60"));
    assert_eq!(held_off.header("Set-Cookie"), None);
    let known = api.ask(cookies(get("/get-cookie"), &[("visitor", &cookie.unwrap())])).await;
    assert_eq!(known.status, 200);
    assert_eq!(api.ask(get("/set-cookie?lifetime=never")).await.status, 400, "it costs nothing");
}

#[actix_web::test]
async fn the_wait_is_told_in_words_and_rounded_up() {
    for (quota, words, seconds) in [
        ("1/1", "a second", "1"),
        ("2/3", "2 seconds", "2"),
        ("1/120", "120 seconds", "120"),
        ("1/121", "3 minutes", "121"),
    ] {
        let api = World::with_limits(quotas(quota)).api().await;
        while guess(&api).await.status == 401 {}
        let held_off = guess(&api).await;
        let detail = format!("Too many failed logins: wait {words}, then try again");
        assert_eq!(held_off.json()["detail"], detail, "{quota}");
        assert_eq!(held_off.header("Retry-After"), Some(seconds));
    }
}

#[actix_web::test]
async fn an_unknown_name_and_a_disabled_account_are_held_off_exactly_as_a_known_name() {
    let mut answers = Vec::new();
    let guess = "a guess of a stranger";
    for (name, password) in [(USERNAME, guess), ("nobody-at-all", guess), ("bob", PASSWORD)] {
        let world = World::with_limits(sample_quotas());
        let bob = User { disabled_at: Some(sample_user("bob").created_at), ..sample_user("bob") };
        world.add_user(&bob, &world.hasher.hash(&Password::parse(PASSWORD).unwrap()).unwrap());
        let api = world.api().await;
        let mut of_this = Vec::new();
        for _ in 0..5 {
            // Requests differ in their ids anyway; these have the same, so that all else can be compared.
            let body = json!({"username": name, "password": password});
            let request = post_json("/auth/login", &body).insert_header(("X-Request-Id", "a-guess"));
            of_this.push(api.ask(request).await.everything());
        }
        answers.push(of_this);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    let statuses: Vec<_> = answers[0].iter().map(|(status, ..)| *status).collect();
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
}

#[actix_web::test]
async fn spellings_of_one_name_are_one_account() {
    let api = World::with_limits(sample_quotas()).api().await;
    for name in ["alice", "ALICE", "Ａlice"] {
        assert_eq!(log_in(&api, name, "a guess of a stranger").await.status, 401);
    }
    assert_eq!(log_in(&api, "alicE", PASSWORD).await.status, 429);
}

#[actix_web::test]
async fn what_is_no_username_counts_for_the_address() {
    let api = World::with_limits(sample_quotas()).api().await;
    for name in ["", "a", "a b c", "☠☠☠", &"a".repeat(2000)] {
        assert_eq!(log_in(&api, name, "a guess of a stranger").await.status, 401);
    }
    let held_off = guess(&api).await;
    assert_eq!(held_off.header("RateLimit-Policy"), Some("\"login-address\";q=5;w=50"));
}

#[actix_web::test]
async fn logins_that_succeed_cost_nothing() {
    let api = World::with_limits(sample_quotas()).api().await;
    for _ in 0..20 {
        assert_eq!(log_in(&api, USERNAME, PASSWORD).await.status, 201);
    }
    exhaust(&api).await;
    assert_eq!(guess(&api).await.status, 429);
}

#[actix_web::test]
async fn logins_that_fail_here_cost_nothing() {
    let world = World::with_limits(sample_quotas());
    let api = world.api().await;
    world.hasher.fault.break_all(|| HashFailure::Overloaded);
    for _ in 0..20 {
        guess(&api).await.assert_problem(503, "overloaded");
    }
    world.hasher.fault.break_all(|| HashFailure::Failed("broken".into()));
    for _ in 0..20 {
        guess(&api).await.assert_problem(500, "internal_error");
    }
    world.hasher.fault.mend();
    exhaust(&api).await;
    assert_eq!(guess(&api).await.status, 429);
}

#[actix_web::test]
async fn what_is_refused_before_a_handler_costs_nothing() {
    let api = World::with_limits(sample_quotas()).api().await;
    for _ in 0..20 {
        let preflight = preflight("/auth/login", "POST").insert_header(("Origin", FRONTEND));
        assert_eq!(api.ask(preflight).await.status, 204);
        let strange = post_json("/auth/login", &credentials(json!({})))
            .insert_header(("Origin", "https://evil.example"));
        api.ask(strange).await.assert_problem(403, "origin_not_allowed");
        api.ask(post("/auth/login")).await.assert_problem(400, "missing_body");
        api.ask(post_json("/auth/login", &json!({"username": USERNAME})))
            .await
            .assert_problem(400, "missing_field");
    }
    exhaust(&api).await;
    assert_eq!(guess(&api).await.status, 429);
}

#[actix_web::test]
async fn a_frontend_can_read_that_it_has_to_wait() {
    let api = World::with_limits(sample_quotas()).api().await;
    exhaust(&api).await;
    let body = credentials(json!({}));
    let held_off = api.ask(post_json("/auth/login", &body).insert_header(("Origin", FRONTEND))).await;
    held_off.assert_problem(429, "too_many_requests");
    let cors = held_off.cors();
    assert_eq!(cors["access-control-allow-origin"], FRONTEND);
    assert_eq!(cors["access-control-allow-credentials"], "true");
    assert_eq!(
        cors["access-control-expose-headers"],
        "Retry-After, X-Request-Id, RateLimit, RateLimit-Policy"
    );
}

#[actix_web::test]
async fn registrations_count_when_the_name_is_taken_and_when_they_succeed() {
    let world = World::with_limits(sample_quotas());
    let api = world.api().await;
    let register = async |name: &str| {
        let form = json!({"username": name, "password": "plinth-ocelot-vermilion-94"});
        api.ask(post_json("/auth/register", &form)).await
    };
    for _ in 0..20 {
        register("a").await.assert_problem(400, "invalid_username");
    }
    world.hasher.fault.break_all(|| HashFailure::Overloaded);
    register("bob").await.assert_problem(503, "overloaded");
    world.hasher.fault.mend();
    register(USERNAME).await.assert_problem(400, "username_taken");
    assert_eq!(register("bob").await.status, 201);
    let held_off = register("carol").await;
    held_off.assert_problem(429, "too_many_requests");
    let detail = "Too many registrations from this address: wait 10 seconds, then try again";
    assert_eq!(held_off.json()["detail"], detail);
    assert_eq!(held_off.header("RateLimit-Policy"), Some("\"register-address\";q=2;w=20"));
    world.wait(10);
    assert_eq!(register("carol").await.status, 201);
}

#[actix_web::test]
async fn refreshes_are_counted_for_each_session() {
    let world = World::with_limits(sample_quotas());
    let api = world.api().await;
    let (mut first, second) = (api.log_in_for_body().await, api.log_in_for_body().await);
    let refresh = async |token: &str| api.ask(with_bearer(post("/auth/refresh"), token)).await;
    for _ in 0..4 {
        let answer = refresh(&first.refresh).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        first = super::support::Tokens::of_body(&answer);
    }
    let held_off = refresh(&first.refresh).await;
    held_off.assert_problem(429, "too_many_requests");
    assert_eq!(held_off.header("RateLimit-Policy"), Some("\"refresh-session\";q=4;w=4"));
    assert_eq!(refresh(&second.refresh).await.status, 201);
    world.wait(1);
    assert_eq!(refresh(&first.refresh).await.status, 201, "to be held off uses no token up");
}

#[actix_web::test]
async fn forged_refreshes_cost_the_session_nothing() {
    let api = World::with_limits(sample_quotas()).api().await;
    let tokens = api.log_in().await;
    for _ in 0..20 {
        let forged = cookies(post("/auth/refresh"), &[("refresh_token", &tokens.refresh)]);
        api.ask(forged).await.assert_problem(403, "csrf_token_missing");
    }
    assert_eq!(api.refresh(&tokens.refresh).await.status, 201);
}

async fn change(api: &Api, access: &str, current: &str, new: &str) -> Answer {
    let body = json!({"current_password": current, "new_password": new});
    let request = post_json("/auth/password", &body).method(actix_web::http::Method::PUT);
    api.ask(with_bearer(request, access)).await
}

#[actix_web::test]
async fn wrong_current_passwords_are_counted_by_the_session_and_strangers_use_none_of_it_up() {
    let world = World::with_limits(quotas("4/40"));
    let api = world.api().await;
    let (one, other) = (api.log_in_for_body().await, api.log_in_for_body().await);
    while guess(&api).await.status == 401 {}
    for _ in 0..2 {
        let refused = change(&api, &one.access, "a guess of a thief", "a password of mallory").await;
        refused.assert_problem(400, "wrong_password");
    }
    let held_off = change(&api, &one.access, PASSWORD, "a password of mallory").await;
    held_off.assert_problem(429, "too_many_requests");
    assert_eq!(held_off.header("RateLimit-Policy"), Some("\"login-pair\";q=4;w=40"));
    for (current, new) in
        [(PASSWORD, "another one of alice"), ("another one of alice", "yet another of alice")]
    {
        assert_eq!(
            change(&api, &other.access, current, new).await.status,
            204,
            "what is right costs nothing"
        );
    }
}

#[actix_web::test]
async fn a_new_password_that_is_the_users_already_is_a_guess_as_well() {
    let world = World::with_limits(quotas("4/40"));
    let api = world.api().await;
    let thief = api.log_in_for_body().await;
    let first = change(&api, &thief.access, "a guess of a thief", "a second guess").await;
    first.assert_problem(400, "wrong_password");
    let second = change(&api, &thief.access, "a third guess of it", PASSWORD).await;
    assert_eq!(second.status, 204, "the fourth guess");
    // The fourth was right and so was given back: one is left.
    let third = change(&api, &thief.access, "a fifth guess of it", PASSWORD).await;
    third.assert_problem(429, "too_many_requests");
    let kind = Some(Kind::PasswordChangeFailed);
    let failures = EventQuery { limit: 10, kind, ..EventQuery::default() };
    let failures = world.events.inner.page(&failures).unwrap();
    assert_eq!(failures.len(), 3, "each is recorded, the one that was answered 204 as well");
}

#[actix_web::test]
async fn weak_passwords_count_for_they_are_dear_to_judge() {
    let mut world = World::with_limits(sample_quotas());
    world.password_floor = 4;
    let api = world.api().await;
    let register = async |password: &str| {
        api.ask(post_json("/auth/register", &json!({"username": "carol", "password": password}))).await
    };
    for _ in 0..20 {
        register("short").await.assert_problem(400, "invalid_password");
    }
    for _ in 0..2 {
        register("password1").await.assert_problem(400, "password_too_weak");
    }
    register("password1").await.assert_problem(429, "too_many_requests");
    let tokens = api.log_in_for_body().await;
    for _ in 0..3 {
        change(&api, &tokens.access, PASSWORD, "password1").await.assert_problem(400, "password_too_weak");
    }
    change(&api, &tokens.access, PASSWORD, "password1").await.assert_problem(429, "too_many_requests");
}

#[actix_web::test]
async fn what_a_full_house_of_estimates_refuses_costs_nothing() {
    let mut world = World::with_limits(sample_quotas());
    world.estimates = 0;
    let api = world.api().await;
    let form = json!({"username": "carol", "password": "plinth-ocelot-vermilion-94"});
    for _ in 0..20 {
        api.ask(post_json("/auth/register", &form)).await.assert_problem(503, "overloaded");
    }
    let tokens = api.log_in_for_body().await;
    for _ in 0..20 {
        let refused = change(&api, &tokens.access, PASSWORD, "another one of alice").await;
        refused.assert_problem(503, "overloaded");
    }
}

#[actix_web::test]
async fn a_limiter_out_of_reach_is_no_open_door() {
    let world = World::with_limits(sample_quotas());
    let api = world.api().await;
    let limiter = world.limiter.clone().unwrap();
    limiter.fault.break_all(|| StoreFailure::Unavailable("gone".into()));
    guess(&api).await.assert_problem(503, "store_unavailable");
    limiter.fault.break_only("give_back", || StoreFailure::Unavailable("gone".into()));
    assert_eq!(log_in(&api, USERNAME, PASSWORD).await.status, 201, "what was let in stays in");
}
