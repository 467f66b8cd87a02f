//! Where users, sessions and events are kept, as `database.url` says.

use std::sync::Arc;
use std::time::Duration;

use concierge_audit::EventStore;
use concierge_store_memory::{MemoryEventStore, MemorySessionStore, MemoryUserStore};
use concierge_store_postgres::{PostgresDatabase, PostgresOptions};
use concierge_store_sqlite::{SqliteDatabase, SqliteOptions};
use concierge_tokens::SessionStore;
use concierge_users::UserStore;
use concierge_web::Readiness;

use crate::settings::{Database, DatabaseUrl, PostgresUrl};

/// How long a start waits for another replica that migrates.
const MIGRATION_PATIENCE: Duration = Duration::from_secs(60);

/// Where users, sessions and events are kept, and how to tell whether they can be reached.
pub(crate) struct Stores {
    pub(crate) users: Arc<dyn UserStore>,
    pub(crate) sessions: Arc<dyn SessionStore>,
    pub(crate) events: Arc<dyn EventStore>,
    pub(crate) readiness: Vec<Readiness>,
    /// The migrations that opening the database applied.
    pub(crate) migrations: Vec<String>,
}

/// Why the stores cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The SQLite file cannot be.
    #[error(transparent)]
    Sqlite(#[from] concierge_store_sqlite::OpenError),
    /// The Postgres database cannot be.
    #[error(transparent)]
    Postgres(#[from] concierge_store_postgres::OpenError),
}

impl Stores {
    /// Opens what the settings name, its schema brought up to date.
    ///
    /// # Errors
    /// The database cannot be opened or migrated.
    pub(crate) fn open(database: &Database) -> Result<Self, OpenError> {
        match &database.url {
            DatabaseUrl::Memory => Ok(Self {
                users: Arc::new(MemoryUserStore::default()),
                sessions: Arc::new(MemorySessionStore::default()),
                events: Arc::new(MemoryEventStore::default()),
                readiness: Vec::new(),
                migrations: Vec::new(),
            }),
            DatabaseUrl::Sqlite { path } => {
                let options =
                    SqliteOptions { pool_size: database.pool_size, busy_timeout: database.busy_timeout };
                let database = SqliteDatabase::open(path, options)?;
                Ok(Self {
                    users: Arc::new(database.users()),
                    sessions: Arc::new(database.sessions()),
                    events: Arc::new(database.events()),
                    migrations: database.applied_migrations().to_vec(),
                    readiness: vec![Readiness { part: "store", check: Arc::new(move || database.ping()) }],
                })
            }
            DatabaseUrl::Postgres(url) => Ok(Self::postgres(url, database)?),
        }
    }

    fn postgres(url: &PostgresUrl, database: &Database) -> Result<Self, concierge_store_postgres::OpenError> {
        let options = PostgresOptions {
            pool_size: database.pool_size,
            connect_timeout: database.connect_timeout,
            statement_timeout: database.statement_timeout,
            pooled: database.pooled,
            migration_patience: MIGRATION_PATIENCE,
        };
        let database = PostgresDatabase::open(url.expose(), options)?;
        Ok(Self {
            users: Arc::new(database.users()),
            sessions: Arc::new(database.sessions()),
            events: Arc::new(database.events()),
            migrations: database.applied_migrations().to_vec(),
            readiness: vec![Readiness { part: "store", check: Arc::new(move || database.ping()) }],
        })
    }
}
