//! Clients that keep asking through nginx and remember what was answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

use crate::fleet::Fleet;
use crate::support::{PASSWORD, PATIENCE, Request, Response};

const CLIENTS: usize = 6;
/// How often a client asks again for what may have been done.
const TRIES: usize = 10;

/// Clients at work.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    answers: Receiver<()>,
    clients: Vec<JoinHandle<Client>>,
}

/// What the clients were told.
pub(crate) struct Told {
    pub(crate) accounts: Vec<Account>,
    /// Requests that nobody said anything about but nginx.
    pub(crate) unanswered: Vec<String>,
}

/// An account whose registration was answered, with what was answered last of its session.
pub(crate) struct Account {
    pub(crate) username: String,
    pub(crate) refresh_token: String,
}

struct Client {
    name: String,
    front: SocketAddr,
    answer: Sender<()>,
    told: Told,
}

impl Load {
    /// Sets clients to work.
    pub(crate) fn on(fleet: &Fleet) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (answer, answers) = channel();
        let clients = (0..CLIENTS).map(|client| {
            let told = Told { accounts: Vec::new(), unanswered: Vec::new() };
            let name = format!("client-{client}");
            let mut client = Client { name, front: fleet.front(), answer: answer.clone(), told };
            let stop = Arc::clone(&stop);
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    client.round();
                }
                client
            })
        });
        let clients = clients.collect();
        Self { stop, answers, clients }
    }

    /// Waits until so many more answers have come. Ends in a panic when the clients have.
    pub(crate) fn wait_for(&self, answers: usize) {
        for _ in 0..answers {
            self.answers.recv_timeout(PATIENCE).unwrap();
        }
    }

    /// Lets every client finish its round.
    pub(crate) fn stop(self) -> Told {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Told { accounts: Vec::new(), unanswered: Vec::new() };
        for client in self.clients {
            let Told { accounts, unanswered } = client.join().unwrap().told;
            all.accounts.extend(accounts);
            all.unanswered.extend(unanswered);
        }
        all
    }
}

impl Client {
    /// Registers somebody, who looks around, refreshes twice and logs in once more.
    fn round(&mut self) {
        let username = format!("{}-{}", self.name, self.told.accounts.len());
        let session = self.register(&username);
        self.look_around(&session);
        let first = self.refresh(&token(&session, "refresh_token"));
        let second = self.refresh(&token(&first, "refresh_token"));
        self.look_around(&second);
        let again = self.ask("POST", "/auth/login", |request| request.json(&form(&username)));
        assert_eq!(again.status, 201, "{username}: {}", again.text());
        self.told.accounts.push(Account { username, refresh_token: token(&second, "refresh_token") });
    }

    /// What registers may have been done though nobody said so: then the account is there, and its password is right.
    fn register(&mut self, username: &str) -> Value {
        let before = self.told.unanswered.len();
        let registered = self.ask("POST", "/auth/register", |request| request.json(&form(username)));
        if registered.status == 201 {
            return registered.json();
        }
        assert!(self.told.unanswered.len() > before, "{username}: {}", registered.text());
        assert_eq!(registered.problem().code, "username_taken");
        let login = self.ask("POST", "/auth/login", |request| request.json(&form(username)));
        assert_eq!(login.status, 201, "{username}: {}", login.text());
        login.json()
    }

    fn refresh(&mut self, refresh_token: &str) -> Value {
        let refreshed = self.ask("POST", "/auth/refresh", |request| request.bearer(refresh_token));
        assert_eq!(refreshed.status, 201, "{}", refreshed.text());
        refreshed.json()
    }

    /// nginx asks another replica, should one die under this.
    fn look_around(&mut self, session: &Value) {
        let access = token(session, "access_token");
        for target in ["/secure", "/auth/session", "/auth/sessions"] {
            let seen = Request::new(self.front, "GET", target).bearer(&access).send();
            assert_eq!(seen.status, 200, "{target}: {}", seen.text());
            self.answer.send(()).unwrap_or_default();
        }
    }

    /// Asks until somebody answers but nginx.
    fn ask(&mut self, method: &str, target: &str, with: impl Fn(Request) -> Request) -> Response {
        for _ in 0..TRIES {
            let response = with(Request::new(self.front, method, target)).send();
            self.answer.send(()).unwrap_or_default();
            if response.status != 502 || response.check_problem().is_ok() {
                return response;
            }
            let asked = response.header("X-Upstream").unwrap_or_default().to_owned();
            self.told.unanswered.push(format!("{method} {target} at {asked}"));
        }
        panic!("{method} {target} is answered by nobody")
    }
}

/// What registers and logs in, with tokens in the body.
pub(crate) fn form(username: &str) -> Value {
    json!({"username": username, "password": PASSWORD, "delivery": "body"})
}

/// A token of a session's body.
pub(crate) fn token(body: &Value, name: &str) -> String {
    body["tokens"][name].as_str().unwrap().to_owned()
}
