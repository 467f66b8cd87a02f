//! `[database]`: which store, and its connections.

mod url;

use std::time::Duration;

use super::parse::{parsed, seconds, whole};
use super::reader::{Read, Reader};

pub use url::{DatabaseUrl, PostgresUrl};

/// Which store, and its connections.
#[derive(Clone, Debug)]
pub struct Database {
    /// The store.
    pub url: DatabaseUrl,
    /// Connections held open, 1 to 256.
    pub pool_size: u32,
    /// SQLite: how long a write waits for its turn, and for the write of another process, 1 to 60 seconds each.
    pub busy_timeout: Duration,
    /// Postgres: how long connecting may take, to all hosts together, and waiting for a free connection, 1 to 60 seconds
    /// each.
    pub connect_timeout: Duration,
    /// Postgres: how long a statement may take, 1 to 600 seconds.
    pub statement_timeout: Duration,
}

impl Database {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let url = reader.required("database.url", parsed(DatabaseUrl::parse));
        if reader.environment().is_production() && matches!(url, Ok(DatabaseUrl::Memory)) {
            reader.warn("database.url = memory:// forgets every user when concierge stops".to_owned());
        }
        let pool_size = reader.required("database.pool_size", whole(1..=256));
        let busy_timeout = reader.required("database.busy_timeout", seconds(1..=60));
        let connect_timeout = reader.required("database.connect_timeout", seconds(1..=60));
        let statement_timeout = reader.required("database.statement_timeout", seconds(1..=600));
        Ok(Self {
            url: url?,
            pool_size: pool_size?,
            busy_timeout: busy_timeout?,
            connect_timeout: connect_timeout?,
            statement_timeout: statement_timeout?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{faults, production};

    #[test]
    fn forgetting_everything_is_warned_of_in_production() {
        let settings = production(&[("DATABASE__URL", "memory://")]).unwrap();
        assert!(settings.warnings.iter().any(|warning| warning.contains("forgets every user")));
    }

    #[test]
    fn connections_and_waits_are_bounded() {
        for (key, outside) in [
            ("DATABASE__POOL_SIZE", ["0", "257"]),
            ("DATABASE__BUSY_TIMEOUT", ["0", "61"]),
            ("DATABASE__CONNECT_TIMEOUT", ["0", "61"]),
            ("DATABASE__STATEMENT_TIMEOUT", ["0", "601"]),
        ] {
            for value in outside {
                assert_eq!(faults(&[(key, value)]).len(), 1, "{key} = {value}");
            }
        }
    }
}
