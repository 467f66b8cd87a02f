//! `[database]`: which store, and its connections.

mod shape;
mod tls;
mod url;

use std::time::Duration;

use super::layers::Layer;
use super::parse::{one_of, parsed, seconds, text, whole};
use super::reader::{Read, Reader};

pub use url::{DatabaseUrl, PostgresUrl};

/// Which store, and its connections.
#[derive(Clone, Debug)]
pub struct Database {
    /// The store.
    pub url: DatabaseUrl,
    /// Whether a pooler before Postgres gives each transaction another session.
    pub pooled: bool,
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
        let url = url(reader);
        if reader.environment().is_production() && matches!(url, Ok(DatabaseUrl::Memory)) {
            reader.warn("database.url = memory:// forgets every user when concierge stops".to_owned());
        }
        let in_the_clear = |url: &PostgresUrl| url.may_be_in_the_clear(|name| reader.variable(name));
        if reader.environment().is_production()
            && matches!(&url, Ok(DatabaseUrl::Postgres(url)) if in_the_clear(url))
        {
            reader.warn(
                "the way to the Postgres server may be in the clear: say sslmode=verify-full and sslrootcert in the URL, or \
                 sslmode=disable where you trust the network",
            );
        }
        let pooled = reader.required("database.pooler", one_of(&[("none", false), ("transaction", true)]));
        let pool_size = reader.required("database.pool_size", whole(1..=256));
        let busy_timeout = reader.required("database.busy_timeout", seconds(1..=60));
        let connect_timeout = reader.required("database.connect_timeout", seconds(1..=60));
        let statement_timeout = reader.required("database.statement_timeout", seconds(1..=600));
        Ok(Self {
            url: url?,
            pooled: pooled?,
            pool_size: pool_size?,
            busy_timeout: busy_timeout?,
            connect_timeout: connect_timeout?,
            statement_timeout: statement_timeout?,
        })
    }
}

/// The URL: what the file says that `database.url_file` names, or else `database.url`.
fn url(reader: &mut Reader) -> Read<DatabaseUrl> {
    const FILE: &str = "database.url_file";
    let direct = reader.required("database.url", parsed(DatabaseUrl::parse));
    let Some(path) = reader.optional(FILE, text)? else { return direct };
    if let Some(other) = reader.layer("database.url").filter(|layer| **layer != Layer::Default) {
        let problem = format!("database.url is set as well (from {other}): keep one of the two");
        return Err(reader.refuse(FILE, problem));
    }
    // `read_to_string` says "stream did not contain valid UTF-8" and shows none of it.
    let content = std::fs::read_to_string(path)
        .map_err(|error| reader.refuse(FILE, format!("the file cannot be read: {error}")))?;
    DatabaseUrl::parse(content.trim())
        .map_err(|problem| reader.refuse(FILE, format!("the URL in the file: {problem}")))
}

#[cfg(test)]
mod tests {
    use super::super::support::{faults, production, with};
    use super::*;

    #[test]
    fn the_url_comes_from_a_file_without_the_blanks_around_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        for content in [
            "postgres://me:hunter2@db/x",
            "postgres://me:hunter2@db/x\r\n",
            "\n postgres://me:hunter2@db/x \n\n",
        ] {
            std::fs::write(path, content).unwrap();
            let settings = with(&[("DATABASE__URL_FILE", path)]).unwrap();
            let DatabaseUrl::Postgres(url) = &settings.database.url else {
                panic!("{:?}", settings.database.url)
            };
            assert_eq!(url.expose(), "postgres://me:hunter2@db/x");
            assert!(!format!("{settings:?}").contains("hunter2"));
        }
        assert!(with(&[("DATABASE__URL_FILE", "")]).is_ok());
    }

    #[test]
    fn a_file_that_holds_no_url_or_stands_beside_one_is_refused_and_not_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        for (content, problem) in [
            ("", "the URL in the file: expected sqlite://PATH"),
            ("me:hunter2@db/x", "the URL in the file: expected sqlite://PATH"),
            ("postgres://me:hunter2@db", "the URL in the file: name the database"),
            ("postgres://me:hunter2@db/x\npostgres://me:hunter2@db/y", "is to be percent-encoded"),
        ] {
            std::fs::write(path, content).unwrap();
            let told = faults(&[("DATABASE__URL_FILE", path)]).concat();
            assert!(told.contains(problem) && told.contains(path) && !told.contains("hunter2"), "{told}");
        }
        let told = faults(&[("DATABASE__URL_FILE", "/nowhere/url")]).concat();
        assert!(told.contains("the file cannot be read: No such file"), "{told}");
        let told = faults(&[("DATABASE__URL_FILE", path), ("DATABASE__URL", "memory://")]).concat();
        assert!(told.contains("database.url is set as well (from CONCIERGE__DATABASE__URL)"), "{told}");
    }

    #[test]
    fn forgetting_everything_is_warned_of_in_production() {
        let settings = production(&[("DATABASE__URL", "memory://")]).unwrap();
        assert!(settings.warnings.iter().any(|warning| warning.contains("forgets every user")));
    }

    #[test]
    fn a_pooler_is_told_by_what_it_pools() {
        assert!(!with(&[]).unwrap().database.pooled);
        assert!(with(&[("DATABASE__POOLER", "transaction")]).unwrap().database.pooled);
        let told = faults(&[("DATABASE__POOLER", "statement")]).concat();
        assert!(told.contains(r#"expected "none" or "transaction""#), "{told}");
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
