//! Clients who write for as long as a backup takes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use serde_json::{Value, json};

use crate::support::{PASSWORD, PATIENCE, Request, Server};

const CLIENTS: usize = 4;
/// How much is there before the backup begins.
const ANSWERS_BEFORE: usize = 40;
/// How much is written while it is taken, at the least.
const ANSWERS_DURING: usize = 20;

/// A user, and the refresh token that was answered last.
pub(crate) struct Account {
    pub(crate) username: String,
    pub(crate) refresh: String,
}

/// Somebody who registers one user after the other, and refreshes the session of each at once.
struct Client {
    name: String,
    register: Request,
    refresh: Request,
}

impl Client {
    fn act(&self, number: usize) -> Account {
        let username = format!("{}-{number}", self.name);
        let registered = self.register.clone().json(&form(&username)).send();
        assert_eq!(registered.status, 201, "{}", registered.text());
        let token = refresh_token(&registered.json());
        let refreshed = self.refresh.clone().bearer(token).send();
        assert_eq!(refreshed.status, 201, "{}", refreshed.text());
        Account { username, refresh: refresh_token(&refreshed.json()) }
    }

    fn act_until(&self, stop: &AtomicBool, answered: &Sender<Account>) {
        for number in 0.. {
            if stop.load(Ordering::Relaxed) || answered.send(self.act(number)).is_err() {
                return;
            }
        }
    }
}

/// Takes a backup while clients write: with accounts that were acknowledged before, which are returned, and with others under
/// way from its beginning to its end.
pub(crate) fn amid(server: &Server, back_up: impl FnOnce()) -> Vec<Account> {
    let (answered, answers) = channel();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let client = Client {
                name: format!("client-{client}"),
                register: server.post("/auth/register"),
                refresh: server.post("/auth/refresh"),
            };
            let (answered, stop) = (answered.clone(), &stop);
            scope.spawn(move || client.act_until(stop, &answered));
        }
        let next = || answers.recv_timeout(PATIENCE).unwrap();
        let before: Vec<_> = (0..ANSWERS_BEFORE).map(|_| next()).collect();
        back_up();
        for _ in 0..ANSWERS_DURING {
            next();
        }
        stop.store(true, Ordering::Relaxed);
        before
    })
}

pub(crate) fn form(username: &str) -> Value {
    json!({"username": username, "password": PASSWORD, "delivery": "body"})
}

pub(crate) fn refresh_token(body: &Value) -> String {
    body["tokens"]["refresh_token"].as_str().unwrap().to_owned()
}
