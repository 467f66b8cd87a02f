//! Opening the database: connection, migrations, pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use concierge_kernel::{BoxError, StoreFailure};
use diesel::dsl::sql;
use diesel::sql_types::{Bool, Text};
use diesel::{Connection as _, PgConnection, RunQueryDsl as _};
use r2d2::{NopErrorHandler, Pool, PooledConnection};

use crate::address::{completed, place};
use crate::failure::Failure;
use crate::lines::Lines;
use crate::migrate::{MigrateFailure, migrate};
use crate::{PostgresEventStore, PostgresSessionStore, PostgresUserStore};

/// How often a transaction is begun that the server keeps taking back for the sake of others.
const TRIES: u32 = 5;
/// How often connecting is tried while the server is away; so soon after its return it is found again.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(500);

/// How to use a database.
#[derive(Clone, Copy, Debug)]
pub struct PostgresOptions {
    /// The most connections at once.
    pub pool_size: u32,
    /// How long connecting may take, to all hosts of the URL together, and waiting for a free connection; in whole seconds.
    /// Each host gets an equal part, a second at least, and libpq gives it to each address that its name has.
    pub connect_timeout: Duration,
    /// How long a statement may take, a wait for others' locks included, and how long a transaction may stand still.
    pub statement_timeout: Duration,
    /// How long opening waits for another process that migrates, and a migration for each lock it needs.
    pub migration_patience: Duration,
}

/// Why a database could not be opened. No message holds the password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The server cannot be reached, or refuses.
    #[error("cannot connect to the Postgres database {place}")]
    Connect {
        /// Where it is to be.
        place: String,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The database cannot hold every name.
    #[error("the Postgres database {place} keeps text as {encoding}: make one with ENCODING 'UTF8'")]
    Encoding {
        /// Where it is.
        place: String,
        /// What it has instead of UTF-8.
        encoding: String,
    },
    /// Nobody migrated it, as the lock was not to be had.
    #[error(
        "cannot lock the Postgres database {place} for migrations within {} s; another concierge may be at it: wait for it, \
         or see in pg_stat_activity what it does",
        patience.as_secs_f32()
    )]
    Locked {
        /// Where it is.
        place: String,
        /// How long it took.
        patience: Duration,
        /// What the server says.
        #[source]
        source: BoxError,
    },
    /// A newer version has been here.
    #[error(
        "the Postgres database {place} has migrations that this version of concierge does not know ({}): start the version \
         that applied them, or a later one",
        unknown.join(", ")
    )]
    Ahead {
        /// Where it is.
        place: String,
        /// The versions of those migrations.
        unknown: Vec<String>,
    },
    /// A migration failed; what it had done has been undone.
    #[error("cannot migrate the Postgres database {place}")]
    Migrate {
        /// Where it is.
        place: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}

/// An open, migrated database.
#[derive(Clone)]
pub struct PostgresDatabase(Arc<Inner>);

struct Inner {
    pool: Pool<Lines>,
    /// How long to wait for a connection.
    patience: Duration,
    /// How long to wait for what is done with one.
    work_patience: Duration,
    /// Whether somebody has waited for a connection in vain while there was none at all.
    away: AtomicBool,
    migrations: Vec<String>,
}

