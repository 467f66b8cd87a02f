//! The CSRF token: where it is told, and to whom. The table of every combination of headers stands where the binary
//! is tested.

use actix_web::http::Method;
use actix_web::test::TestRequest;

use crate::support::{Answer, Api, STRANGER, World, cookies, get, post, with_bearer, with_csrf};

async fn tell(api: &Api, pairs: &[(&str, &str)]) -> Answer {
    api.ask(cookies(get("/auth/csrf"), pairs)).await
}

#[track_caller]
fn assert_told(answer: &Answer, token: &str) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json(), serde_json::json!({"csrf_token": token}));
    assert_eq!(answer.set_cookies(), Vec::<String>::new());
}

#[actix_web::test]
async fn either_cookie_and_a_bearer_tell_the_session_whose_token_is_asked_for() {
    let world = World::with_alice();
    let api = world.api().await;
    let (tokens, other) = (api.log_in().await, api.log_in_for_body().await);
    assert_ne!(tokens.csrf, other.csrf);
    let (access, refresh) = (("access_token", &*tokens.access), ("refresh_token", &*tokens.refresh));
    for jar in [&[access][..], &[refresh], &[access, refresh]] {
        assert_told(&tell(&api, jar).await, &tokens.csrf);
        let by_bearer = with_bearer(cookies(get("/auth/csrf"), jar), &other.access);
        assert_told(&api.ask(by_bearer).await, &other.csrf);
    }
    // An hour later the refresh cookie is all that is left.
    world.wait(3600);
    for jar in [&[refresh][..], &[access, refresh]] {
        assert_told(&tell(&api, jar).await, &tokens.csrf);
    }
}

#[actix_web::test]
async fn asking_for_the_token_uses_no_refresh_token_up() {
    let world = World::with_alice();
    let api = world.api().await;
    let first = api.log_in().await;
    let second = api.refresh(&first.refresh).await.cookie("refresh_token").unwrap();
    let third = api.refresh(&second).await.cookie("refresh_token").unwrap();
    world.wait(11);
    // To refresh with the first would be a theft by now.
    for token in [&first.refresh, &second, &third, &third] {
        assert_told(&tell(&api, &[("refresh_token", token)]).await, &first.csrf);
    }
    assert_eq!(api.refresh(&third).await.status, 201);
}

#[actix_web::test]
async fn nobody_is_told_without_a_living_session() {
    let world = World::with_alice();
    let api = world.api().await;
    let (tokens, by_body) = (api.log_in().await, api.log_in_for_body().await);
    let (access, refresh) = (("access_token", &*tokens.access), ("refresh_token", &*tokens.refresh));
    let forged = ("access_token", "nonsense");
    tell(&api, &[]).await.assert_unauthorized("token_missing", "login");
    tell(&api, &[("refresh_token", "nonsense")]).await.assert_unauthorized("token_invalid", "login");
    tell(&api, &[forged, refresh]).await.assert_unauthorized("token_invalid", "login");
    let other_kind = [("refresh_token", &*by_body.refresh)];
    tell(&api, &other_kind).await.assert_unauthorized("token_invalid", "login");
    for value in ["Bearer", "Bearer nonsense", &format!("Bearer {}", tokens.refresh)] {
        let request = cookies(get("/auth/csrf"), &[access, refresh]).insert_header(("Authorization", value));
        api.ask(request).await.assert_unauthorized("token_invalid", "login");
    }
    world.wait(905);
    tell(&api, &[access]).await.assert_unauthorized("token_expired", "login");
    let expired = api.ask(with_bearer(get("/auth/csrf"), &by_body.access)).await;
    expired.assert_unauthorized("token_expired", "refresh");
    api.ask(cookies(post("/auth/logout"), &[access])).await;
    tell(&api, &[access, refresh]).await.assert_unauthorized("session_ended", "login");
    world.wait(2_592_005);
    tell(&api, &[refresh]).await.assert_unauthorized("token_expired", "login");
}

#[actix_web::test]
async fn the_token_of_another_session_is_a_mismatch_and_none_is_missing() {
    let api = World::with_alice().api().await;
    let (tokens, other) = (api.log_in().await, api.log_in().await);
    let refresh = || cookies(post("/auth/refresh"), &[("refresh_token", &tokens.refresh)]);
    api.ask(refresh()).await.assert_problem(403, "csrf_token_missing");
    for wrong in [&*other.csrf, "", &tokens.csrf[1..], &format!("{0}, {0}", tokens.csrf)] {
        api.ask(with_csrf(refresh(), wrong)).await.assert_problem(403, "csrf_token_mismatch");
    }
    let twice = refresh()
        .append_header(("X-CSRF-Token", &*tokens.csrf))
        .append_header(("X-CSRF-Token", &*tokens.csrf));
    api.ask(twice).await.assert_problem(403, "csrf_token_mismatch");
    // The cookie that a browser sends along proves nothing.
    let jar = [("refresh_token", &*tokens.refresh), ("csrf_token", &*tokens.csrf)];
    let answer = api.ask(cookies(post("/auth/refresh"), &jar)).await;
    answer.assert_problem(403, "csrf_token_missing");
    assert_eq!(answer.set_cookies(), Vec::<String>::new());
    let answer = api.ask(with_csrf(refresh(), &tokens.csrf)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

#[actix_web::test]
async fn escapes_in_a_path_are_no_way_around_the_origin_check() {
    let api = World::new().api().await;
    for path in ["/set-cookie", "/%73et-cookie", "/set%2dcookie", "/%64elete-cookie", "/delete-cooki%65?a=b"]
    {
        for method in [Method::GET, Method::HEAD] {
            let request = || TestRequest::default().method(method.clone()).uri(path);
            let passed = api.ask(request()).await;
            assert_eq!((passed.status.as_u16(), passed.set_cookies().len()), (200, 1), "{path}");
            for sign in [("Origin", STRANGER), ("Sec-Fetch-Site", "cross-site")] {
                let refused = api.ask(request().insert_header(sign)).await;
                assert_eq!((refused.status.as_u16(), refused.set_cookies().len()), (403, 0), "{path}");
            }
        }
    }
}

#[actix_web::test]
async fn a_refusal_by_fetch_metadata_says_what_was_wrong() {
    let api = World::new().api().await;
    let request = post("/auth/logout").insert_header(("Sec-Fetch-Site", "cross-site"));
    let answer = api.ask(request).await;
    answer.assert_problem(403, "origin_not_allowed");
    assert!(answer.json()["detail"].as_str().unwrap().contains("Sec-Fetch-Site"), "{}", answer.body);
    assert_eq!(answer.header("vary"), Some("Origin"));
    assert!(answer.cors().is_empty());
}
