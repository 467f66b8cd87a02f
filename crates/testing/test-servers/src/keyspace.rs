//! A corner of a shared Redis server for one test.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Mutex, OnceLock};

use crate::Redis;

/// Names a server to use instead of a private one, as a URL.
const GIVEN: &str = "CONCIERGE_TEST_REDIS_URL";

static SHARED: OnceLock<Option<Shared>> = OnceLock::new();

/// The server that the tests of this process share.
struct Shared {
    url: String,
    /// The server if it is ours, to run for as long as this process does.
    _ours: Option<Mutex<Redis>>,
}

/// A beginning of names that nobody else's keys have. What stays there is left to its expiry.
pub struct Keyspace {
    shared: &'static Shared,
    prefix: String,
}

impl Keyspace {
    /// A new one; `None` where the test is to be left out.
    ///
    /// # Panics
    /// In CI, when there is no server.
    pub fn make() -> Option<Self> {
        let shared = SHARED.get_or_init(Shared::find).as_ref()?;
        // Each state has keys of its own, and so a hash of nothing that no other has, on other machines too.
        let unique = RandomState::new().build_hasher().finish();
        Some(Self { shared, prefix: format!("concierge-test-{unique:016x}:") })
    }

    /// Where the server is.
    pub fn url(&self) -> String {
        self.shared.url.clone()
    }

    /// What the names of keys are to begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl Shared {
    fn find() -> Option<Self> {
        if let Ok(url) = std::env::var(GIVEN) {
            return Some(Self { url, _ours: None });
        }
        let server = Redis::start_for_this_process()?;
        Some(Self { url: server.url(), _ours: Some(Mutex::new(server)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tests_share_a_server_and_no_name() {
        let (Some(one), Some(other)) = (Keyspace::make(), Keyspace::make()) else { return };
        assert_eq!(one.url(), other.url());
        assert_ne!(one.prefix(), other.prefix());
    }
}