impl PostgresDatabase {
    /// Connects to the database at `url`, as libpq reads it, and brings its schema up to date.
    ///
    /// # Errors
    /// It cannot be reached or used; see [`OpenError`].
    pub fn open(url: &str, options: PostgresOptions) -> Result<Self, OpenError> {
        let place = place(url);
        let failed = |source: BoxError| OpenError::Connect { place: place.clone(), source };
        let url = completed(url, options.connect_timeout);

        // libpq ends its sentences with a line's end.
        let mut first =
            PgConnection::establish(&url).map_err(|error| failed(error.to_string().trim_end().into()))?;
        let encoding = diesel::select(sql::<Text>("current_setting('server_encoding')"))
            .get_result::<String>(&mut first)
            .map_err(|error| failed(error.into()))?;
        if encoding != "UTF8" {
            return Err(OpenError::Encoding { place, encoding });
        }
        let patience = options.migration_patience;
        let migrations = migrate(&mut first, patience).map_err(|failure| match failure {
            MigrateFailure::Lock(source) => OpenError::Locked { place: place.clone(), patience, source },
            MigrateFailure::Ahead(unknown) => OpenError::Ahead { place: place.clone(), unknown },
            MigrateFailure::Migration(source) => OpenError::Migrate { place: place.clone(), source },
        })?;
        drop(first);

        let session = session(options.statement_timeout);
        let lines = Lines::new(url, session, options.connect_timeout, options.pool_size);
        let pool = Pool::builder()
            .max_size(options.pool_size)
            .min_idle(Some(1))
            .test_on_check_out(true)
            // Nobody waits by this: the pool's pauses between attempts to connect grow up to half of it.
            .connection_timeout(BETWEEN_ATTEMPTS * 2)
            // Whoever waits for a connection in vain is told why; otherwise an outage would fill the log.
            .error_handler(Box::new(NopErrorHandler))
            .build_unchecked(lines);
        let database = Self(Arc::new(Inner {
            pool,
            patience: options.connect_timeout,
            // The server ends a statement in time, so it is the server that is silent when this has passed.
            work_patience: options.statement_timeout + options.connect_timeout,
            away: AtomicBool::new(false),
            migrations,
        }));
        // It is connected and told its settings; the server has just been there.
        let patience = options.connect_timeout + options.statement_timeout;
        drop(database.0.pool.get_timeout(patience).map_err(|error| failed(error.into()))?);
        Ok(database)
    }

    /// The names of the migrations that opening it applied, the oldest first.
    pub fn applied_migrations(&self) -> &[String] {
        &self.0.migrations
    }

    /// The users in this database.
    pub fn users(&self) -> PostgresUserStore {
        PostgresUserStore::new(self.clone())
    }

    /// The sessions in this database.
    pub fn sessions(&self) -> PostgresSessionStore {
        PostgresSessionStore::new(self.clone())
    }

    /// The events in this database.
    pub fn events(&self) -> PostgresEventStore {
        PostgresEventStore::new(self.clone())
    }

    /// Whether the database answers and takes writes.
    ///
    /// # Errors
    /// It does not, just now.
    pub fn ping(&self) -> Result<(), StoreFailure> {
        self.run(|connection| {
            let setting = sql::<Bool>("current_setting('transaction_read_only') = 'on'");
            let read_only: bool = diesel::select(setting).get_result(connection)?;
            if read_only { Err(Failure::ReadOnly) } else { Ok(()) }
        })?;
        Ok(())
    }

    /// Runs `work` with a connection. It is for a single statement, which is a transaction of its own.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let mut line = self.line()?;
        let done = line.call(self.0.work_patience, work)?;
        done.inspect_err(|failure| {
            if failure.ends_the_connection() {
                line.retire();
            }
        })
    }

    /// Runs `work`, whose statements all see the same state of the database and change nothing.
    pub(crate) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.run(|connection| connection.build_transaction().repeatable_read().read_only().run(work))
    }

    /// Runs `work` in a transaction whose every statement sees what others have committed until then. If the server
    /// takes it back because it was in another's way, `work` is run again.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.run(move |connection| {
            let mut tries = 1;
            loop {
                match connection.build_transaction().read_committed().run(&work) {
                    Err(failure) if failure.lost_to_another() && tries < TRIES => tries += 1,
                    done => return done,
                }
            }
        })
    }

    /// A connection. A short absence of the server is waited out; once it has lasted, whoever comes waits for no more than
    /// the next attempt to connect.
    fn line(&self) -> Result<PooledConnection<Lines>, StoreFailure> {
        let Inner { pool, patience, away, .. } = &*self.0;
        let patience = if away.load(Ordering::Relaxed) { BETWEEN_ATTEMPTS.min(*patience) } else { *patience };
        let found = pool.get_timeout(patience);
        away.store(found.is_err() && pool.state().connections == 0, Ordering::Relaxed);
        found.map_err(|error| StoreFailure::Unavailable(error.into()))
    }
}

/// What a connection is told first. English where the server lets us choose: some of its refusals can be told apart by
/// their words alone.
fn session(patience: Duration) -> String {
    let millis = patience.as_millis();
    format!(
        "SET statement_timeout = {millis}; SET lock_timeout = {millis}; \
         SET idle_in_transaction_session_timeout = {millis}; \
         DO $$ BEGIN PERFORM set_config('lc_messages', 'C', false); \
         EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
    )
}
