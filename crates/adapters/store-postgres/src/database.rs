//! Opening the database: connection, migrations, pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use concierge_kernel::{BoxError, StoreFailure};
use diesel::dsl::sql;
use diesel::sql_types::Bool;
use diesel::{PgConnection, RunQueryDsl as _};
use r2d2::{NopErrorHandler, Pool, PooledConnection};

use crate::address::{completed, hosts, opening, place, trusting};
use crate::failure::Failure;
use crate::limits::{COMMITTED, Limits, SNAPSHOT, finish};
use crate::lines::Lines;
use crate::opening::ready;
use crate::{OpenError, PostgresEventStore, PostgresSessionStore, PostgresUserStore};

/// How often a transaction is begun that the server keeps taking back for the sake of others.
const TRIES: u32 = 5;
/// How often connecting is tried while the server is away; so soon after its return it is found again.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(500);

/// How to use a database.
#[derive(Clone, Copy, Debug)]
pub struct PostgresOptions {
    /// The most connections at once.
    pub pool_size: u32,
    /// How long connecting may take, to all hosts of the URL together, waiting for a free connection, and in a pooler's
    /// queue; in whole seconds. Each host gets an equal part, a second at least, and libpq gives it to each address that
    /// its name has; who takes twice as long as the hosts together is given up.
    pub connect_timeout: Duration,
    /// How long a statement may take, a wait for others' locks included, and how long a transaction may stand still.
    pub statement_timeout: Duration,
    /// Whether something before the server gives each transaction another session. Then a single statement takes three round
    /// trips instead of one.
    pub pooled: bool,
    /// How long opening waits for another process that migrates, and a migration for each lock it needs.
    pub migration_patience: Duration,
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
    limits: Arc<Limits>,
    migrations: Vec<String>,
}

impl PostgresDatabase {
    /// Connects to the database at `url`, as libpq reads it, and brings its schema up to date.
    ///
    /// # Errors
    /// It cannot be reached or used; see [`OpenError`].
    pub fn open(url: &str, options: PostgresOptions) -> Result<Self, OpenError> {
        // As libpq reads them.
        let hosts = hosts(url, |name| std::env::var(name).ok());
        let place = place(url, &hosts);
        let failed = |source: BoxError| OpenError::connect(&place, source);
        let authorities = openssl_probe::probe().cert_file;
        let url = trusting(&completed(url, hosts.len(), options.connect_timeout), authorities.as_deref());

        let opening = opening(&url, hosts.len(), options.connect_timeout);
        let (migrations, limits) = ready(&place, &url, options, opening)?;
        let limits = Arc::new(limits);

        let lines = Lines::new(url, Arc::clone(&limits), opening, options);
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
            limits,
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
        if self.0.limits.are_of_sessions() {
            return self.call(self.line()?, work);
        }
        self.call(self.begun(COMMITTED)?, move |connection| finish(connection, work))
    }

    /// Runs `work`, whose statements all see the same state of the database and change nothing.
    pub(crate) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.call(self.begun(SNAPSHOT)?, move |connection| finish(connection, work))
    }

    /// Runs `work` in a transaction whose every statement sees what others have committed until then. If the server
    /// takes it back because it was in another's way, `work` is run again.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let limits = Arc::clone(&self.0.limits);
        self.call(self.begun(COMMITTED)?, move |connection| {
            let mut tries = 1;
            loop {
                match finish(connection, &work) {
                    Err(failure) if failure.lost_to_another() && tries < TRIES => tries += 1,
                    done => return done,
                }
                limits.begin(connection, COMMITTED)?;
            }
        })
    }

    fn call<T: Send + 'static>(
        &self,
        mut line: PooledConnection<Lines>,
        work: impl FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let done = line.call(self.0.work_patience, work)?;
        done.inspect_err(|failure| {
            if failure.ends_the_connection() {
                line.retire();
            }
        })
    }

    /// A connection with a transaction begun, for which a pooler's queue is waited in as long as for a connection. Nothing has
    /// been asked for yet: who gives up in the queue gets nothing done, and a connection that was dead is passed over.
    fn begun(&self, mode: &'static str) -> Result<PooledConnection<Lines>, Failure> {
        let mut passed = 0;
        loop {
            let mut line = self.line()?;
            let limits = Arc::clone(&self.0.limits);
            let begun = line.call(self.0.patience, move |connection| limits.begin(connection, mode))?;
            let Err(failure) = begun.map_err(Failure::from) else { return Ok(line) };
            line.retire();
            // One that ended later has been waiting: the pooler sends away who has been in its queue for too long.
            let most = if line.has_been_prompt() { self.0.pool.max_size() } else { 1 };
            if passed >= most || !failure.ends_the_connection() {
                return Err(failure);
            }
            passed += 1;
        }
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
