//! Real servers: two devices of one user, what one ends and the other feels, and many clients at once.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Forged, Jar, Launch, PASSWORD, Request, Response, SECRET, Server};

/// What clients are promised.
const PROMISED: Duration = Duration::from_secs(2);
/// On a busy machine a thread may have to wait for its turn; that is no broken promise.
const BUSY_MACHINE: Duration = Duration::from_secs(10);

/// A browser on one device.
struct Browser {
    jar: Jar,
    id: String,
}

impl Browser {
    fn register(server: &Server, agent: &str) -> Self {
        Self::by(&server.post("/auth/register").header("User-Agent", agent), PASSWORD)
    }

    fn log_in(server: &Server, agent: &str) -> Self {
        Self::by(&server.post("/auth/login").header("User-Agent", agent), PASSWORD)
    }

    fn by(request: &Request, password: &str) -> Self {
        let response = request.clone().json(&json!({"username": "alice", "password": password})).send();
        assert_eq!(response.status, 201, "{}", response.text());
        Self::of(&response)
    }

    fn of(response: &Response) -> Self {
        let body = response.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self { jar: Jar::of(response), id: text(&body["session"]["id"]) }
    }

    fn asks(&self, request: Request) -> Response {
        request.jar(&self.jar).send()
    }

    fn list(&self, server: &Server) -> Vec<Value> {
        let listed = self.asks(server.get("/auth/sessions"));
        assert_eq!(listed.status, 200, "{}", listed.text());
        listed.json()["sessions"].as_array().unwrap().clone()
    }

    fn change_password(&self, server: &Server, current: &str, new: &str) -> Response {
        let body = json!({"current_password": current, "new_password": new});
        self.asks(server.request("PUT", "/auth/password").json(&body))
    }

    fn refresh(&mut self, server: &Server) -> Response {
        let response = self.asks(server.post("/auth/refresh"));
        if response.status == 201 {
            self.jar.keep(&response);
        }
        response
    }

    fn secure(&self, server: &Server) -> Response {
        self.asks(server.get("/secure"))
    }

    fn assert_ended(&mut self, server: &Server) {
        assert_eq!(self.secure(server).problem().code, "session_ended");
        assert_eq!(self.refresh(server).problem().code, "session_ended");
    }
}

#[test]
fn a_user_sees_both_devices_and_ends_the_lost_one() {
    let server = Server::spawn();
    let mut phone = Browser::register(&server, "Phone/1");
    let desk = Browser::log_in(&server, "Desk/2");
    let listed = desk.list(&server);
    let column = |name: &str| listed.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
    assert_eq!(column("id"), [json!(desk.id), json!(phone.id)]);
    assert_eq!(column("user_agent"), ["Desk/2", "Phone/1"]);
    assert_eq!(column("address"), ["127.0.0.1", "127.0.0.1"]);
    assert_eq!(column("current"), [true, false]);

    let delete = |id: &str| desk.asks(server.request("DELETE", &format!("/auth/sessions/{id}")));
    assert_eq!(delete(&phone.id).status, 204);
    phone.assert_ended(&server);
    assert_eq!(delete(&phone.id).status, 204, "whose answer was lost asks again");
    assert_eq!(desk.list(&server).len(), 1);
    // What ended stays so, whatever the memory of the process.
    let server = server.stop().serve();
    phone.assert_ended(&server);
    assert_eq!(desk.secure(&server).status, 200);
}

#[test]
fn a_forwarded_address_is_believed_of_a_trusted_proxy_alone() {
    for (proxies, expected) in [("", "127.0.0.1"), ("127.0.0.0/8", "203.0.113.9")] {
        let server = Launch::new().set("SERVER__TRUSTED_PROXIES", proxies).serve();
        let register = server.post("/auth/register").header("X-Forwarded-For", "6.6.6.6, 203.0.113.9");
        let browser = Browser::by(&register, PASSWORD);
        assert_eq!(browser.list(&server)[0]["address"], expected, "{proxies:?}");
    }
}

#[test]
fn a_change_of_password_asks_for_a_fresh_login() {
    let server = Launch::new().set("TOKENS__SECRET", SECRET).serve();
    let browser = Browser::register(&server, "Desk/2");
    // A token that the server might have issued in this session an hour from now.
    let forged =
        Forged::from(browser.jar.get("access_token").unwrap()).claim("auth_time", json!(1_600_000_000));
    let body = json!({"current_password": PASSWORD, "new_password": "seventeen walruses in a tuba"});
    let stale = server.request("PUT", "/auth/password").bearer(forged.sign()).json(&body).send().problem();
    assert_eq!((stale.code.as_str(), stale.next.as_deref()), ("fresh_login_required", Some("login")));
    assert_eq!(browser.secure(&server).status, 200);
}

