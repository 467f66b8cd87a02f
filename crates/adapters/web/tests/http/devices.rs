//! Where a user is logged in, and ending it from afar.

use actix_web::test::TestRequest;
use concierge_contracts::user_store::sample_user;
use concierge_tokens::{Delivery, Device};
use concierge_web::TrustedProxies;
use serde_json::{Value, json};

use crate::support::{Answer, Api, Tokens, World, cookies, credentials, get, post, post_json, with_bearer};

/// A browser that has logged in.
struct Browser {
    tokens: Tokens,
    csrf: String,
    id: String,
}

impl Browser {
    async fn log_in(api: &Api) -> Self {
        Self::of(&api.log_in_with(json!({})).await)
    }

    fn of(answer: &Answer) -> Self {
        let body = answer.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (csrf, id) = (text(&body["csrf_token"]), text(&body["session"]["id"]));
        Self { tokens: Tokens::of_cookies(answer), csrf, id }
    }

    async fn list(&self, api: &Api) -> Vec<Value> {
        let listed = api.ask(cookies(get("/auth/sessions"), &[("access_token", &self.tokens.access)])).await;
        assert_eq!(listed.status, 200, "{}", listed.body);
        listed.json()["sessions"].as_array().unwrap().clone()
    }

    async fn delete(&self, api: &Api, path: &str) -> Answer {
        let request = TestRequest::delete().uri(path).insert_header(("X-CSRF-Token", self.csrf.as_str()));
        api.ask(cookies(request, &[("access_token", &self.tokens.access)])).await
    }

    async fn assert_ended(&self, api: &Api) {
        api.session(&self.tokens.access).await.assert_unauthorized("session_ended", "login");
        api.refresh(&self.tokens.refresh).await.assert_unauthorized("session_ended", "login");
    }

    async fn assert_lives(&self, api: &Api) {
        assert_eq!(api.session(&self.tokens.access).await.status, 200);
    }
}

#[actix_web::test]
async fn a_user_sees_where_they_are_logged_in_the_last_used_first() {
    let mut world = World::with_alice();
    world.trusted_proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
    let api = world.api().await;
    let login = |agent: &'static [u8], forwarded: &'static str| {
        post_json("/auth/login", &credentials(json!({})))
            .peer_addr("10.0.0.1:4711".parse().unwrap())
            .insert_header(("User-Agent", agent))
            .insert_header(("X-Forwarded-For", forwarded))
    };
    let phone = Browser::of(&api.ask(login(b"Phone\xff/1", "6.6.6.6, 203.0.113.9")).await);
    world.wait(60);
    let desk = Browser::of(&api.ask(login(b"Desk/2", "2001:db8::9")).await);
    let listed = desk.list(&api).await;
    assert_eq!(listed.len(), 2);
    assert_eq!(
        listed[0],
        json!({
            "id": desk.id,
            "created_at": "2026-11-20T13:06:27.121465Z",
            "last_used_at": "2026-11-20T13:06:27.121465Z",
            "address": "2001:db8::9",
            "user_agent": "Desk/2",
            "current": true,
        })
    );
    assert_eq!(listed[1]["address"], "203.0.113.9");
    assert_eq!(listed[1]["user_agent"], "Phone\u{fffd}/1");
    assert_eq!((&listed[1]["id"], &listed[1]["current"]), (&json!(phone.id), &json!(false)));

    world.wait(60);
    let refresh = post("/auth/refresh").peer_addr("198.51.100.1:80".parse().unwrap());
    let refresh = refresh.insert_header(("X-Forwarded-For", "1.1.1.1"));
    let refresh = refresh.insert_header(("X-CSRF-Token", phone.csrf.as_str()));
    assert_eq!(api.ask(cookies(refresh, &[("refresh_token", &phone.tokens.refresh)])).await.status, 201);
    let listed = phone.list(&api).await;
    assert_eq!((&listed[0]["id"], &listed[0]["current"]), (&json!(phone.id), &json!(true)));
    assert_eq!(listed[0]["created_at"], "2026-11-20T13:05:27.121465Z");
    assert_eq!(listed[0]["last_used_at"], "2026-11-20T13:07:27.121465Z");
    // No proxy of ours sent this: its word does not count.
    assert_eq!(listed[0]["address"], "198.51.100.1");
    assert_eq!(listed[0]["user_agent"], Value::Null);
}

