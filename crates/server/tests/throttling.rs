//! Limits of the real binary, with small quotas whose cells take a day to come back: no test depends on how fast it runs.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use serde_json::json;
use support::{Jar, Launch, PASSWORD, Request, Response, Server};

const DAY: u32 = 86_400;
const FRONTEND: &str = "http://localhost:5173";

/// Limits on, every trusted proxy on this machine.
fn limited() -> Launch {
    Launch::new()
        .set("RATE_LIMIT__ENABLED", "true")
        .set("RATE_LIMIT__LOGIN_PAIR", "3/86400")
        .set("RATE_LIMIT__LOGIN_ADDRESS", "6/86400")
        .set("RATE_LIMIT__LOGIN_ACCOUNT", "5/86400")
        .set("RATE_LIMIT__REGISTER_ADDRESS", "2/86400")
        .set("RATE_LIMIT__REFRESH_SESSION", "2/86400")
        .set("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")
}

/// From a client behind the proxy.
fn from(request: Request, address: &str) -> Request {
    request.header("X-Forwarded-For", address)
}

fn log_in(server: &Server, address: &str, username: &str, password: &str) -> Response {
    let form = json!({"username": username, "password": password});
    from(server.post("/auth/login").header("Origin", FRONTEND), address).json(&form).send()
}

fn register(server: &Server, address: &str, username: &str) -> Response {
    let form = json!({"username": username, "password": PASSWORD});
    from(server.post("/auth/register").header("Origin", FRONTEND), address).json(&form).send()
}

fn guess(server: &Server, address: &str) -> Response {
    log_in(server, address, "alice", "not-the-password")
}

/// Checks that this is a 429 of `limit`, whole in headers and words, and that a frontend can read it.
#[track_caller]
fn assert_held_off(response: &Response, limit: &str, burst: u32) {
    assert_eq!(response.status, 429, "{}", response.text());
    assert_eq!(response.problem().code, "too_many_requests");
    let wait: u32 = response.header("Retry-After").unwrap().parse().unwrap();
    // One cell comes back in a day divided by the burst; the test has not taken an hour.
    let interval = DAY / burst;
    assert!((interval - 3600..=interval).contains(&wait), "{wait} of {interval}");
    let policy = format!("\"{limit}\";q={burst};w={DAY}");
    assert_eq!(response.header("RateLimit-Policy"), Some(&*policy));
    assert_eq!(response.header("RateLimit"), Some(&*format!("\"{limit}\";r=0;t={wait}")));
    assert_eq!(response.header("Access-Control-Allow-Origin"), Some(FRONTEND));
    let exposed = response.header("Access-Control-Expose-Headers").unwrap();
    for header in ["Retry-After", "RateLimit", "RateLimit-Policy"] {
        assert!(exposed.split(", ").any(|name| name == header), "{exposed}");
    }
    let minutes = format!("wait {} minutes", wait.div_ceil(60));
    assert!(response.problem().detail.contains(&minutes), "{}", response.text());
}

#[test]
fn wrong_passwords_are_held_off_and_only_where_they_come_from() {
    let server = limited().serve();
    assert_eq!(register(&server, "192.0.2.1", "alice").status, 201);
    for _ in 0..10 {
        assert_eq!(log_in(&server, "192.0.2.1", "alice", PASSWORD).status, 201, "success gives back");
    }
    for _ in 0..3 {
        assert_eq!(guess(&server, "192.0.2.66").problem().code, "invalid_credentials");
    }
    assert_held_off(&guess(&server, "192.0.2.66"), "login-pair", 3);
    assert_held_off(&log_in(&server, "192.0.2.66", "alice", PASSWORD), "login-pair", 3);
    for name in ["bob", "nobody", "no name"] {
        assert_eq!(log_in(&server, "192.0.2.66", name, "not-the-password").status, 401, "{name}");
    }
    assert_held_off(&log_in(&server, "192.0.2.66", "carol", "not-the-password"), "login-address", 6);
    assert_eq!(log_in(&server, "192.0.2.2", "alice", PASSWORD).status, 201, "the owner, elsewhere");
}

#[test]
fn an_account_under_attack_from_everywhere_lets_its_owner_in_from_where_they_were() {
    let server = limited().serve();
    assert_eq!(register(&server, "192.0.2.1", "alice").status, 201);
    for host in 1..=5 {
        assert_eq!(guess(&server, &format!("198.51.100.{host}")).status, 401);
    }
    assert_held_off(&guess(&server, "198.51.100.6"), "login-account", 5);
    assert_held_off(&log_in(&server, "192.0.2.2", "alice", PASSWORD), "login-account", 5);
    assert_eq!(log_in(&server, "192.0.2.1", "alice", PASSWORD).status, 201);
    server.wait_for_log("login-account");
}

/// Guesses from five addresses, so that strangers have none left.
fn attack(server: &Server) {
    for host in 1..=5 {
        assert_eq!(guess(server, &format!("198.51.100.{host}")).status, 401);
    }
    assert_held_off(&guess(server, "198.51.100.6"), "login-account", 5);
}

