//! Logging out is answered 200 and clears every cookie, whatever state the tokens are in.

use actix_web::test::TestRequest;
use concierge_kernel::StoreFailure;

use crate::support::{Answer, Api, FRONTEND, Tokens, World, cookies, get, post, with_bearer};

const CLEARED: [&str; 3] = [
    "access_token=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0",
    "refresh_token=; HttpOnly; SameSite=Lax; Path=/auth; Max-Age=0",
    "csrf_token=; SameSite=Lax; Path=/; Max-Age=0",
];

#[track_caller]
fn assert_logged_out(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    // Of several cookies of a name, all but today's variant are expired as well.
    let (of_today, others): (Vec<_>, Vec<_>) =
        answer.set_cookies().into_iter().partition(|line| !line.contains("Partitioned"));
    assert_eq!(of_today, CLEARED);
    assert!(others.iter().all(|line| line.contains("_token=;") && line.contains("Max-Age=0")), "{others:?}");
}

async fn log_out(api: &Api, request: impl FnOnce(TestRequest) -> TestRequest) {
    assert_logged_out(&api.ask(request(post("/auth/logout"))).await);
}

async fn is_over(api: &Api, tokens: &Tokens) -> bool {
    let answer = api.refresh(&tokens.refresh).await;
    if answer.status == 401 {
        answer.assert_unauthorized("session_ended", "login");
        api.session(&tokens.access).await.assert_unauthorized("session_ended", "login");
    }
    answer.status == 401
}

#[actix_web::test]
async fn either_cookie_ends_its_session() {
    let api = World::with_alice().api().await;
    let tokens = api.log_in().await;
    log_out(&api, |request| cookies(request, &[("access_token", &tokens.access)])).await;
    assert!(is_over(&api, &tokens).await);
    let tokens = api.log_in().await;
    log_out(&api, |request| cookies(request, &[("refresh_token", &tokens.refresh)])).await;
    assert!(is_over(&api, &tokens).await);
}

#[actix_web::test]
async fn there_is_no_grace_after_a_logout() {
    let api = World::with_alice().api().await;
    let first = api.log_in().await;
    let second = Tokens::of_cookies(&api.refresh(&first.refresh).await);
    log_out(&api, |request| cookies(request, &[("access_token", &second.access)])).await;
    for refresh_token in [&first.refresh, &second.refresh] {
        api.refresh(refresh_token).await.assert_unauthorized("session_ended", "login");
    }
}

#[actix_web::test]
async fn an_expired_access_token_still_ends_its_session() {
    let world = World::with_alice();
    let api = world.api().await;
    let tokens = api.log_in().await;
    world.wait(24 * 3600);
    log_out(&api, |request| cookies(request, &[("access_token", &tokens.access)])).await;
    assert!(!api.refresh(&tokens.refresh).await.status.is_success());
}

#[actix_web::test]
async fn whatever_comes_along_the_answer_is_200_and_clears_the_cookies() {
    let world = World::with_alice();
    let api = world.api().await;
    let tokens = api.log_in().await;
    log_out(&api, |request| request).await;
    for value in ["", "nonsense", "a=b", "\"\""] {
        let jar = [("access_token", value), ("refresh_token", value), ("csrf_token", value)];
        log_out(&api, |request| cookies(request, &jar)).await;
    }
    for _ in 0..2 {
        log_out(&api, |request| cookies(request, &[("refresh_token", &tokens.refresh)])).await;
    }
    world.wait(2_592_000 * 2);
    log_out(&api, |request| cookies(request, &[("refresh_token", &tokens.refresh)])).await;
    // A body of whatever kind is none of its business.
    log_out(&api, |request| request.set_payload("{")).await;
}

#[actix_web::test]
async fn a_bearer_ends_its_session_and_not_that_of_the_cookies() {
    let api = World::with_alice().api().await;
    let (by_cookie, by_bearer) = (api.log_in().await, api.log_in_for_body().await);
    let jar = [("access_token", by_cookie.access.as_str()), ("refresh_token", by_cookie.refresh.as_str())];
    log_out(&api, |request| with_bearer(cookies(request, &jar), &by_bearer.access)).await;
    let ended = api.ask(with_bearer(get("/auth/session"), &by_bearer.access)).await;
    ended.assert_unauthorized("session_ended", "login");
    assert_eq!(api.session(&by_cookie.access).await.status, 200);
}

#[actix_web::test]
async fn a_bad_bearer_ends_nothing() {
    let api = World::with_alice().api().await;
    let tokens = api.log_in().await;
    let jar = [("access_token", tokens.access.as_str()), ("refresh_token", tokens.refresh.as_str())];
    for value in ["Bearer", "Bearer nonsense", "Bearer a b"] {
        log_out(&api, |request| cookies(request, &jar).insert_header(("Authorization", value))).await;
        assert_eq!(api.session(&tokens.access).await.status, 200, "{value}");
    }
}

#[actix_web::test]
async fn cookies_of_several_sessions_end_them_all() {
    let api = World::with_alice().api().await;
    let (one, other, third) = (api.log_in().await, api.log_in().await, api.log_in().await);
    let jar = [
        ("access_token", one.access.as_str()),
        ("access_token", "forged"),
        ("access_token", other.access.as_str()),
        ("refresh_token", third.refresh.as_str()),
    ];
    log_out(&api, |request| cookies(request, &jar)).await;
    for tokens in [&one, &other, &third] {
        assert!(is_over(&api, tokens).await);
    }
}

#[actix_web::test]
async fn a_session_that_could_not_be_ended_is_not_reported_as_ended() {
    let world = World::with_alice();
    let api = world.api().await;
    let tokens = api.log_in().await;
    world.sessions.fault.break_only("revoke", || StoreFailure::Unavailable("no connection".into()));
    let request = cookies(post("/auth/logout"), &[("access_token", &tokens.access)]);
    let answer = api.ask(request.insert_header(("Origin", FRONTEND))).await;
    answer.assert_problem(503, "store_unavailable");
    assert_eq!(answer.set_cookies(), Vec::<String>::new(), "the browser keeps what it needs to try again");
}
