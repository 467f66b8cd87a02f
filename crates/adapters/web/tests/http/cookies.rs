//! The table of cookie attributes: every `Set-Cookie` line to the letter, with the token's value replaced.

use concierge_origins::CookieDomain;
use serde_json::json;

use crate::support::{Answer, PASSWORD, World, cookies, credentials, post, post_json, with_csrf};

/// A way to set cookies, and the lines it gives without `Max-Age`: access token, refresh token, CSRF token.
struct Case {
    https: bool,
    domain: Option<&'static str>,
    lines: [&'static str; 3],
}

const CASES: [Case; 4] = [
    Case {
        https: false,
        domain: None,
        lines: [
            "access_token=<access>; HttpOnly; SameSite=Lax; Path=/",
            "refresh_token=<refresh>; HttpOnly; SameSite=Lax; Path=/auth",
            "csrf_token=<csrf>; SameSite=Lax; Path=/",
        ],
    },
    Case {
        https: true,
        domain: None,
        lines: [
            "__Host-access_token=<access>; HttpOnly; SameSite=Lax; Secure; Path=/",
            "__Secure-refresh_token=<refresh>; HttpOnly; SameSite=Lax; Secure; Path=/auth",
            "__Host-csrf_token=<csrf>; SameSite=Lax; Secure; Path=/",
        ],
    },
    Case {
        https: false,
        domain: Some("example.com"),
        lines: [
            "access_token=<access>; HttpOnly; SameSite=Lax; Path=/; Domain=example.com",
            "refresh_token=<refresh>; HttpOnly; SameSite=Lax; Path=/auth; Domain=example.com",
            "csrf_token=<csrf>; SameSite=Lax; Path=/; Domain=example.com",
        ],
    },
    Case {
        https: true,
        domain: Some("example.com"),
        lines: [
            "__Secure-access_token=<access>; HttpOnly; SameSite=Lax; Secure; Path=/; Domain=example.com",
            "__Secure-refresh_token=<refresh>; HttpOnly; SameSite=Lax; Secure; Path=/auth; Domain=example.com",
            "__Secure-csrf_token=<csrf>; SameSite=Lax; Secure; Path=/; Domain=example.com",
        ],
    },
];

impl Case {
    fn world(&self) -> World {
        let mut world = World::with_alice();
        world.web.https = self.https;
        world.own = if self.https { "https://api.example.com" } else { "http://api.example.com" };
        world.cookies.domain = self.domain.and_then(|domain| CookieDomain::parse(domain).ok());
        world
    }

    fn name(&self, place: usize) -> &'static str {
        self.lines[place].split('=').next().unwrap()
    }

    /// The lines that set cookies for so many seconds, or until the browser closes.
    fn set(&self, ages: Option<[u64; 3]>) -> Vec<String> {
        let with_age = |(place, line): (usize, &&str)| {
            ages.map_or((*line).to_owned(), |ages| format!("{line}; Max-Age={}", ages[place]))
        };
        self.lines.iter().enumerate().map(with_age).collect()
    }

    /// The lines that clear them.
    fn cleared(&self) -> Vec<String> {
        let empty = ["<access>", "<refresh>", "<csrf>"];
        let lines = self.set(Some([0; 3]));
        lines.iter().zip(empty).map(|(line, value)| line.replace(value, "")).collect()
    }
}

/// The lines of an answer, with each value replaced by what it is.
fn lines(answer: &Answer) -> Vec<String> {
    let csrf = answer.json()["csrf_token"].as_str().unwrap_or("none").to_owned();
    let replaced = |line: String| {
        let (name, rest) = line.split_once('=').unwrap();
        let (value, attributes) = rest.split_once(';').unwrap();
        let kind = match value {
            "" => "",
            _ if value.starts_with("access-") => "<access>",
            _ if value.starts_with("refresh-") => "<refresh>",
            _ if value == csrf => "<csrf>",
            _ => "<something else>",
        };
        format!("{name}={kind};{attributes}")
    };
    answer.set_cookies().into_iter().map(replaced).collect()
}

