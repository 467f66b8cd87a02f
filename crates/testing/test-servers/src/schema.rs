//! A corner of a shared database for one test.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use crate::container::{Container, Image};
use crate::{POSTGRES, Postgres};

/// Names a server to use instead of a private one, as a URL of libpq with a superuser. Then psql has to be in the `PATH`.
const GIVEN: &str = "CONCIERGE_TEST_POSTGRES_URL";

static SHARED: OnceLock<Option<Shared>> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// The server in a container; the version of the local stack. Not by the image's own script, which starts it twice.
const IMAGE: Image = Image {
    name: "docker.io/library/postgres:17.6-alpine",
    port: 5432,
    options: &["--user", "postgres", "--entrypoint", "sh"],
    command: &[
        "-c",
        "initdb --encoding=UTF8 --locale=C --auth=trust --username=postgres --no-sync --pgdata=/tmp/data >/dev/null &&
         echo host all all all trust >>/tmp/data/pg_hba.conf &&
         exec postgres -D /tmp/data -k /tmp -c 'listen_addresses=*' -c fsync=off -c full_page_writes=off \
         -c max_connections=200",
    ],
    ready: "database system is ready to accept connections",
};

/// The server that the tests of this process share.
struct Shared {
    url: String,
    /// How psql is run: its words, and the URL by which it reaches the server from there.
    psql: (Vec<PathBuf>, String),
    /// The server if it is ours, to run for as long as this process does.
    ours: Option<Mutex<Ours>>,
}

#[expect(dead_code, reason = "they are kept, for they stop when they are dropped")]
enum Ours {
    Process(Postgres),
    Container(Container),
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
            return Some(Self { psql: (vec!["psql".into()], url.clone()), url, ours: None });
        }
        if POSTGRES.installed().is_none()
            && let Some(container) = Container::start(IMAGE)
        {
            let url = format!("postgres://postgres@127.0.0.1:{}/postgres", container.port());
            let words = container.inside().into_iter().chain(["psql".into()]).collect();
            let psql = (words, "postgres:///postgres?host=/tmp&user=postgres".to_owned());
            return Some(Self { url, psql, ours: Some(Mutex::new(Ours::Container(container))) });
        }
        let server = Postgres::start_for_this_process()?;
        let (url, psql) = (server.url(), vec![server.tool("psql")]);
        Some(Self { psql: (psql, url.clone()), url, ours: Some(Mutex::new(Ours::Process(server))) })
    }

    fn run(&self, statement: &str) {
        let (words, url) = &self.psql;
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(["--no-psqlrc", "--quiet", "--command", statement]).arg(url);
        let run = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert!(run.status.success(), "{statement}: {}", String::from_utf8_lossy(&run.stderr));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tests_share_a_server_and_no_table() {
        let (Some(one), Some(other)) = (Schema::make(), Schema::make()) else { return };
        assert_eq!(one.shared.url, other.shared.url);
        for schema in [&one, &other] {
            schema.shared.run(&format!("CREATE TABLE {}.users (id integer PRIMARY KEY)", schema.name));
        }
    }
}
