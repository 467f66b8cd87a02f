//! Opening the database: folder, file, journal, migrations, pool.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use concierge_kernel::{BoxError, StoreFailure};
use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::r2d2::ConnectionManager;
use diesel::sqlite::Sqlite;
use diesel::{Connection, RunQueryDsl, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use r2d2::{CustomizeConnection, Pool};

use crate::failure::Failure;
use crate::writers::Writers;
use crate::{SqliteEventStore, SqliteSessionStore, SqliteUserStore};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../../migrations/sqlite");

/// How to use a database.
#[derive(Clone, Copy, Debug)]
pub struct SqliteOptions {
    /// The most connections at once.
    pub pool_size: u32,
    /// How long a write waits for its turn in this process, then for a free connection, then for the write of
    /// another process; each at most this long.
    pub busy_timeout: Duration,
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder, the file or the lock beside it could not be made.
    #[error("cannot prepare {path}")]
    Folder {
        /// What could not be made.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// SQLite could not open the file or would not take a setting.
    #[error("cannot open the SQLite database {path}")]
    Open {
        /// The database's file.
        path: PathBuf,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// A newer version has been here.
    #[error(
        "the SQLite database {path} has migrations that this version of concierge does not know ({}): start the version \
         that applied them, or a later one",
        unknown.join(", ")
    )]
    Ahead {
        /// The database's file.
        path: PathBuf,
        /// The versions of those migrations.
        unknown: Vec<String>,
    },
    /// A migration failed; what it had done has been undone.
    #[error("cannot migrate the SQLite database {path}")]
    Migrate {
        /// The database's file.
        path: PathBuf,
        /// Why.
        #[source]
        source: BoxError,
    },
}

/// An open, migrated database.
#[derive(Clone)]
pub struct SqliteDatabase(Arc<Inner>);

struct Inner {
    pool: Pool<ConnectionManager<SqliteConnection>>,
    writers: Writers,
    patience: Duration,
    migrations: Vec<String>,
}

impl SqliteDatabase {
    /// Opens the database at `path`, which is made if it is not there, and brings its schema up to date.
    pub fn open(path: &Path, options: SqliteOptions) -> Result<Self, OpenError> {
        let opening = |source| OpenError::Open { path: path.to_owned(), source };
        let _lock = prepare(path)?;
        let url = path.to_str().ok_or_else(|| opening("the path is not valid UTF-8".into()))?;
        let customizer = Customizer { busy_timeout: options.busy_timeout };

        let mut first = SqliteConnection::establish(url).map_err(|error| opening(error.into()))?;
        customizer.configure(&mut first).map_err(|error| opening(error.into()))?;
        // Write-ahead logging is a property of the file: set once, before others open it.
        first.batch_execute("PRAGMA journal_mode = WAL").map_err(|error| opening(error.into()))?;
        let migrating = |source| OpenError::Migrate { path: path.to_owned(), source };
        let unknown = unknown_migrations(&mut first).map_err(migrating)?;
        if !unknown.is_empty() {
            return Err(OpenError::Ahead { path: path.to_owned(), unknown });
        }
        let migrations = migrate(&mut first).map_err(migrating)?;
        drop(first);

        let pool = Pool::builder()
            .max_size(options.pool_size)
            .min_idle(Some(1))
            // A connection to a file does not go stale; asking it first would double every query.
            .test_on_check_out(false)
            .connection_timeout(options.busy_timeout)
            .connection_customizer(Box::new(customizer))
            .build(ConnectionManager::new(url))
            .map_err(|error| opening(error.into()))?;
        let writers = Writers::default();
        Ok(Self(Arc::new(Inner { pool, writers, patience: options.busy_timeout, migrations })))
    }

    /// The names of the migrations that opening it applied, the oldest first.
    pub fn applied_migrations(&self) -> &[String] {
        &self.0.migrations
    }

    /// The users in this database.
    pub fn users(&self) -> SqliteUserStore {
        SqliteUserStore::new(self.clone())
    }

    /// The sessions in this database.
    pub fn sessions(&self) -> SqliteSessionStore {
        SqliteSessionStore::new(self.clone())
    }

    /// The events in this database.
    pub fn events(&self) -> SqliteEventStore {
        SqliteEventStore::new(self.clone())
    }

    /// Whether the database answers and could be written to.
    pub fn ping(&self) -> Result<(), StoreFailure> {
        self.write::<_, Failure>(|connection| {
            diesel::sql_query("SELECT 1 FROM users LIMIT 1").execute(connection)?;
            Ok(())
        })?;
        Ok(())
    }

    /// Runs `work` with a connection. One statement sees one state of the database; for several that must
    /// see the same, `work` opens a transaction.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, Failure>,
    ) -> Result<T, StoreFailure> {
        let mut connection = self.0.pool.get().map_err(|error| StoreFailure::Unavailable(error.into()))?;
        work(&mut connection).map_err(StoreFailure::from)
    }

    /// Runs `work` in a transaction that holds the right to write from its start: what it reads stays true
    /// until it commits.
    pub(crate) fn write<T, E>(&self, work: impl FnOnce(&mut SqliteConnection) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreFailure> + From<diesel::result::Error>,
    {
        let turn = self.0.writers.turn(self.0.patience);
        let _turn = turn.map_err(|error| StoreFailure::Unavailable(error.into()))?;
        let mut connection = self.0.pool.get().map_err(|error| StoreFailure::Unavailable(error.into()))?;
        connection.immediate_transaction(work)
    }
}

/// The versions that have been applied and are none of ours.
fn unknown_migrations(connection: &mut SqliteConnection) -> Result<Vec<String>, BoxError> {
    let known: Vec<_> = MigrationSource::<Sqlite>::migrations(&MIGRATIONS)?
        .iter()
        .map(|migration| migration.name().version().as_owned())
        .collect();
    let applied = connection.applied_migrations()?;
    Ok(applied.iter().filter(|version| !known.contains(version)).map(ToString::to_string).collect())
}

/// Applies what is pending; its names.
fn migrate(connection: &mut SqliteConnection) -> Result<Vec<String>, BoxError> {
    let pending = connection.pending_migrations(MIGRATIONS)?;
    connection.run_migrations(&pending)?;
    Ok(pending.iter().map(|migration| migration.name().to_string()).collect())
}

/// Makes the folder and the file, for their owner alone since the database holds password hashes, and takes the
/// lock that serialises the migrations of several processes. The lock goes with the returned file.
fn prepare(path: &Path) -> Result<File, OpenError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::Folder { path, source }
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder).map_err(failed(folder))?;
    }
    let mut lock_path = path.as_os_str().to_owned();
    lock_path.push(".lock");
    let lock_path = PathBuf::from(lock_path);
    // SQLite gives its journal the mode of the database, which it would itself make readable for everybody.
    owners_file(path).map_err(failed(path))?;
    let lock = owners_file(&lock_path).map_err(failed(&lock_path))?;
    lock.lock().map_err(failed(&lock_path))?;
    Ok(lock)
}

/// Opens a file, made for its owner alone if it is not there.
fn owners_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.create(true).truncate(false).write(true).open(path)
}

#[derive(Debug)]
struct Customizer {
    busy_timeout: Duration,
}

impl Customizer {
    fn configure(&self, connection: &mut SqliteConnection) -> Result<(), diesel::result::Error> {
        // The timeout first: the other settings may already have to wait for somebody.
        // synchronous=FULL: under WAL, anything less loses acknowledged commits when the machine loses power.
        connection.batch_execute(&format!(
            "PRAGMA busy_timeout = {}; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;",
            self.busy_timeout.as_millis()
        ))
    }
}

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for Customizer {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        self.configure(connection).map_err(diesel::r2d2::Error::QueryError)
    }
}
