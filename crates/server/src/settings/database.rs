//! `[database]`: which store, chosen by the URL's scheme, and its connections.

use std::path::PathBuf;
use std::time::Duration;

use super::parse::{parsed, seconds, whole};
use super::reader::{Read, Reader};

/// Which store, and its connections.
#[derive(Clone, Debug)]
pub struct Database {
    /// The store.
    pub url: DatabaseUrl,
    /// Connections held open, 1 to 256.
    pub pool_size: u32,
    /// How long a write waits for its turn, and for the write of another process, 1 to 60 seconds each.
    pub busy_timeout: Duration,
}

/// The stores this version can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite://PATH`: a SQLite file.
    Sqlite {
        /// The file, as written: absolute, or relative to the working directory.
        path: PathBuf,
    },
    /// `memory://`: nothing outlives the process.
    Memory,
}

const SUPPORTED: &str = "sqlite://PATH or memory://";

impl DatabaseUrl {
    fn parse(text: &str) -> Result<Self, String> {
        match text.split_once("://") {
            Some(("sqlite", path)) => Self::sqlite(path),
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("memory", _)) => Err("memory:// takes nothing after it".to_owned()),
            Some((scheme, _)) => Err(format!("this version has no store for {scheme}://, use {SUPPORTED}")),
            None => Err(format!("expected {SUPPORTED}")),
        }
    }

    fn sqlite(path: &str) -> Result<Self, String> {
        let problem = match path {
            "" => "sqlite:// needs the path of a file after it",
            ":memory:" => "every connection to :memory: would open a database of its own, use memory://",
            _ if path.contains('?') => "sqlite:// takes a path and no query",
            _ if path.starts_with("file:") => "sqlite:// takes a plain path, not a file: URI",
            _ if path.contains('\0') => "a path has no zero byte",
            _ => return Ok(Self::Sqlite { path: path.into() }),
        };
        Err(problem.to_owned())
    }
}

impl Database {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let url = reader.required("database.url", parsed(DatabaseUrl::parse));
        if reader.environment().is_production() && matches!(url, Ok(DatabaseUrl::Memory)) {
            reader.warn("database.url = memory:// forgets every user when concierge stops".to_owned());
        }
        let pool_size = reader.required("database.pool_size", whole(1..=256));
        let busy_timeout = reader.required("database.busy_timeout", seconds(1..=60));
        Ok(Self { url: url?, pool_size: pool_size?, busy_timeout: busy_timeout? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{faults, production};
    use super::*;

    #[test]
    fn the_scheme_chooses_the_store() {
        let sqlite = |path: &str| Ok(DatabaseUrl::Sqlite { path: path.into() });
        assert_eq!(DatabaseUrl::parse("sqlite://data/concierge.db"), sqlite("data/concierge.db"));
        assert_eq!(DatabaseUrl::parse("sqlite:///var/lib/concierge.db"), sqlite("/var/lib/concierge.db"));
        assert_eq!(DatabaseUrl::parse("memory://"), Ok(DatabaseUrl::Memory));
    }

    #[test]
    fn forgetting_everything_is_warned_of_in_production() {
        let settings = production(&[("DATABASE__URL", "memory://")]).unwrap();
        assert!(settings.warnings.iter().any(|warning| warning.contains("forgets every user")));
    }

    #[test]
    fn a_store_this_version_lacks_is_refused_with_those_it_has_and_without_its_password() {
        let faults = faults(&[("DATABASE__URL", "postgres://me:hunter2@db/concierge")]);
        let fault = "database.url = \"postgres://(hidden)@db/concierge\" (from CONCIERGE__DATABASE__URL): this version \
                     has no store for postgres://, use sqlite://PATH or memory://";
        assert_eq!(faults, [fault]);
    }

    #[test]
    fn urls_that_would_open_something_else_than_they_say_are_refused() {
        let refused = [
            "sqlite://",
            "sqlite://:memory:",
            "sqlite://a.db?mode=memory",
            "sqlite://file::memory:",
            "sqlite:a.db",
            "a.db",
            "memory://x",
            "SQLITE://a.db",
        ];
        for url in refused {
            assert!(DatabaseUrl::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn connections_are_bounded() {
        assert_eq!(faults(&[("DATABASE__POOL_SIZE", "0"), ("DATABASE__BUSY_TIMEOUT", "61")]).len(), 2);
        assert_eq!(faults(&[("DATABASE__POOL_SIZE", "257"), ("DATABASE__BUSY_TIMEOUT", "0")]).len(), 2);
    }
}
