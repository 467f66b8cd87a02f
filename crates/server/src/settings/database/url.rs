//! `database.url`: the scheme chooses the store.

use std::fmt;
use std::path::PathBuf;

use super::tls;

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
                check_postgres(rest)?;
                tls::check(text)?;
                Ok(Self::Postgres(PostgresUrl(text.to_owned())))
            }
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

impl PostgresUrl {
    /// The URL, password and all.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the way to a server on another machine may be in the clear although nobody has said so.
    pub(super) fn may_be_in_the_clear(&self) -> bool {
        tls::may_be_in_the_clear(&self.0)
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresUrl(hidden)")
    }
}

/// What libpq would refuse with a piece of the URL in its sentence, which may be of the password; or understand otherwise
/// than it was meant.
fn check_postgres(rest: &str) -> Result<(), &'static str> {
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let database = place.rsplit_once('@').map_or(place, |(_, place)| place).split_once('/');
    if rest.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '#') {
        return Err("a blank or a # in it is to be percent-encoded");
    }
    if !percent_encoded(rest) {
        return Err("a % in it begins a percent-encoded character: % itself is %25");
    }
    if place.matches('@').count() > 1 || place.matches('/').count() > 1 {
        return Err("a password's @ and / are to be percent-encoded: %40 and %2F");
    }
    if database.is_none_or(|(_, name)| name.is_empty()) {
        return Err("name the database: postgres://USER@HOST/DATABASE");
    }
    if !query.is_empty() && query.split('&').any(|parameter| !parameter.contains('=')) {
        return Err("after the ? come parameters of libpq, NAME=VALUE with & between them");
    }
    Ok(())
}

/// Whether every `%` begins a character, and none is the zero byte.
fn percent_encoded(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let digits = after.get(..2);
        digits.is_some_and(|two| two != "00" && two.bytes().all(|digit| digit.is_ascii_hexdigit()))
    })
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
            "postgres://me@db/concierge?sslmode=verify-full&sslrootcert=/etc/concierge/ca.pem",
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
        let fault = "database.url = \"mysql://(hidden)@db/concierge\" (from CONCIERGE__DATABASE__URL): this version \
                     has no store for mysql://, use sqlite://PATH, postgres://USER@HOST/DATABASE or memory://";
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
    fn a_postgres_url_that_libpq_would_not_read_is_refused_with_what_to_do_and_without_its_password() {
        for (url, advice) in [
            ("postgres://me:hunter2@db", "name the database"),
            ("postgres://me:hunter2@db/?sslmode=disable", "name the database"),
            ("postgres://me:hunter2@db:1/", "name the database"),
            ("postgres://me:hunter2@one:1,other:2", "name the database"),
            ("postgres://one:1,me:hunt@er2@other:2/x", "%40 and %2F"),
            ("postgres://me:hunter2%@db/x", "% itself is %25"),
            ("postgres://me:hunter2%00@db/x", "% itself is %25"),
            ("postgres://me:hunt@er2@db/x", "%40 and %2F"),
            ("postgres://me:hunter2/@db/x", "%40 and %2F"),
            ("postgres://me:hunter2#@db/x", "percent-encoded"),
            ("postgres://me@db/x?hunter2&password=hunter2", "NAME=VALUE"),
        ] {
            let told = faults(&[("DATABASE__URL", url)]).concat();
            assert!(told.contains(advice), "{url}: {told}");
            assert!(url.contains("?hunter2") || !told.contains("hunter2"), "{told}");
        }
        assert_eq!(
            format!("{:?}", DatabaseUrl::parse("postgres://me:hunter2@db/x")),
            "Ok(Postgres(PostgresUrl(hidden)))"
        );
    }
}
