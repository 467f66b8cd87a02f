//! A real server records what happens, and an administrator reads it back.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use std::time::Duration;

use concierge_store_sqlite::{SqliteDatabase, SqliteOptions};
use concierge_users::{Role, Roles, User, UserStore as _, Username};
use serde_json::{Value, json};
use support::{Jar, Launch, PASSWORD, Request, Server};

const NEW: &str = "seventeen walruses in a tuba";

/// A server whose database is in a place that tests know.
fn launch() -> Launch {
    Launch::new().set("DATABASE__URL", "sqlite://audit.db")
}

/// Makes `name` an administrator, with the password that tests use.
fn make_administrator(server: &Server, name: &str) {
    server.register("mason");
    let options = SqliteOptions { pool_size: 1, busy_timeout: Duration::from_secs(60) };
    let users = SqliteDatabase::open(&server.folder().join("audit.db"), options).unwrap().users();
    let mason = users.find_credentials(&Username::parse("mason").unwrap()).unwrap().unwrap();
    let username = Username::parse(name).unwrap();
    let id = "019aa2b4-5c00-7000-8000-000000000001".parse().unwrap();
    let admin = User { id, username, roles: Roles::member().with(Role::Admin), ..mason.user };
    users.insert(&admin, &mason.password_hash).unwrap();
}

/// A client that is logged in.
struct Client {
    jar: Jar,
    user: Value,
    session: Value,
}

impl Client {
    fn by(request: &Request, username: &str) -> Self {
        let form = json!({"username": username, "password": PASSWORD});
        let response = request.clone().json(&form).send();
        assert_eq!(response.status, 201, "{}", response.text());
        let body = response.json();
        let (user, session) = (body["user"]["id"].clone(), body["session"]["id"].clone());
        Self { jar: Jar::of(&response), user, session }
    }

    fn log_in(server: &Server, username: &str) -> Self {
        Self::by(&server.post("/auth/login"), username)
    }

    fn ask(&self, request: Request, status: u16) {
        let response = request.jar(&self.jar).send();
        assert_eq!(response.status, status, "{}", response.text());
    }

    fn read(&self, server: &Server, query: &str) -> Value {
        let response = server.get(&format!("/admin/events{query}")).jar(&self.jar).send();
        assert_eq!(response.status, 200, "{}", response.text());
        response.json()
    }

