//! PgBouncer before a Postgres server, pooling by the transaction.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use super::{KEEPER, Postgres};
use crate::{PGBOUNCER, PrivateServer};

/// How many connections it has to the server for each database; fewer than whoever uses it is given.
pub const POOLED_CONNECTIONS: u32 = 3;

/// The port by which the name of its socket differs from the server's.
const PORT: u16 = 6432;

/// What it says when it takes connections.
const READY: &str = "process up: PgBouncer";

static SHARED: OnceLock<Option<Shared>> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// The servers that the tests of this process share, to run for as long as it does.
struct Shared {
    postgres: Mutex<Postgres>,
    _pooler: Mutex<PrivateServer>,
}

/// PgBouncer before a server that a test has for itself. Dropping it stops it.
pub struct Pooler {
    url: String,
    _server: PrivateServer,
}

impl Pooler {
    /// Starts it, with these settings besides; `None` where the test is to be left out. It connects to the socket of this
    /// port in the server's folder.
    ///
    /// # Panics
    /// It does not start; or in CI, when there is none.
    pub fn before(postgres: &Postgres, port: u16, settings: &str) -> Option<Self> {
        let server = pooler(postgres, &PGBOUNCER.find()?, port, settings);
        let url =
            format!("postgres:///postgres?host={}&port={PORT}&user=postgres", postgres.folder.display());
        Some(Self { url, _server: server })
    }

    /// Where the server's one database is, through it.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// An empty database, reached through PgBouncer. Not even `CONCIERGE_TEST_POSTGRES_URL` changes whose it is.
pub struct Pooled {
    shared: &'static Shared,
    name: String,
}

impl Pooled {
    /// A new one; `None` where the test is to be left out.
    ///
    /// # Panics
    /// It cannot be made; or in CI, when a server is missing.
    pub fn make() -> Option<Self> {
        let shared = SHARED.get_or_init(Shared::start).as_ref()?;
        let name = format!("pooled_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        shared.postgres().run(&format!("CREATE DATABASE {name}"));
        Some(Self { shared, name })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("postgres:///{}?host={}&port={PORT}&user=postgres", self.name, self.folder())
    }

    /// Where it is without the pooler.
    pub fn direct_url(&self) -> String {
        format!("postgres:///{}?host={}&user=postgres", self.name, self.folder())
    }

    fn folder(&self) -> String {
        self.shared.postgres().folder.display().to_string()
    }
}

impl Shared {
    fn start() -> Option<Self> {
        let program = PGBOUNCER.find()?;
        let postgres = Postgres::start_for_this_process()?;
        // Connections that nobody uses go soon: each test has a database, and with it a pool, of its own.
        let pooler = pooler(&postgres, &program, 5432, "server_idle_timeout = 1");
        Some(Self { postgres: Mutex::new(postgres), _pooler: Mutex::new(pooler) })
    }

    fn postgres(&self) -> std::sync::MutexGuard<'_, Postgres> {
        self.postgres.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn pooler(postgres: &Postgres, program: &Path, port: u16, settings: &str) -> PrivateServer {
    let folder = postgres.folder.display();
    let settings = format!(
        "[databases]\n* = host={folder} port={port} user=postgres\n[pgbouncer]\nunix_socket_dir = {folder}\nlisten_port = {PORT}\n\
         auth_type = any\nmax_client_conn = 300\npool_mode = transaction\ndefault_pool_size = {POOLED_CONNECTIONS}\n{settings}\n"
    );
    let file = postgres.folder.join("pgbouncer.ini");
    fs::write(&file, settings).unwrap_or_else(|error| panic!("cannot write {}: {error}", file.display()));
    let mut command = postgres.unprivileged_command(Path::new("sh"));
    command.args(["-c", KEEPER, "sh"]).arg(program).arg(&file).env("SIGNAL", "TERM").env("REMOVE", "");
    PrivateServer::start(&mut command, READY).unwrap_or_else(|failure| panic!("{failure}"))
}
