//! `database.url`: the scheme chooses the store.

use std::fmt;
use std::path::PathBuf;

use super::{shape, tls};

/// The stores this version can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite://PATH`: a SQLite file.
    Sqlite {
        /// The file, as written: absolute, or relative to the working directory.
        path: PathBuf,
    },
    /// `postgres://USER@HOST/DATABASE`: a Postgres server.
    Postgres(PostgresUrl),
    /// `memory://`: nothing outlives the process.
    Memory,
}

/// The URL of a Postgres database, as libpq reads it. It may hold a password, and shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

const SUPPORTED: &str = "sqlite://PATH, postgres://USER@HOST/DATABASE or memory://";

impl DatabaseUrl {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text.split_once("://") {
            Some(("sqlite", path)) => Self::sqlite(path),
            Some(("postgres" | "postgresql", rest)) => {
                shape::check(rest)?;
                tls::check(text)?;
                Ok(Self::Postgres(PostgresUrl(text.to_owned())))
            }
            Some(("memory", "")) => Ok(Self::Memory),
            Some(("memory", _)) => Err("memory:// takes nothing after it".to_owned()),
            // What stands before may be of a password too.
            Some(_) => Err(format!("this version has no store of that scheme, use {SUPPORTED}")),
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

impl PostgresUrl {
    /// The URL, password and all.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the way to a server on another machine may be in the clear although nobody has said so. `variable` tells of
    /// the variables of the process.
    pub(super) fn may_be_in_the_clear(&self, variable: impl Fn(&str) -> Option<String>) -> bool {
        tls::may_be_in_the_clear(&self.0, variable)
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresUrl(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::support::faults;
    use super::*;

    #[test]
    fn the_scheme_chooses_the_store() {
        let sqlite = |path: &str| Ok(DatabaseUrl::Sqlite { path: path.into() });
        assert_eq!(DatabaseUrl::parse("sqlite://data/concierge.db"), sqlite("data/concierge.db"));
        assert_eq!(DatabaseUrl::parse("sqlite:///var/lib/concierge.db"), sqlite("/var/lib/concierge.db"));
        assert_eq!(DatabaseUrl::parse("memory://"), Ok(DatabaseUrl::Memory));
        for url in [
            "postgres://me:hunter2@db/concierge",
            "postgresql://me@[::1]:5433/concierge?sslmode=disable",
            "postgres://me@db/concierge?sslmode=verify-full&sslrootcert=system",
            "postgres:///concierge?host=/run/postgresql&application_name=concierge",
            "postgres://me:p%40ss%2Fw@one:5432,[::1]:5433,other/concierge?target_session_attrs=primary",
            "postgres:///concierge?host=/run/one,/run/other&port=5432,5433",
        ] {
            let parsed = DatabaseUrl::parse(url);
            assert!(matches!(&parsed, Ok(DatabaseUrl::Postgres(kept)) if kept.expose() == url), "{parsed:?}");
        }
    }

    #[test]
    fn a_store_this_version_lacks_is_refused_with_those_it_has_and_without_its_password() {
        let faults = faults(&[("DATABASE__URL", "mysql://me:hunter2@db/concierge")]);
        let fault = "database.url = (hidden) (from CONCIERGE__DATABASE__URL): this version has no store of that scheme, \
                     use sqlite://PATH, postgres://USER@HOST/DATABASE or memory://";
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
    fn a_postgres_url_shows_nothing_of_itself() {
        assert_eq!(
            format!("{:?}", DatabaseUrl::parse("postgres://me:hunter2@db/x")),
            "Ok(Postgres(PostgresUrl(hidden)))"
        );
    }
}
