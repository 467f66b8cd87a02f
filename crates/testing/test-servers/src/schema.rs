//! A corner of a shared database for one test.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use crate::Postgres;

/// Names a server to use instead of a private one, as a URL of libpq with a superuser. Then psql has to be in the `PATH`.
const GIVEN: &str = "CONCIERGE_TEST_POSTGRES_URL";

static SHARED: OnceLock<Option<Shared>> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// The server that the tests of this process share.
struct Shared {
    url: String,
    psql: PathBuf,
    /// The server if it is ours, to run for as long as this process does.
    ours: Option<Mutex<Postgres>>,
}

/// An empty schema, which everybody who connects by its URL finds first and alone.
pub struct Schema {
    shared: &'static Shared,
    name: String,
}

impl Schema {
    /// A new one; `None` where the test is to be left out.
    ///
    /// # Panics
    /// It cannot be made; or in CI, when there is no server.
    pub fn make() -> Option<Self> {
        let shared = SHARED.get_or_init(Shared::find).as_ref()?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let schema = Self { shared, name: format!("concierge_test_{}_{number}", std::process::id()) };
        shared.run(&format!("DROP SCHEMA IF EXISTS {0} CASCADE; CREATE SCHEMA {0}", schema.name));
        Some(schema)
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let sign = if self.shared.url.contains('?') { '&' } else { '?' };
        format!("{}{sign}options=-csearch_path%3D{}", self.shared.url, self.name)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if self.shared.ours.is_none() {
            self.shared.run(&format!("DROP SCHEMA {} CASCADE", self.name));
        }
    }
}

impl Shared {
    fn find() -> Option<Self> {
        if let Ok(url) = std::env::var(GIVEN) {
            return Some(Self { url, psql: "psql".into(), ours: None });
        }
        let server = Postgres::start_for_this_process()?;
        Some(Self { url: server.url(), psql: server.psql(), ours: Some(Mutex::new(server)) })
    }

    fn run(&self, statement: &str) {
        let mut command = Command::new(&self.psql);
        command.args(["--no-psqlrc", "--quiet", "--command", statement]).arg(&self.url);
        let run = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert!(run.status.success(), "{statement}: {}", String::from_utf8_lossy(&run.stderr));
    }
}
