//! The server's URL: how long a connection may stay silent, and how to name it without its password.

use std::time::Duration;

/// The URL, with what libpq is to be told beside it. What the URL says itself stays.
///
/// A server that has vanished without a word is noticed after about three times `patience`, rather than after the hours
/// that TCP waits by itself.
pub(crate) fn with_patience(url: &str, patience: Duration) -> String {
    let seconds = patience.as_secs().max(1);
    let mut url = url.to_owned();
    for (name, value) in [
        ("connect_timeout", seconds),
        ("keepalives_idle", seconds),
        ("keepalives_interval", seconds),
        ("keepalives_count", 2),
        ("tcp_user_timeout", seconds.saturating_mul(3000)),
    ] {
        let said = parameters(&url).any(|parameter| parameter == name);
        if !said {
            let sign = if url.contains('?') { '&' } else { '?' };
            url.push_str(&format!("{sign}{name}={value}"));
        }
    }
    url
}

fn parameters(url: &str) -> impl Iterator<Item = &str> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').map(|parameter| parameter.split('=').next().unwrap_or_default())
}

/// Where the database is, without who connects and how: no password is told.
pub(crate) fn place(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let rest = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let host = query.split('&').find_map(|parameter| parameter.strip_prefix("host=")).unwrap_or_default();
    match place.strip_prefix('/') {
        Some(name) if !host.is_empty() => format!("{scheme}://{host}/{name}"),
        _ => format!("{scheme}://{place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_url_leaves_open_is_added() {
        let told = with_patience("postgres://db/concierge", Duration::from_secs(5));
        let expected = "postgres://db/concierge?connect_timeout=5&keepalives_idle=5&keepalives_interval=5\
                        &keepalives_count=2&tcp_user_timeout=15000";
        assert_eq!(told, expected);
        let said = with_patience("postgres://db/x?connect_timeout=9&a=b", Duration::from_secs(5));
        assert!(said.starts_with("postgres://db/x?connect_timeout=9&a=b&keepalives_idle=5&"), "{said}");
    }

    #[test]
    fn a_place_has_no_password() {
        for (url, shown) in [
            ("postgres://me:hunter2@db:5433/x?sslmode=disable&password=hunter2", "postgres://db:5433/x"),
            ("postgresql://me:p@ss@db/x", "postgresql://db/x"),
            ("postgres:///x?user=me&host=/run/postgresql", "postgres:///run/postgresql/x"),
            ("postgres:///x?password=hunter2", "postgres:///x"),
            ("postgres://db", "postgres://db"),
        ] {
            assert_eq!(place(url), shown);
        }
    }
}