    /// Every event that the query asks for, page by page, the oldest first.
    fn read_all(&self, server: &Server, query: &str) -> Vec<Value> {
        let (mut events, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.read(server, &format!("?limit=3&cursor={cursor}&{query}"));
            events.extend(page["events"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        events.reverse();
        events
    }
}

/// What an event tells that does not change from run to run.
fn told(event: &Value) -> Value {
    json!([event["kind"], event["actor"], event["subject"], event["session_id"], event["details"]])
}

#[test]
fn everything_that_happens_to_an_account_can_be_read_by_an_administrator() {
    let server = launch().serve();
    make_administrator(&server, "root");
    let root = Client::log_in(&server, "root");
    let alice = Client::by(&server.post("/auth/register"), "alice");

    let refuse = |username: &str, password: &str| {
        let form = json!({"username": username, "password": password});
        assert_eq!(server.post("/auth/login").json(&form).send().status, 401);
    };
    refuse("alice", "not the password of alice");
    refuse("hunter2, typed into the wrong field", "x");

    let [phone, lost, desk] = ["alice"; 3].map(|name| Client::log_in(&server, name));
    phone.ask(server.post("/auth/logout"), 200);
    phone.ask(server.post("/auth/logout"), 200);
    let lost_path = format!("/auth/sessions/{}", lost.session.as_str().unwrap());
    desk.ask(server.request("DELETE", &lost_path), 204);
    desk.ask(server.request("DELETE", &lost_path), 204);

    let change = |current: &str| json!({"current_password": current, "new_password": NEW});
    let put = |current: &str| server.request("PUT", "/auth/password").json(&change(current));
    desk.ask(put("not the password of alice"), 400);
    desk.ask(put(PASSWORD), 204);
    // Her first session, by registration, ended with the change.
    alice.ask(server.get("/secure"), 401);

    let user = json!({"kind": "user", "id": alice.user});
    let anonymous = json!({"kind": "anonymous"});
    let expected = [
        json!(["user_registered", user, alice.user, alice.session, {}]),
        json!(["login_failed", anonymous, alice.user, null, {"reason": "wrong_password"}]),
        json!(["login_failed", anonymous, null, null, {"reason": "unknown_user"}]),
        json!(["login_succeeded", user, alice.user, phone.session, {}]),
        json!(["login_succeeded", user, alice.user, lost.session, {}]),
        json!(["login_succeeded", user, alice.user, desk.session, {}]),
        json!(["session_revoked", user, alice.user, phone.session, {"reason": "logout"}]),
        json!(["session_revoked", user, alice.user, lost.session, {"reason": "device"}]),
        json!(["password_change_failed", user, alice.user, desk.session, {}]),
        json!(["password_changed", user, alice.user, desk.session, {}]),
        json!(["sessions_revoked", user, alice.user, desk.session, {"reason": "password_changed", "sessions": 1}]),
    ];
    let events = root.read_all(&server, "");
    // Before these: the mason and the administrator.
    assert_eq!(events.iter().skip(2).map(told).collect::<Vec<_>>(), expected);
    assert!(events.iter().all(|event| event["address"] == "127.0.0.1" && event["request_id"].is_string()));
    assert!(!json!(events).to_string().contains("hunter2") && !server.log().contains("hunter2"));

    let of_alice = root.read_all(&server, &format!("user={}", alice.user.as_str().unwrap()));
    assert_eq!(of_alice.len(), expected.len() - 1, "all but the one of nobody");
    let failed = root.read_all(&server, "kind=login_failed");
    assert_eq!(failed.iter().map(told).collect::<Vec<_>>(), expected[1..3]);

    // The record outlives the process, and every event is a line of the log.
    let log = server.log();
    for event in &events {
        assert!(log.contains(event["id"].as_str().unwrap()), "{event}");
    }
    let server = server.stop().serve();
    assert_eq!(root.read_all(&server, ""), events);
}

#[test]
fn a_stolen_refresh_token_is_recorded_once() {
    let server = launch().set("TOKENS__REFRESH_GRACE", "0").serve();
    make_administrator(&server, "root");
    let alice = Client::by(&server.post("/auth/register"), "alice");
    let refresh = |jar: &Jar| server.post("/auth/refresh").jar(jar).send();
    let mut jar = alice.jar.clone();
    for _ in 0..2 {
        let refreshed = refresh(&jar);
        assert_eq!(refreshed.status, 201);
        jar.keep(&refreshed);
    }
    for _ in 0..2 {
        assert_eq!(refresh(&alice.jar).problem().code, "session_ended");
    }
    let root = Client::log_in(&server, "root");
    let theft = root.read_all(&server, "kind=refresh_token_reused");
    let expected = json!(["refresh_token_reused", {"kind": "anonymous"}, alice.user, alice.session, {}]);
    assert_eq!(theft.iter().map(told).collect::<Vec<_>>(), [expected]);
    server.wait_for_log("refresh_token_reused");
}

#[test]
fn sessions_that_end_at_once_are_one_event() {
    let server = launch().serve();
    make_administrator(&server, "root");
    let root = Client::log_in(&server, "root");
    let [_, _, here] = ["mason"; 3].map(|name| Client::log_in(&server, name));
    here.ask(server.request("DELETE", "/auth/sessions"), 204);
    here.ask(server.request("DELETE", "/auth/sessions"), 204);
    let user = json!({"kind": "user", "id": here.user});
    let ended = root.read_all(&server, "kind=sessions_revoked");
    let details = json!({"reason": "device", "sessions": 3});
    let expected = json!(["sessions_revoked", user, here.user, here.session, details]);
    assert_eq!(ended.iter().map(told).collect::<Vec<_>>(), [expected]);
}

#[test]
fn who_is_no_administrator_reads_nothing() {
    let server = launch().serve();
    let alice = Client::by(&server.post("/auth/register"), "alice");
    let events = |method: &str| server.request(method, "/admin/events");
    assert_eq!(events("GET").send().problem().code, "token_missing");
    assert_eq!(events("GET").jar(&alice.jar).send().problem().code, "forbidden");
    assert_eq!(events("HEAD").jar(&alice.jar).send().status, 403);
    assert_eq!(events("DELETE").jar(&alice.jar).send().problem().code, "method_not_allowed");
}

#[test]
fn what_many_do_at_once_is_all_recorded() {
    let server = launch().set("DATABASE__BUSY_TIMEOUT", "30").serve();
    make_administrator(&server, "root");
    let root = Client::log_in(&server, "root");
    let sessions: Vec<_> = std::thread::scope(|scope| {
        let log_in = || (0..5).map(|_| Client::log_in(&server, "mason").session).collect::<Vec<_>>();
        let clients: Vec<_> = (0..8).map(|_| scope.spawn(log_in)).collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let mut expected: Vec<_> = sessions.iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    let logins = root.read_all(&server, "kind=login_succeeded").split_off(1);
    let mut found: Vec<_> =
        logins.iter().map(|event| event["session_id"].as_str().unwrap().to_owned()).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}
