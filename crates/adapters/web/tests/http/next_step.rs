//! What a client that is answered 401 is told to do next: refresh, or ask its user to log in.

use crate::support::{World, cookies, get, post, with_bearer};

#[actix_web::test]
async fn outside_auth_a_missing_or_expired_access_token_asks_for_a_refresh() {
    let world = World::with_alice();
    let api = world.api().await;
    let tokens = api.log_in().await;
    let bearer = api.log_in_for_body().await;
    api.ask(get("/secure")).await.assert_unauthorized("token_missing", "refresh");
    let empty = cookies(get("/secure"), &[("access_token", "")]);
    api.ask(empty).await.assert_unauthorized("token_missing", "refresh");
    world.wait(905);
    let expired = cookies(get("/secure"), &[("access_token", &tokens.access)]);
    api.ask(expired).await.assert_unauthorized("token_expired", "refresh");
    let expired = with_bearer(get("/secure"), &bearer.access);
    api.ask(expired).await.assert_unauthorized("token_expired", "refresh");
}

#[actix_web::test]
async fn inside_auth_only_a_refresh_cookie_makes_a_refresh_worth_trying() {
    let world = World::with_alice();
    let api = world.api().await;
    let tokens = api.log_in().await;
    let refresh = ("refresh_token", tokens.refresh.as_str());
    let session = |pairs: &[(&str, &str)]| cookies(get("/auth/session"), pairs);
    api.ask(get("/auth/session")).await.assert_unauthorized("token_missing", "login");
    api.ask(session(&[refresh])).await.assert_unauthorized("token_missing", "refresh");
    world.wait(905);
    let access = ("access_token", tokens.access.as_str());
    api.ask(session(&[access])).await.assert_unauthorized("token_expired", "login");
    api.ask(session(&[access, refresh])).await.assert_unauthorized("token_expired", "refresh");
}

#[actix_web::test]
async fn a_token_that_is_not_ours_asks_for_a_login() {
    let api = World::with_alice().api().await;
    let tokens = api.log_in().await;
    let foreign = World::with_alice().api().await.log_in().await;
    for token in ["nonsense", &tokens.refresh, &foreign.access] {
        for path in ["/secure", "/auth/session"] {
            let pairs = [("access_token", token), ("refresh_token", &tokens.refresh)];
            let answer = api.ask(cookies(get(path), &pairs)).await;
            answer.assert_unauthorized("token_invalid", "login");
        }
    }
}

#[actix_web::test]
async fn a_token_of_a_session_that_was_revoked_asks_for_a_login() {
    let api = World::with_alice().api().await;
    let tokens = api.log_in().await;
    api.ask(cookies(post("/auth/logout"), &[("access_token", &tokens.access)])).await;
    let pairs = [("access_token", tokens.access.as_str()), ("refresh_token", tokens.refresh.as_str())];
    for path in ["/secure", "/auth/session"] {
        api.ask(cookies(get(path), &pairs)).await.assert_unauthorized("session_ended", "login");
    }
}

#[actix_web::test]
async fn a_token_from_the_future_asks_for_a_login() {
    let mut world = World::with_alice();
    let ahead = World::with_alice();
    ahead.wait(60);
    world.signer = ahead.signer.clone();
    let tokens = ahead.api().await.log_in().await;
    let api = world.api().await;
    let answer = api.ask(cookies(get("/secure"), &[("access_token", &tokens.access)])).await;
    answer.assert_unauthorized("token_invalid", "login");
    api.refresh(&tokens.refresh).await.assert_unauthorized("token_invalid", "login");
}
