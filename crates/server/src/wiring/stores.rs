//! Where users, sessions and events are kept, as `database.url` says.

use std::sync::Arc;

use concierge_audit::EventStore;
use concierge_store_memory::{MemoryEventStore, MemorySessionStore, MemoryUserStore};
use concierge_store_sqlite::{OpenError, SqliteDatabase, SqliteOptions};
use concierge_tokens::SessionStore;
use concierge_users::UserStore;
use concierge_web::Readiness;

use crate::settings::{Database, DatabaseUrl};

/// Where users, sessions and events are kept, and how to tell whether they can be reached.
pub(crate) struct Stores {
    pub(crate) users: Arc<dyn UserStore>,
    pub(crate) sessions: Arc<dyn SessionStore>,
    pub(crate) events: Arc<dyn EventStore>,
    pub(crate) readiness: Vec<Readiness>,
    /// The migrations that opening the database applied.
    pub(crate) migrations: Vec<String>,
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
        }
    }
}