#[test]
fn a_change_of_password_ends_the_others_at_once_here_and_within_two_seconds_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/shared.db", folder.path().display());
    let serve = || Launch::new().set("DATABASE__URL", &url).set("TOKENS__SECRET", SECRET).serve();
    let (here, there) = (serve(), serve());
    let desk = Browser::register(&here, "Desk/2");
    let mut phone = Browser::log_in(&there, "Phone/1");
    assert_eq!(phone.secure(&here).status, 200);

    let new = "seventeen walruses in a tuba";
    let changed = desk.change_password(&here, PASSWORD, new);
    assert_eq!(changed.status, 204, "{}", changed.text());
    #[expect(
        clippy::disallowed_methods,
        reason = "what is promised is a real duration between real processes"
    )]
    let ended = Instant::now();
    assert_eq!(phone.secure(&here).problem().code, "session_ended");
    while phone.secure(&there).status == 200 {
        assert!(ended.elapsed() < PROMISED + BUSY_MACHINE, "the other instance never heard of it");
    }
    phone.assert_ended(&there);
    for server in [&here, &there] {
        let old = server.post("/auth/login").json(&json!({"username": "alice", "password": PASSWORD})).send();
        assert_eq!(old.problem().code, "invalid_credentials");
        assert_eq!(desk.secure(server).status, 200);
    }
    assert_eq!(Browser::by(&there.post("/auth/login"), new).list(&there).len(), 2);
}

/// What a client does in a round.
#[derive(Clone, Copy)]
enum Step {
    Refresh,
    LogOut,
    ChangePassword,
}

const CLIENTS: usize = 50;
/// As many as two idle cores play through in ten seconds or so.
const ROUNDS: usize = 60;

/// Everybody at once takes one step of round `number`; `password` is the account's before it. Returns those whose step
/// leaves them alive, where somebody changed the password that one alone, and the new password.
fn round(
    server: &Server,
    number: usize,
    browsers: Vec<Browser>,
    password: &str,
    step: impl Fn(usize) -> Step + Sync,
) -> (Vec<Browser>, Option<String>) {
    let start = std::sync::Barrier::new(browsers.len() + 1);
    let act = |index: usize, mut browser: Browser| {
        start.wait();
        match step(index) {
            Step::Refresh => {
                for _ in 0..3 {
                    let status = browser.refresh(server).status;
                    assert!(matches!(status, 201 | 401), "{status}");
                }
                (browser, true, None)
            }
            Step::LogOut => {
                assert_eq!(browser.asks(server.post("/auth/logout")).status, 200);
                (browser, false, None)
            }
            Step::ChangePassword => {
                let new = format!("{PASSWORD} {number} walruses {index}");
                let status = browser.change_password(server, password, &new).status;
                assert!(matches!(status, 204 | 400 | 401 | 409), "{status}");
                (browser, true, (status == 204).then_some(new))
            }
        }
    };
    // One more logs in by the old password meanwhile; no session of that may outlive a change.
    let late_login = || {
        start.wait();
        let login =
            server.post("/auth/login").json(&json!({"username": "alice", "password": password})).send();
        (login.status == 201).then(|| Browser::of(&login))
    };
    let (acted, late) = thread::scope(|scope| {
        let clients = browsers.into_iter().enumerate();
        let clients: Vec<_> =
            clients.map(|(index, browser)| scope.spawn(move || act(index, browser))).collect();
        let late = scope.spawn(late_login);
        let acted: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        (acted, late.join().unwrap())
    });
    let changes: Vec<_> = acted.iter().filter_map(|(.., new)| new.clone()).collect();
    assert!(changes.len() <= 1, "one of those who race wins");
    let changed = changes.into_iter().next();
    let (mut living, mut ended) = (Vec::new(), Vec::new());
    for (browser, lives, new) in acted {
        let lives = if changed.is_some() { new.is_some() } else { lives };
        if lives { living.push(browser) } else { ended.push(browser) }
    }
    match late {
        Some(browser) if changed.is_none() => living.push(browser),
        Some(browser) => ended.push(browser),
        None => assert!(changed.is_some(), "nothing stood in the way of a login"),
    }
    for browser in &mut ended {
        browser.assert_ended(server);
    }
    (living, changed)
}

#[test]
fn after_many_refresh_log_out_and_change_passwords_at_once_exactly_the_right_sessions_live() {
    let server = Launch::new().set("DATABASE__BUSY_TIMEOUT", "30").serve();
    let mut browsers = vec![Browser::register(&server, "first")];
    let mut password = PASSWORD.to_owned();
    for number in 0..ROUNDS {
        while browsers.len() < CLIENTS {
            browsers.push(Browser::by(&server.post("/auth/login"), &password));
        }
        // Every second round somebody changes the password; in every fourth, three at once.
        let changers = [0, 1, 0, 3][number % 4];
        let step = |index: usize| match index {
            _ if index < changers => Step::ChangePassword,
            _ if index.is_multiple_of(3) => Step::LogOut,
            _ => Step::Refresh,
        };
        let (mut living, changed) = round(&server, number, browsers, &password, step);
        assert_eq!(changed.is_some(), changers > 0, "round {number}");
        password = changed.unwrap_or(password);
        let mut expected: Vec<_> = living.iter().map(|browser| browser.id.clone()).collect();
        let listed = living[0].list(&server);
        let mut found: Vec<_> = listed.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "round {number}");
        for browser in &mut living {
            assert_eq!(browser.secure(&server).status, 200);
            assert_eq!(browser.refresh(&server).status, 201);
        }
        browsers = living;
    }
}