#[actix_web::test]
async fn a_session_that_is_ended_from_afar_ends_at_once_and_alone() {
    let api = World::with_alice().api().await;
    let (here, lost, other) =
        (Browser::log_in(&api).await, Browser::log_in(&api).await, Browser::log_in(&api).await);
    let ended = here.delete(&api, &format!("/auth/sessions/{}", lost.id)).await;
    assert_eq!((ended.status.as_u16(), ended.body.as_str()), (204, ""));
    assert_eq!(ended.set_cookies(), Vec::<String>::new());
    lost.assert_ended(&api).await;
    here.assert_lives(&api).await;
    other.assert_lives(&api).await;
    assert_eq!(here.list(&api).await.len(), 2);
}

#[actix_web::test]
async fn a_user_can_end_the_session_at_hand_and_the_browser_forgets_it() {
    let api = World::with_alice().api().await;
    let here = Browser::log_in(&api).await;
    let ended = here.delete(&api, &format!("/auth/sessions/{}", here.id)).await;
    assert_eq!(ended.status, 204);
    let logout = api.ask(post("/auth/logout")).await;
    assert_eq!(ended.set_cookies(), logout.set_cookies());
    here.assert_ended(&api).await;

    let bearer = api.log_in_with(json!({"delivery": "body"})).await;
    let path = format!("/auth/sessions/{}", bearer.json()["session"]["id"].as_str().unwrap());
    let token = Tokens::of_body(&bearer).access;
    let ended = api.ask(with_bearer(TestRequest::delete().uri(&path), &token)).await;
    assert_eq!(ended.status, 204);
    assert_eq!(ended.set_cookies(), Vec::<String>::new());
    api.ask(with_bearer(get("/secure"), &token)).await.assert_unauthorized("session_ended", "login");
}

#[actix_web::test]
async fn a_session_is_ended_once_however_often_a_proxy_asks() {
    let api = World::with_alice().api().await;
    let (here, lost) = (Browser::log_in(&api).await, Browser::log_in(&api).await);
    for _ in 0..2 {
        let ended = here.delete(&api, &format!("/auth/sessions/{}", lost.id)).await;
        assert_eq!((ended.status.as_u16(), ended.body.as_str()), (204, ""));
        lost.assert_ended(&api).await;
    }
    here.assert_lives(&api).await;
}

#[actix_web::test]
async fn what_is_no_session_of_the_user_is_told_in_one_answer() {
    let world = World::with_alice();
    let bob = sample_user("bob");
    world.add_user(&bob, &concierge_contracts::user_store::sample_hash("bob"));
    let bobs = world.opener().open(bob.id, Delivery::Cookie, false, &Device::default()).unwrap();
    let api = world.api().await;
    let here = Browser::log_in(&api).await;
    let never = "019aa2b4-5c00-7000-8000-000000000001";
    let mut told = Vec::new();
    for id in [&*bobs.session.id.to_string(), never, "x", "%2e%2e", "%ff", "019aa2b4"] {
        let answer = here.delete(&api, &format!("/auth/sessions/{id}")).await;
        answer.assert_problem(404, "session_not_found");
        told.push(answer.json()["detail"].clone());
    }
    told.dedup();
    assert_eq!(told.len(), 1);
    assert_eq!(api.refresh(&bobs.refresh_token).await.status, 201);
    let stranger = TestRequest::delete().uri("/auth/sessions/x");
    api.ask(stranger).await.assert_unauthorized("token_missing", "login");
}

#[actix_web::test]
async fn all_other_sessions_of_the_user_end_at_once_and_nobody_elses() {
    let world = World::with_alice();
    let bob = sample_user("bob");
    world.add_user(&bob, &concierge_contracts::user_store::sample_hash("bob"));
    let bobs = world.opener().open(bob.id, Delivery::Cookie, false, &Device::default()).unwrap();
    let api = world.api().await;
    let (here, one, other) =
        (Browser::log_in(&api).await, Browser::log_in(&api).await, Browser::log_in(&api).await);
    for _ in 0..2 {
        assert_eq!(here.delete(&api, "/auth/sessions").await.status, 204);
        one.assert_ended(&api).await;
        other.assert_ended(&api).await;
        here.assert_lives(&api).await;
    }
    assert_eq!(here.list(&api).await.len(), 1);
    assert_eq!(api.refresh(&here.tokens.refresh).await.status, 201);
    assert_eq!(api.refresh(&bobs.refresh_token).await.status, 201);
}

#[actix_web::test]
async fn a_late_refresh_brings_back_no_session_that_was_ended() {
    let world = World::with_alice();
    let api = world.api().await;
    let (here, lost) = (Browser::log_in(&api).await, Browser::log_in(&api).await);
    let next = Tokens::of_cookies(&api.refresh(&lost.tokens.refresh).await);
    here.delete(&api, "/auth/sessions").await;
    for token in [&lost.tokens.refresh, &next.refresh] {
        api.refresh(token).await.assert_unauthorized("session_ended", "login");
    }
    assert_eq!(here.list(&api).await.len(), 1);
}
