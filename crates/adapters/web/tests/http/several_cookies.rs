//! Several cookies of one name, as when an older one with another path or domain is still in the browser.

use actix_web::test::TestRequest;

use crate::support::{Tokens, World, cookies, get, post, with_csrf};

/// The same cookies in every order.
fn orders<'a>(name: &'a str, values: [&'a str; 3]) -> Vec<Vec<(&'a str, &'a str)>> {
    let [a, b, c] = values;
    [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]]
        .map(|order| order.map(|value| (name, value)).to_vec())
        .to_vec()
}

#[actix_web::test]
async fn the_newest_authentic_access_token_counts_in_whatever_order_they_come() {
    let world = World::with_alice();
    let api = world.api().await;
    let old = api.log_in().await;
    world.wait(1);
    let new = api.log_in().await;
    let expected = api.session(&new.access).await.json()["session"]["id"].clone();
    assert_ne!(api.session(&old.access).await.json()["session"]["id"], expected);
    for jar in orders("access_token", [&old.access, &new.access, "forged"]) {
        let answer = api.ask(cookies(get("/auth/session"), &jar)).await;
        assert_eq!(answer.json()["session"]["id"], expected, "{jar:?}");
    }
}

#[actix_web::test]
async fn an_expired_or_forged_cookie_does_not_stand_in_the_way_of_a_good_one() {
    let world = World::with_alice();
    let api = world.api().await;
    let expired = api.log_in().await;
    world.wait(905);
    let good = api.log_in().await;
    for jar in orders("access_token", [&expired.access, "forged", &good.access]) {
        assert_eq!(api.ask(cookies(get("/secure"), &jar)).await.status, 200, "{jar:?}");
    }
    for jar in orders("access_token", [&expired.access, "forged", &good.refresh]) {
        let answer = api.ask(cookies(get("/secure"), &jar)).await;
        answer.assert_unauthorized("token_expired", "refresh");
    }
}

#[actix_web::test]
async fn cookies_in_several_headers_count_as_in_one() {
    let world = World::with_alice();
    let api = world.api().await;
    let tokens = api.log_in().await;
    let request: TestRequest = get("/secure")
        .append_header(("Cookie", "theme=dark; access_token=forged"))
        .append_header(("Cookie", format!("access_token={}", tokens.access)));
    assert_eq!(api.ask(request).await.status, 200);
}

#[actix_web::test]
async fn the_newest_authentic_refresh_token_counts_in_whatever_order_they_come() {
    let world = World::with_alice();
    let api = world.api().await;
    let mut sessions = Vec::new();
    for _ in 0..6 {
        sessions.push(api.log_in().await);
        world.wait(1);
    }
    let new = api.log_in().await;
    let expected = api.session(&new.access).await.json()["session"]["id"].clone();
    let mut living = new.refresh.clone();
    for (place, old) in sessions.iter().enumerate() {
        let jar = orders("refresh_token", [&old.refresh, &living, "forged"])[place].clone();
        let answer = api.ask(with_csrf(cookies(post("/auth/refresh"), &jar), &new.csrf)).await;
        assert_eq!(answer.json()["session"]["id"], expected, "{jar:?}");
        living = Tokens::of_cookies(&answer).refresh;
    }
}
