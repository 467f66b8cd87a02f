//! `[database]`: which store, and its connections.

mod shape;
mod tls;
mod url;

use std::time::Duration;

use super::file::{here_or_in_file, holding_a_url};
use super::layers::Layer;
use super::parse::{one_of, seconds, text, whole};
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
    const KEY: &str = "database.url";
    let direct = reader.url(KEY, DatabaseUrl::parse);
    let file = reader.optional("database.url_file", text);
    let (direct, file) = (direct?, file?);
    // A file goes before the URL that is compiled in.
    let direct = direct.filter(|_| file.is_none() || reader.layer(KEY) != Some(&Layer::Default));
    let parse = holding_a_url(DatabaseUrl::parse);
    match here_or_in_file(reader, (KEY, direct), ("database.url_file", file), parse)? {
        Some((_, url)) => Ok(url),
        None => Err(reader.refuse(KEY, "it must have a value")),
    }
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
            ("", "the file is empty"),
            (" \r\n", "the file is empty"),
            ("\u{feff}postgres://me:hunter2@db/x", "begins with a byte order mark"),
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
    fn a_url_that_cannot_be_read_is_not_shown_and_of_others_who_connects_and_how_is_not() {
        for url in [
            "host=db user=u password=hunter2 dbname=d",
            "mysql://me:hunter2@db/concierge",
            "hunter2://x",
            "postgres:hunter2",
            "postgres://me:hunter2/x",
            "postgres://h/d?%70assword=hunter2",
            "postgres://h/d;password=hunter2",
            "postgres://h/d&password=hunter2",
            "postgres://h/d?hunter2&password=hunter2",
        ] {
            let told = faults(&[("DATABASE__URL", url)]).concat();
            assert!(told.starts_with("database.url = (hidden) (from CONCIERGE__DATABASE__URL): "), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
        for (url, shown) in [
            ("postgres://me:hunter2@a:1,b/x?passfile=hunter2", r#""postgres://(hidden)@a:1,b/x?(hidden)""#),
            ("sqlite://data/x.db", r#""sqlite://data/x.db""#),
        ] {
            let settings = with(&[("DATABASE__URL", url)]).unwrap();
            assert_eq!(settings.sources.get("database.url").unwrap().value(), Some(shown));
        }
        assert_eq!(faults(&[("DATABASE__URL", " ")]).len(), 1);
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
