//! The law of each port as one suite of cases, run by every adapter of it; and the doubles that tests share.
//!
//! An adapter takes a suite over with one line in its `tests/`:
//!
//! ```ignore
//! concierge_contracts::session_store_suite!(stores);
//! ```
//!
//! where `stores` makes an empty store; or an `Option` of one, which is `None` where the cases are to be left out, for the
//! want of a server. Every case becomes a `#[test]` of its own, named as a sentence.
//!
//! To add a case, write it in the suite's module and list it in the suite's macro; a test here fails when
//! a case is written but not listed.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the cases are tests: they end in a panic when the law is broken"
)]

pub mod doubles;
pub mod event_store;
pub mod known_networks;
pub mod password_hasher;
pub mod rate_limiter;
pub mod session_devices;
pub mod session_store;
pub mod token_signer;
pub mod user_directory;
pub mod user_store;

use std::any::Any;
use std::sync::Arc;

use concierge_audit::EventStore;
use concierge_tokens::SessionStore;
use concierge_users::UserStore;

/// The stores of one empty database; sessions belong to users, so the suites need both.
#[derive(Clone)]
pub struct Stores {
    /// Users.
    pub users: Arc<dyn UserStore>,
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Events.
    pub events: Arc<dyn EventStore>,
    /// What must live as long as the stores do: a folder, a schema. `()` where there is nothing.
    pub keep: Arc<dyn Any + Send + Sync>,
}

/// Runs a case, unless there are no stores to run it with.
pub fn run(case: impl Fn(&Stores), stores: impl Into<Option<Stores>>) {
    if let Some(stores) = stores.into() {
        case(&stores);
    }
}

/// Runs `work` on `threads` threads that start together, and returns what each returned.
pub fn race<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = std::sync::Barrier::new(threads);
    let runner = |index| {
        start.wait();
        work(index)
    };
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|index| scope.spawn(move || runner(index))).collect();
        handles.into_iter().map(|handle| handle.join().expect("a racing thread panicked")).collect()
    })
}

#[cfg(test)]
mod tests {
    fn unlisted(source: &str) -> Vec<&str> {
        let (macro_text, cases) = source.split_once("// Cases").expect("a suite marks where its cases begin");
        cases
            .lines()
            .filter_map(|line| line.strip_prefix("pub fn ")?.split_once('('))
            .map(|(name, _)| name)
            .filter(|name| {
                let in_list = format!("            {name},\n");
                let by_itself = format!("fn {name}()");
                !macro_text.contains(&in_list) && !macro_text.contains(&by_itself)
            })
            .collect()
    }

    #[test]
    fn every_case_is_listed_in_its_suite() {
        for source in [
            include_str!("session_store.rs"),
            include_str!("session_devices.rs"),
            include_str!("user_store.rs"),
            include_str!("user_directory.rs"),
            include_str!("event_store.rs"),
            include_str!("password_hasher.rs"),
            include_str!("token_signer.rs"),
            include_str!("rate_limiter.rs"),
            include_str!("known_networks.rs"),
        ] {
            assert_eq!(unlisted(source), Vec::<&str>::new());
        }
    }

    #[test]
    fn an_unlisted_case_is_found() {
        let source = "            listed,\n// Cases\npub fn listed(a: A) {}\npub fn forgotten(a: A) {}\n";
        assert_eq!(unlisted(source), ["forgotten"]);
    }
}