#[test]
fn a_browser_that_has_been_logged_in_is_let_in_from_a_new_address_under_attack() {
    let server = limited().serve();
    let browser = Jar::of(&register(&server, "192.0.2.1", "alice"));
    let stranger = Jar::of(&register(&server, "192.0.2.2", "mallory"));
    attack(&server);
    let log_in_with = |jar: &Jar, address| {
        let form = json!({"username": "alice", "password": PASSWORD});
        from(server.post("/auth/login").header("Origin", FRONTEND), address).jar(jar).json(&form).send()
    };
    assert_held_off(&log_in_with(&stranger, "192.0.2.3"), "login-account", 5);
    assert_eq!(log_in_with(&browser, "192.0.2.3").status, 201);
    assert_eq!(log_in(&server, "192.0.2.3", "alice", PASSWORD).status, 201, "known from now on");
}

#[test]
fn a_refresh_makes_its_address_known_under_attack() {
    let server = limited().serve();
    let browser = Jar::of(&register(&server, "192.0.2.1", "alice"));
    attack(&server);
    assert_held_off(&log_in(&server, "192.0.2.3", "alice", PASSWORD), "login-account", 5);
    let refresh = server.post("/auth/refresh").header("Origin", FRONTEND).jar(&browser);
    assert_eq!(from(refresh, "192.0.2.3").send().status, 201);
    assert_eq!(log_in(&server, "192.0.2.3", "alice", PASSWORD).status, 201);
}

#[test]
fn who_is_logged_in_changes_the_password_from_a_new_address_under_attack() {
    let server = limited().serve();
    let browser = Jar::of(&register(&server, "192.0.2.1", "alice"));
    attack(&server);
    let form = json!({"current_password": PASSWORD, "new_password": "another fine harbour at dawn"});
    let request = server.request("PUT", "/auth/password").header("Origin", FRONTEND).jar(&browser);
    assert_eq!(from(request, "192.0.2.3").json(&form).send().status, 204);
}

#[test]
fn guesses_at_once_are_counted_one_by_one() {
    let server = limited().serve();
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..24).map(|_| scope.spawn(|| guess(&server, "192.0.2.66").status)).collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|&&status| status == 401).count(), 3, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|&&status| status == 429).count(), 21, "{statuses:?}");
    // Who is held off again and again is told of in the log once.
    server.terminate();
    let (finished, _) = server.finish();
    let log = finished.stderr;
    assert_eq!(log.matches("too many requests").count(), 1, "{log}");
}

#[test]
fn the_addresses_of_one_slash_64_are_one() {
    let server = limited().serve();
    for host in 1..=3 {
        assert_eq!(guess(&server, &format!("2001:db8:0:1::{host}")).status, 401);
    }
    assert_held_off(&guess(&server, "2001:db8:0:1:ffff::9"), "login-pair", 3);
    assert_eq!(guess(&server, "2001:db8:0:2::1").status, 401);
    for address in ["203.0.113.9", "64:ff9b::203.0.113.9"] {
        assert_eq!(register(&server, address, &format!("user{}", address.len())).status, 201);
    }
    assert_held_off(&register(&server, "203.0.113.9", "another"), "register-address", 2);
}

#[test]
fn registrations_of_names_that_are_taken_count() {
    let server = limited().serve();
    assert_eq!(register(&server, "192.0.2.1", "alice").status, 201);
    assert_eq!(register(&server, "192.0.2.1", "a").problem().code, "invalid_username");
    assert_eq!(register(&server, "192.0.2.1", "alice").problem().code, "username_taken");
    assert_held_off(&register(&server, "192.0.2.1", "bob"), "register-address", 2);
    assert_eq!(register(&server, "192.0.2.2", "bob").status, 201);
}

#[test]
fn refreshes_are_counted_for_each_session() {
    let server = limited().serve();
    let mut one = Jar::of(&register(&server, "192.0.2.1", "alice"));
    let other = Jar::of(&log_in(&server, "192.0.2.1", "alice", PASSWORD));
    let refresh = |jar: &Jar| server.post("/auth/refresh").header("Origin", FRONTEND).jar(jar).send();
    for _ in 0..2 {
        let refreshed = refresh(&one);
        assert_eq!(refreshed.status, 201, "{}", refreshed.text());
        one.keep(&refreshed);
    }
    assert_held_off(&refresh(&one), "refresh-session", 2);
    assert_eq!(refresh(&other).status, 201);
}

#[test]
fn preflights_and_what_cors_and_csrf_refuse_are_not_counted() {
    let server = limited().serve();
    for _ in 0..20 {
        let preflight = server
            .request("OPTIONS", "/auth/login")
            .header("Origin", FRONTEND)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "content-type");
        assert_eq!(preflight.send().status, 204);
        let form = json!({"username": "alice", "password": "not-the-password"});
        let forged = server.post("/auth/login").header("Origin", "https://evil.example").json(&form).send();
        assert_eq!(forged.problem().code, "origin_not_allowed");
        let empty = server.post("/auth/login").header("Origin", FRONTEND).send();
        assert_eq!(empty.problem().code, "missing_body");
    }
    for _ in 0..3 {
        assert_eq!(guess(&server, "127.0.0.1").status, 401);
    }
    assert_held_off(&guess(&server, "127.0.0.1"), "login-pair", 3);
}

#[test]
fn without_limits_nobody_is_held_off() {
    let server = limited().set("RATE_LIMIT__ENABLED", "false").serve();
    for _ in 0..20 {
        assert_eq!(guess(&server, "192.0.2.66").status, 401);
    }
}
