//! The visitor cookie: its lines to the letter, and its end by the server's own clock.

use crate::support::{Answer, Api, World, cookies, get};

async fn set(api: &Api, query: &str) -> Answer {
    let answer = api.ask(get(&format!("/set-cookie{query}"))).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["message"]), (200, &"Cookie is set!".into()));
    answer
}

async fn look(api: &Api, cookie: &str) -> Answer {
    api.ask(cookies(get("/get-cookie"), &[("visitor", cookie)])).await
}

#[track_caller]
fn assert_none(answer: &Answer) {
    answer.assert_problem(404, "no_cookie");
    assert_eq!(answer.json()["message"], "No cookie found!");
}

/// The only line that sets a cookie, with the value replaced.
fn line(answer: &Answer) -> String {
    let lines = answer.set_cookies();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let (name, rest) = lines[0].split_once('=').unwrap();
    let (value, attributes) = rest.split_once(';').unwrap();
    format!("{name}={};{attributes}", if value.is_empty() { "" } else { "<visitor>" })
}

#[actix_web::test]
async fn a_cookie_says_its_lifetime_and_is_cleared_as_it_was_set() {
    let mut world = World::new();
    let api = world.api().await;
    let plain = "visitor=<visitor>; HttpOnly; SameSite=Lax; Path=/";
    for (query, age) in [
        ("", "; Max-Age=60"),
        ("?lifetime=", "; Max-Age=60"),
        ("?lifetime=1", "; Max-Age=1"),
        ("?lifetime=31536000", "; Max-Age=31536000"),
        ("?lifetime=browser", ""),
    ] {
        assert_eq!(line(&set(&api, query).await), format!("{plain}{age}"), "{query}");
    }
    let deleted = api.ask(get("/delete-cookie")).await;
    assert_eq!(line(&deleted), "visitor=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    assert_eq!(deleted.json(), serde_json::json!({"message": "Cookie deleted", "msg": "Cookie deleted"}));

    world.own = "https://api.example.com";
    let api = world.api().await;
    let secure = "HttpOnly; SameSite=Lax; Secure; Path=/";
    assert_eq!(line(&set(&api, "").await), format!("__Host-visitor=<visitor>; {secure}; Max-Age=60"));
    let deleted = api.ask(get("/delete-cookie")).await;
    assert_eq!(line(&deleted), format!("__Host-visitor=; {secure}; Max-Age=0"));
}

#[actix_web::test]
async fn a_copy_of_a_cookie_does_not_outlive_it() {
    let world = World::new();
    let api = world.api().await;
    for (query, lifetime) in [("", 60), ("?lifetime=1", 1), ("?lifetime=31536000", 31_536_000)] {
        let copy = set(&api, query).await.cookie("visitor").unwrap();
        world.wait(lifetime - 1);
        world.clock.advance(std::time::Duration::from_micros(999_999));
        let found = look(&api, &copy).await;
        assert_eq!(found.status, 200, "{query}");
        assert_eq!(found.json()["message"], "Cookie retrieved!");
        world.clock.advance(std::time::Duration::from_micros(1));
        assert_none(&look(&api, &copy).await);
    }
}

#[actix_web::test]
async fn a_cookie_until_the_browser_closes_has_no_end_of_its_own() {
    let world = World::new();
    let api = world.api().await;
    let cookie = set(&api, "?lifetime=browser").await.cookie("visitor").unwrap();
    let token = look(&api, &cookie).await.json()["token"].clone();
    world.wait(10 * 31_536_000);
    assert_eq!(look(&api, &cookie).await.json()["token"], token);
}

#[actix_web::test]
async fn setting_a_cookie_anew_starts_anew() {
    let world = World::new();
    let api = world.api().await;
    let short = set(&api, "?lifetime=1").await.cookie("visitor").unwrap();
    let renew = cookies(get("/set-cookie?lifetime=browser"), &[("visitor", &short)]);
    let renewed = api.ask(renew).await.cookie("visitor").unwrap();
    let token = look(&api, &renewed).await.json()["token"].clone();
    assert_ne!(look(&api, &short).await.json()["token"], token);
    world.wait(3600);
    assert_eq!(look(&api, &renewed).await.json()["token"], token, "nothing is left of the old lifetime");
}

#[actix_web::test]
async fn a_cookie_that_is_missing_or_not_ours_is_no_cookie() {
    let api = World::new().api().await;
    assert_none(&api.ask(get("/get-cookie")).await);
    let mut other = World::new();
    other.web.visitor_key = [8; 64];
    let foreign = set(&other.api().await, "").await.cookie("visitor").unwrap();
    let genuine = set(&api, "").await.cookie("visitor").unwrap();
    for value in ["", "nonsense", "%00", &foreign, &genuine[1..]] {
        assert_none(&look(&api, value).await);
    }
    // Whatever came along, the browser is told to forget it.
    let deleted = api.ask(cookies(get("/delete-cookie"), &[("visitor", &foreign)])).await;
    assert_eq!(line(&deleted), "visitor=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
}

#[actix_web::test]
async fn a_lifetime_that_is_none_sets_no_cookie() {
    let api = World::new().api().await;
    for query in ["lifetime=never", "lifetime=0", "lifetime=-1", "lifetime=31536001", "lifetime=1&lifetime=2"]
    {
        let answer = api.ask(get(&format!("/set-cookie?{query}"))).await;
        answer.assert_problem(400, "invalid_lifetime");
        assert_eq!(answer.set_cookies(), Vec::<String>::new(), "{query}");
    }
}

#[actix_web::test]
async fn looking_at_a_cookie_does_not_set_it() {
    let api = World::new().api().await;
    let cookie = set(&api, "").await.cookie("visitor").unwrap();
    assert_eq!(look(&api, &cookie).await.set_cookies(), Vec::<String>::new());
    assert_eq!(look(&api, "nonsense").await.set_cookies(), Vec::<String>::new());
}
