//! Clients whose every acknowledged write has to be there afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

use crate::support::{PASSWORD, Request, Server};
use crate::{BUSY_MACHINE, now, token};

/// Registers one user after the other.
struct Registrant {
    name: String,
    register: Request,
    /// Usernames, and the refresh tokens they were answered with.
    answered: Vec<(String, String)>,
    /// The usernames that were answered 503: they are there, or they are not.
    unanswered: Vec<String>,
}

/// Refreshes one session over and over, as a client does: what it was not answered it asks again.
struct Refresher {
    refresh: Request,
    /// The token that was answered last.
    token: String,
}

/// Both kinds, at work.
pub(crate) struct Writers {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    registrants: Vec<JoinHandle<Registrant>>,
    refreshers: Vec<JoinHandle<Refresher>>,
}

const OF_EACH_KIND: usize = 4;

impl Writers {
    pub(crate) fn start(server: &Server, round: usize) -> Self {
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let registrants = (0..OF_EACH_KIND).map(|client| {
            let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
            let mut registrant = Registrant {
                name: format!("round-{round}-{client}"),
                register: server.post("/auth/register"),
                answered: Vec::new(),
                unanswered: Vec::new(),
            };
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    answered.fetch_add(usize::from(registrant.ask()), Ordering::Relaxed);
                }
                registrant
            })
        });
        let registrants = registrants.collect();
        let refreshers = (0..OF_EACH_KIND).map(|client| {
            let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
            let first = server.register(&format!("refresher-{round}-{client}"));
            let mut refresher =
                Refresher { refresh: server.post("/auth/refresh"), token: token(&first, "refresh_token") };
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    answered.fetch_add(usize::from(refresher.ask()), Ordering::Relaxed);
                }
                refresher
            })
        });
        let refreshers = refreshers.collect();
        Self { stop, answered, registrants, refreshers }
    }

    /// Waits until so many more writes have been acknowledged.
    pub(crate) fn acknowledged(&self, number: usize) {
        let wanted = self.answered.load(Ordering::Relaxed) + number;
        let begun = now();
        while self.answered.load(Ordering::Relaxed) < wanted {
            assert!(begun.elapsed() < 3 * BUSY_MACHINE, "writes are not acknowledged any more");
            thread::yield_now();
        }
    }

    /// Ends the work, and looks whether everything is there that was acknowledged.
    pub(crate) fn check(self, server: &Server) {
        self.stop.store(true, Ordering::Relaxed);
        let registrants = self.registrants.into_iter().map(|client| client.join().unwrap());
        let refreshers = self.refreshers.into_iter().map(|client| client.join().unwrap());
        for refresher in refreshers {
            let refresh = refresher.refresh.bearer(&refresher.token).send();
            assert_eq!(refresh.status, 201, "a session is lost: {}", refresh.text());
        }
        for registrant in registrants {
            for (username, refresh_token) in &registrant.answered {
                let login = server.post("/auth/login").json(&form(username)).send();
                assert_eq!(login.status, 201, "{username} cannot log in: {}", login.text());
                let refresh = server.post("/auth/refresh").bearer(refresh_token).send();
                assert_eq!(refresh.status, 201, "{username} lost the session: {}", refresh.text());
            }
            for username in &registrant.unanswered {
                // What was not answered has happened as a whole or not at all.
                let register = server.post("/auth/register").json(&form(username)).send();
                assert!(register.status == 201 || register.problem().code == "username_taken");
                let login = server.post("/auth/login").json(&form(username)).send();
                assert_eq!(login.status, 201, "{username} cannot log in: {}", login.text());
            }
        }
    }
}

impl Registrant {
    /// Whether a registration was acknowledged.
    fn ask(&mut self) -> bool {
        let username = format!("{}-{}-{}", self.name, self.answered.len(), self.unanswered.len());
        let response = self.register.clone().json(&form(&username)).send();
        match response.status {
            201 => self.answered.push((username, token(&response.json(), "refresh_token"))),
            503 => self.unanswered.push(username),
            _ => panic!("{}", response.text()),
        }
        response.status == 201
    }
}

impl Refresher {
    /// Whether a refresh was acknowledged.
    fn ask(&mut self) -> bool {
        let response = self.refresh.clone().bearer(&self.token).send();
        match response.status {
            201 => self.token = token(&response.json(), "refresh_token"),
            503 => {}
            _ => panic!("{}", response.text()),
        }
        response.status == 201
    }
}

fn form(username: &str) -> Value {
    json!({"username": username, "password": PASSWORD, "delivery": "body"})
}
