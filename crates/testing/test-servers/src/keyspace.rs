//! A corner of a shared Redis server for one test.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Mutex, OnceLock};

use crate::container::{Container, Image};
use crate::{REDIS, Redis};

/// Names a server to use instead of a private one, as a URL.
const GIVEN: &str = "CONCIERGE_TEST_REDIS_URL";

static SHARED: OnceLock<Option<Shared>> = OnceLock::new();

/// The server in a container; the version of the local stack.
const IMAGE: Image = Image {
    name: "docker.io/library/redis:7.2.10-alpine",
    port: 6379,
    options: &[],
    command: &["redis-server", "--save", "", "--appendonly", "no", "--requirepass", "of-a-test"],
    ready: "Ready to accept connections",
};

/// The server that the tests of this process share.
struct Shared {
    url: String,
    /// The server if it is ours, to run for as long as this process does.
    _ours: Option<Mutex<Ours>>,
}

#[expect(dead_code, reason = "they are kept, for they stop when they are dropped")]
enum Ours {
    Process(Redis),
    Container(Container),
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
        if REDIS.installed().is_none()
            && let Some(container) = Container::start(IMAGE)
        {
            let url = format!("redis://:of-a-test@127.0.0.1:{}/", container.port());
            return Some(Self { url, _ours: Some(Mutex::new(Ours::Container(container))) });
        }
        let server = Redis::start_for_this_process()?;
        Some(Self { url: server.url(), _ours: Some(Mutex::new(Ours::Process(server))) })
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
