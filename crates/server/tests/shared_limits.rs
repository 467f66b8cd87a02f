//! Limits that real servers share in a real Redis, while it is there, gone, silent and back. Their cells take a day to come
//! back: no test depends on how fast it runs.

mod support;

use std::time::{Duration, Instant};

use concierge_test_servers::{Keyspace, Redis};
use serde_json::{Value, json};
use support::{Launch, PASSWORD, Response, SECRET, Server};

/// What is said once when Redis goes, and once when it is back.
const AWAY: &str = "until it is back, limits are each server's own";
const BACK: &str = "limits are shared again";

/// So patient that no delay of a busy machine looks like an outage.
const PATIENT: &str = "60";

/// How long a silent Redis may keep whoever meets it first, and nobody after them.
const TIMEOUT: Duration = Duration::from_secs(6);
/// On a busy machine a thread may have to wait for its turn; a second login that waits is more.
const BUSY_MACHINE: Duration = Duration::from_secs(5);

fn limited(redis: &str) -> Launch {
    Launch::new()
        .set("RATE_LIMIT__ENABLED", "true")
        .set("RATE_LIMIT__LOGIN_PAIR", "10/86400")
        .set("RATE_LIMIT__LOGIN_ADDRESS", "1000/86400")
        .set("RATE_LIMIT__LOGIN_ACCOUNT", "11/86400")
        .set("SERVER__TRUSTED_PROXIES", "127.0.0.0/8")
        .set("REDIS__URL", redis)
        .set("REDIS__TIMEOUT", PATIENT)
}

fn log_in(server: &Server, from: &str, name: &str, password: &str) -> Response {
    let form = json!({"username": name, "password": password});
    server.post("/auth/login").header("X-Forwarded-For", from).json(&form).send()
}

/// The status that a wrong password gets.
fn guess(server: &Server, name: &str) -> u16 {
    log_in(server, "192.0.2.66", name, "not-the-password").status
}

fn ready(server: &Server) -> Value {
    let response = server.get("/health/ready").send();
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

fn said(server: &Server, words: &str) -> usize {
    server.log().matches(words).count()
}

#[test]
fn ten_wrong_passwords_at_two_servers_are_ten() {
    let Some(keys) = Keyspace::make() else { return };
    let serve = || limited(&keys.url()).set("REDIS__KEY_PREFIX", keys.prefix()).serve();
    let (here, there) = (serve(), serve());
    for _ in 0..5 {
        assert_eq!((guess(&here, "alice"), guess(&there, "alice")), (401, 401));
    }
    assert_eq!((guess(&here, "alice"), guess(&there, "alice")), (429, 429));
    let refused = log_in(&there, "192.0.2.66", "alice", "not-the-password");
    assert_eq!(refused.problem().code, "too_many_requests");
    assert_eq!(refused.header("RateLimit-Policy"), Some("\"login-pair\";q=10;w=86400"));
    assert_eq!(guess(&here, "bob"), 401);
    assert_eq!(ready(&here), json!({"status": "ready"}));
}

#[test]
fn where_an_owner_logged_in_at_one_server_the_other_knows_them() {
    let Some(keys) = Keyspace::make() else { return };
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}/shared.db", folder.path().display());
    let launch = limited(&keys.url()).set("REDIS__KEY_PREFIX", keys.prefix());
    let serve = || launch.clone().set("DATABASE__URL", &database).set("TOKENS__SECRET", SECRET).serve();
    let (here, there) = (serve(), serve());
    let form = json!({"username": "alice", "password": PASSWORD});
    let registered = here.post("/auth/register").header("X-Forwarded-For", "192.0.2.1").json(&form).send();
    assert_eq!(registered.status, 201, "{}", registered.text());
    for host in 1..=11 {
        let guess = log_in(&there, &format!("198.51.100.{host}"), "alice", "not-the-password");
        assert_eq!(guess.status, 401);
    }
    assert_eq!(log_in(&there, "192.0.2.2", "alice", PASSWORD).status, 429);
    assert_eq!(log_in(&there, "192.0.2.1", "alice", PASSWORD).status, 201);
}

#[test]
fn without_redis_each_server_goes_on_limiting_by_what_it_has_seen_and_says_so() {
    let Some(mut redis) = Redis::start() else { return };
    let (here, there) = (limited(&redis.url()).serve(), limited(&redis.url()).serve());
    for _ in 0..9 {
        assert_eq!(guess(&here, "alice"), 401);
    }
    redis.stop();
    // At once: a refused connection is not waited for.
    assert_eq!((guess(&here, "alice"), guess(&here, "alice")), (401, 429));
    assert_eq!(guess(&there, "alice"), 401);
    for server in [&here, &there] {
        server.wait_for_log(AWAY);
        assert_eq!(ready(server), json!({"status": "ready", "degraded": ["rate_limit"]}));
    }

    redis.resume();
    for server in [&here, &there] {
        server.wait_for_log(BACK);
        assert_eq!(ready(server), json!({"status": "ready"}));
    }
    assert_eq!(guess(&here, "alice"), 429, "Redis has forgotten, and nobody gets fresh tries from it");
    for _ in 0..5 {
        assert_eq!((guess(&here, "bob"), guess(&there, "bob")), (401, 401));
    }
    assert_eq!((guess(&here, "bob"), guess(&there, "bob")), (429, 429));
    assert_eq!((said(&here, AWAY), said(&here, BACK)), (1, 1), "{}", here.log());
}

#[test]
fn a_redis_that_is_silent_keeps_logins_for_no_longer_than_it_may() {
    let Some(redis) = Redis::start() else { return };
    let server = limited(&redis.url()).set("REDIS__TIMEOUT", &TIMEOUT.as_secs().to_string()).serve();
    assert_eq!(guess(&server, "alice"), 401);
    redis.freeze();
    #[expect(
        clippy::disallowed_methods,
        reason = "what is promised is a real duration between real processes"
    )]
    let frozen = Instant::now();
    for _ in 1..10 {
        assert_eq!(guess(&server, "alice"), 401);
    }
    assert!(frozen.elapsed() < TIMEOUT + BUSY_MACHINE, "{:?}", frozen.elapsed());
    assert_eq!(guess(&server, "alice"), 429);
    server.wait_for_log(AWAY);
    assert_eq!(ready(&server), json!({"status": "ready", "degraded": ["rate_limit"]}));
    redis.thaw();
    server.wait_for_log(BACK);
}

#[test]
fn a_server_starts_without_its_redis_and_shares_once_it_is_there() {
    let Some(mut redis) = Redis::start() else { return };
    redis.stop();
    let server = limited(&redis.url()).serve();
    assert_eq!(ready(&server), json!({"status": "ready", "degraded": ["rate_limit"]}));
    for _ in 0..10 {
        assert_eq!(guess(&server, "alice"), 401);
    }
    assert_eq!(guess(&server, "alice"), 429);
    redis.resume();
    server.wait_for_log(BACK);
    let other = limited(&redis.url()).serve();
    for _ in 0..10 {
        assert_eq!(guess(&other, "bob"), 401);
    }
    assert_eq!(guess(&server, "bob"), 429);
}

#[test]
fn who_is_not_limited_needs_no_redis() {
    let server = limited("redis://127.0.0.1:1").set("RATE_LIMIT__ENABLED", "false").serve();
    assert_eq!(ready(&server), json!({"status": "ready"}));
    for _ in 0..20 {
        assert_eq!(guess(&server, "alice"), 401);
    }
    assert_eq!(said(&server, AWAY), 0, "{}", server.log());
}
