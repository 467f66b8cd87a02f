//! Who guesses at all replicas in turn gets no more guesses by that.

use serde_json::json;

use crate::fleet::{Fleet, REPLICAS};
use crate::page::Page;
use crate::support::{Launch, PASSWORD};

/// Failed logins to one account from one address, unless the settings say otherwise.
const GUESSES: usize = 10;

#[test]
fn a_limit_counts_what_all_replicas_were_asked_together() {
    let limited = |launch: Launch| launch.set("RATE_LIMIT__ENABLED", "true");
    let Some(fleet) = Fleet::start_with(limited) else { return };
    Page::open(&fleet).enter("/auth/register", "alice");
    let mut guesser = Page::open(&fleet);
    let wrong = json!({"username": "alice", "password": "not-the-one"});
    for guess in 0..GUESSES {
        let refused = guesser.send(&guesser.request("POST", "/auth/login").json(&wrong));
        assert_eq!(refused.status, 401, "guess {guess}: {}", refused.text());
    }
    guesser.assert_has_met_all();
    let right = json!({"username": "alice", "password": PASSWORD});
    for _ in 0..REPLICAS {
        let limited = guesser.send(&guesser.request("POST", "/auth/login").json(&right));
        assert_eq!(limited.problem().code, "too_many_requests");
    }
    // nginx says whose a request is: from elsewhere she may log in.
    for replica in fleet.all() {
        let elsewhere = replica.post("/auth/login").header("X-Forwarded-For", "203.0.113.9").json(&right);
        assert_eq!(elsewhere.send().status, 201);
    }
}
