//! The SQLite stores keep the law of their ports.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use std::sync::Arc;
use std::time::Duration;

use concierge_contracts::Stores;
use concierge_store_sqlite::{SqliteDatabase, SqliteOptions};

/// The stores of a new database in a folder of its own.
fn stores() -> Stores {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { pool_size: 4, busy_timeout: Duration::from_secs(30) };
    let database = SqliteDatabase::open(&folder.path().join("test.db"), options).unwrap();
    Stores {
        users: Arc::new(database.users()),
        sessions: Arc::new(database.sessions()),
        events: Arc::new(database.events()),
        keep: Arc::new(folder),
    }
}

concierge_contracts::user_store_suite!(stores);
concierge_contracts::session_store_suite!(stores);
concierge_contracts::event_store_suite!(stores);
