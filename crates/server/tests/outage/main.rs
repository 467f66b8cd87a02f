//! The real binary on a real Postgres that is stopped, halted, killed, replaced or slow, under load; and told to stop
//! meanwhile.
//!
//! Nothing here happens at a moment that is hoped for: each step waits until so many answers have been seen. What clients
//! are promised is asserted with what a busy machine may add.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod away;
mod failover;
mod killed;
mod load;
mod slow;
mod starting;
mod stopping;
#[path = "../support/mod.rs"]
mod support;
mod writers;

use std::time::{Duration, Instant};

use concierge_test_servers::Postgres;
use serde_json::Value;
use support::{Launch, SECRET};

/// How long connecting may take here.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a statement may take here.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(2);
/// How soon after the database's return all is served again.
const RESUMED: Duration = Duration::from_secs(2);
/// On a busy machine a thread may have to wait for its turn; that is no broken promise.
const BUSY_MACHINE: Duration = Duration::from_secs(10);

/// A server with little patience on the database at `url`.
fn launch(url: &str) -> Launch {
    Launch::new()
        .set("DATABASE__URL", url)
        .set("DATABASE__CONNECT_TIMEOUT", &CONNECT_TIMEOUT.as_secs().to_string())
        .set("DATABASE__STATEMENT_TIMEOUT", &STATEMENT_TIMEOUT.as_secs().to_string())
        .set("TOKENS__SECRET", SECRET)
}

#[expect(clippy::disallowed_methods, reason = "what is promised is a real duration between real processes")]
fn now() -> Instant {
    Instant::now()
}

fn token(body: &Value, name: &str) -> String {
    body["tokens"][name].as_str().unwrap().to_owned()
}

/// Waits until `happens`, which it has to within `promised`.
fn within(promised: Duration, what: &str, mut happens: impl FnMut() -> bool) {
    let begun = now();
    while !happens() {
        assert!(begun.elapsed() < promised + BUSY_MACHINE, "{what}: not within {promised:?}");
    }
}

/// Waits until somebody waits for a lock.
fn somebody_waits(postgres: &Postgres) {
    so_many_wait(postgres, 1);
}

/// Waits until so many wait for a lock, or more. Who went away meanwhile may count.
fn so_many_wait(postgres: &Postgres, enough: usize) {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    within(Duration::ZERO, "waiting for the lock", || {
        postgres.run(waiting).parse::<usize>().unwrap() >= enough
    });
}