#[actix_web::test]
async fn cookies_are_set_and_cleared_with_exactly_these_attributes() {
    for case in &CASES {
        for (remember, ages) in [(false, None), (true, Some([900, 2_592_000, 2_592_000]))] {
            let world = case.world();
            let api = world.api().await;
            let newcomer = json!({"username": "bob", "password": PASSWORD, "remember": remember});
            let registered = api.ask(post_json("/auth/register", &newcomer)).await;
            assert_eq!(lines(&registered), case.set(ages), "register");

            let logged_in = api.log_in_with(json!({"remember": remember})).await;
            assert_eq!(lines(&logged_in), case.set(ages), "login");

            world.wait(700);
            let token = logged_in.cookie(case.name(1)).unwrap();
            let csrf = logged_in.cookie(case.name(2)).unwrap();
            let refresh = cookies(post("/auth/refresh"), &[(case.name(1), &token)]);
            let refreshed = api.ask(with_csrf(refresh, &csrf)).await;
            assert_eq!(refreshed.status, 201, "{}", refreshed.body);
            assert_eq!(lines(&refreshed), case.set(ages), "refresh");

            let token = refreshed.cookie(case.name(0)).unwrap();
            let left = api.ask(cookies(post("/auth/logout"), &[(case.name(0), &token)])).await;
            assert_eq!(left.status, 200);
            assert_eq!(lines(&left), case.cleared(), "logout");
        }
    }
}

#[actix_web::test]
async fn without_the_field_remember_cookies_end_with_the_browser() {
    let api = World::with_alice().api().await;
    let answer = api.ask(post_json("/auth/login", &credentials(json!({})))).await;
    assert_eq!(lines(&answer), CASES[0].set(None));
}

#[actix_web::test]
async fn a_replayed_refresh_cookie_lasts_only_as_long_as_the_living_token() {
    let world = World::with_alice();
    let api = world.api().await;
    let logged_in = api.log_in_with(json!({"remember": true})).await;
    let first = logged_in.cookie("refresh_token").unwrap();
    api.refresh(&first).await;
    world.wait(3600);
    let replayed = api.refresh(&first).await;
    let left = 2_592_000 - 3600;
    assert_eq!(lines(&replayed), CASES[0].set(Some([900, left, left])));
    assert_eq!(replayed.json()["session"]["refresh_expires_in"], left);
}

#[actix_web::test]
async fn a_session_that_was_remembered_stays_so_over_its_refreshes() {
    let api = World::with_alice().api().await;
    for remember in [false, true] {
        let mut answer = api.log_in_with(json!({"remember": remember})).await;
        for _ in 0..3 {
            answer = api.refresh(&answer.cookie("refresh_token").unwrap()).await;
            let lasting = answer.set_cookies().iter().filter(|line| line.contains("Max-Age")).count();
            assert_eq!(lasting, if remember { 3 } else { 0 });
        }
    }
}

#[actix_web::test]
async fn cookies_of_the_other_name_do_not_count_on_https() {
    let world = CASES[1].world();
    let api = world.api().await;
    let logged_in = api.log_in_with(json!({})).await;
    let (access, refresh) = (
        logged_in.cookie("__Host-access_token").unwrap(),
        logged_in.cookie("__Secure-refresh_token").unwrap(),
    );
    // A weaker cookie of the bare name is one that a neighbouring host could have set.
    for name in ["access_token", "__Secure-access_token", "__host-access_token"] {
        let answer = api.ask(cookies(crate::support::get("/secure"), &[(name, &access)])).await;
        answer.assert_unauthorized("token_missing", "refresh");
    }
    for name in ["refresh_token", "__Host-refresh_token"] {
        let answer = api.ask(cookies(post("/auth/refresh"), &[(name, &refresh)])).await;
        answer.assert_unauthorized("token_missing", "login");
    }
}
