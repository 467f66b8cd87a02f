//! Refreshing by cookie: what is answered, and every way to be refused.

use crate::support::{Tokens, World, cookies, post};

#[actix_web::test]
async fn a_refresh_answers_with_the_session_and_new_tokens() {
    let world = World::with_alice();
    let api = world.api().await;
    let first = api.log_in().await;
    let before = api.session(&first.access).await.json();
    world.wait(700);
    let answer = api.refresh(&first.refresh).await;
    assert_eq!(answer.status, 201);
    let second = Tokens::of_cookies(&answer);
    assert_ne!((&first.access, &first.refresh), (&second.access, &second.refresh));
    let body = answer.json();
    assert_eq!((&body["user"], &body["csrf_token"]), (&before["user"], &before["csrf_token"]));
    assert_eq!(body["session"]["id"], before["session"]["id"]);
    assert_eq!(body["session"]["expires_in"], 900);
    assert_eq!(body["session"]["refresh_expires_in"], 2_592_000);
    assert!(body.get("tokens").is_none());
}

#[actix_web::test]
async fn the_session_tells_its_times_relative_to_now() {
    let world = World::with_alice();
    let api = world.api().await;
    let tokens = api.log_in().await;
    let times = |body: serde_json::Value| {
        ["expires_in", "refresh_after", "refresh_expires_in"]
            .map(|name| body["session"][name].as_u64().unwrap())
    };
    let [expires_in, refresh_after, refresh_expires_in] = times(api.session(&tokens.access).await.json());
    assert_eq!((expires_in, refresh_expires_in), (900, 2_592_000));
    assert!((675..=765).contains(&refresh_after), "{refresh_after}");
    world.wait(600);
    let later = times(api.session(&tokens.access).await.json());
    assert_eq!(later, [expires_in - 600, refresh_after - 600, refresh_expires_in - 600]);
    // In the leeway the token still works, and all that is left to do is to refresh.
    world.wait(304);
    let body = api.session(&tokens.access).await.json();
    assert_eq!(times(body), [0, 0, refresh_expires_in - 904]);
}

#[actix_web::test]
async fn a_token_of_a_second_or_two_is_never_to_be_refreshed_at_once() {
    for ttl in 1..=5 {
        let mut world = World::with_alice();
        world.policy.access_ttl = std::time::Duration::from_secs(ttl);
        let body = world.api().await.log_in_with(serde_json::json!({})).await.json();
        let after = body["session"]["refresh_after"].as_u64().unwrap();
        assert!((1..=ttl).contains(&after), "{after} of {ttl}");
        assert_eq!(body["session"]["expires_in"], ttl);
    }
}

#[actix_web::test]
async fn racing_tabs_are_all_answered_with_the_same_living_token() {
    let world = World::with_alice();
    let api = world.api().await;
    let first = api.log_in().await;
    let living = Tokens::of_cookies(&api.refresh(&first.refresh).await).refresh;
    let inspect = |token: &str| concierge_tokens::TokenSigner::verify_refresh(world.signer.as_ref(), token);
    for _ in 0..5 {
        world.wait(2);
        let answer = api.refresh(&first.refresh).await;
        assert_eq!(answer.status, 201);
        assert_eq!(inspect(&Tokens::of_cookies(&answer).refresh), inspect(&living));
    }
    assert_eq!(api.refresh(&living).await.status, 201);
}

#[actix_web::test]
async fn every_refresh_token_that_is_no_good_asks_for_a_login() {
    let world = World::with_alice();
    let api = world.api().await;
    let tokens = api.log_in().await;
    api.ask(post("/auth/refresh")).await.assert_unauthorized("token_missing", "login");
    api.refresh("").await.assert_unauthorized("token_missing", "login");
    api.refresh("nonsense").await.assert_unauthorized("token_invalid", "login");
    api.refresh(&tokens.access).await.assert_unauthorized("token_invalid", "login");
    let only_access = cookies(post("/auth/refresh"), &[("access_token", &tokens.access)]);
    api.ask(only_access).await.assert_unauthorized("token_missing", "login");
    world.wait(2_592_005);
    api.refresh(&tokens.refresh).await.assert_unauthorized("token_expired", "login");
}

#[actix_web::test]
async fn a_stolen_refresh_token_ends_the_session_and_says_no_more_than_a_logout_would() {
    let world = World::with_alice();
    let api = world.api().await;
    let stolen = api.log_in().await.refresh;
    let second = Tokens::of_cookies(&api.refresh(&stolen).await);
    let third = Tokens::of_cookies(&api.refresh(&second.refresh).await);
    world.wait(11);
    let theft = api.refresh(&stolen).await;
    theft.assert_unauthorized("session_ended", "login");
    let owners = api.refresh(&third.refresh).await;
    owners.assert_unauthorized("session_ended", "login");
    assert_eq!(theft.json()["detail"], owners.json()["detail"]);
    api.session(&third.access).await.assert_unauthorized("session_ended", "login");
}
