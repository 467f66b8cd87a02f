//! `kill -9` in the middle of everything: whatever was answered before is there afterwards.
//!
//! The moment is no accident of timing: the server is killed once so many answers have arrived, while every
//! client goes on asking.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use std::io;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use serde_json::{Value, json};
use support::{Launch, PASSWORD, PATIENCE, Request, SECRET, Server};

const CLIENTS: usize = 6;
/// How often the server is killed, each time on what the last time left behind.
const ROUNDS: usize = 4;
const ANSWERS_BEFORE_THE_KILL: usize = 50;

/// Asks again and again, and remembers what was answered.
trait Client: Send + 'static {
    /// Asks once; an error means that there was no answer.
    fn ask(&mut self) -> io::Result<()>;
}

/// Lets every client ask until the server is killed under them; returns how to start it again.
fn kill_amid<C: Client>(server: Server, clients: Vec<C>) -> (Launch, Vec<C>) {
    let (answer, answers) = channel();
    let ask_on = |mut client: C, answer: Sender<()>| {
        thread::spawn(move || {
            while client.ask().is_ok() {
                // Nobody listens any more once enough answers have arrived.
                answer.send(()).unwrap_or_default();
            }
            client
        })
    };
    let asking: Vec<_> = clients.into_iter().map(|client| ask_on(client, answer.clone())).collect();
    // So that the wait ends at once when every client has given up.
    drop(answer);
    for _ in 0..ANSWERS_BEFORE_THE_KILL {
        answers.recv_timeout(PATIENCE).unwrap();
    }
    let launch = server.kill();
    (launch, asking.into_iter().map(|client| client.join().unwrap()).collect())
}

/// Registers one user after the other.
struct Registrant {
    name: String,
    register: Request,
    /// Usernames, and the refresh tokens they were answered with.
    answered: Vec<(String, String)>,
    /// The username asked for last.
    last: String,
}

impl Client for Registrant {
    fn ask(&mut self) -> io::Result<()> {
        self.last = format!("{}-{}", self.name, self.answered.len());
        let response = self.register.clone().json(&form(&self.last)).try_send()?;
        assert_eq!(response.status, 201, "{}", response.text());
        self.answered.push((self.last.clone(), refresh_token(&response.json())));
        Ok(())
    }
}

/// Refreshes one session over and over.
struct Refresher {
    refresh: Request,
    /// The token that was answered last.
    token: String,
}

impl Client for Refresher {
    fn ask(&mut self) -> io::Result<()> {
        let response = self.refresh.clone().bearer(&self.token).try_send()?;
        assert_eq!(response.status, 201, "{}", response.text());
        self.token = refresh_token(&response.json());
        Ok(())
    }
}

fn form(username: &str) -> Value {
    json!({"username": username, "password": PASSWORD, "delivery": "body"})
}

fn refresh_token(body: &Value) -> String {
    body["tokens"]["refresh_token"].as_str().unwrap().to_owned()
}

fn start() -> Server {
    Launch::new().set("TOKENS__SECRET", SECRET).serve()
}

#[test]
fn a_kill_amid_registrations_loses_no_account_that_was_answered() {
    let mut server = start();
    let mut registrants = Vec::new();
    for round in 0..ROUNDS {
        let clients = (0..CLIENTS).map(|client| Registrant {
            name: format!("round-{round}-client-{client}"),
            register: server.post("/auth/register"),
            answered: Vec::new(),
            last: String::new(),
        });
        let clients = clients.collect();
        let (launch, killed) = kill_amid(server, clients);
        registrants.extend(killed);
        server = launch.serve();
    }

    let answered: Vec<_> = registrants.iter().flat_map(|registrant| &registrant.answered).collect();
    assert!(answered.len() >= ROUNDS * ANSWERS_BEFORE_THE_KILL);
    for (username, token) in answered {
        let login = server.post("/auth/login").json(&form(username)).send();
        assert_eq!(login.status, 201, "{username} cannot log in: {}", login.text());
        let refresh = server.post("/auth/refresh").bearer(token).send();
        assert_eq!(refresh.status, 201, "{username} lost the session: {}", refresh.text());
    }
    for Registrant { last, .. } in &registrants {
        // What was not answered has happened as a whole or not at all.
        let register = server.post("/auth/register").json(&form(last)).send();
        assert!(register.status == 201 || register.problem().code == "username_taken", "{}", register.text());
        assert_eq!(server.post("/auth/login").json(&form(last)).send().status, 201, "{last} cannot log in");
    }
}

#[test]
fn a_kill_amid_refreshes_ends_no_session_whose_last_token_was_answered() {
    let mut server = start();
    let mut tokens: Vec<String> =
        (0..CLIENTS).map(|client| refresh_token(&server.register(&format!("client-{client}")))).collect();
    for _ in 0..ROUNDS {
        let refresh = server.post("/auth/refresh");
        let clients = tokens.into_iter().map(|token| Refresher { refresh: refresh.clone(), token });
        let clients = clients.collect();
        let (launch, killed) = kill_amid(server, clients);
        tokens = killed.into_iter().map(|client| client.token).collect();
        server = launch.serve();
    }
    for token in tokens {
        let refresh = server.post("/auth/refresh").bearer(&token).send();
        assert_eq!(refresh.status, 201, "{}", refresh.text());
    }
}
