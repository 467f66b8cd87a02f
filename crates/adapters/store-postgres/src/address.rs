//! The server's URL: what libpq is told beside it, and how to name it without its password.

use std::path::Path;
use std::time::Duration;

/// The URL, with what libpq is to be told beside it. What the URL says itself stays.
///
/// libpq tries one host after the other and is patient with each: they share `patience`. Of several hosts one is meant that
/// takes writes. A server that has vanished without a word is noticed after about three times `patience`, rather than after
/// the hours that TCP waits by itself.
pub(crate) fn completed(url: &str, patience: Duration) -> String {
    let seconds = patience.as_secs().max(1);
    let hosts = u64::try_from(hosts(url).split(',').count()).unwrap_or(u64::MAX);
    let mut added = vec![
        ("connect_timeout", (seconds / hosts).max(1).to_string()),
        ("keepalives_idle", seconds.to_string()),
        ("keepalives_interval", seconds.to_string()),
        ("keepalives_count", "2".to_owned()),
        ("tcp_user_timeout", seconds.saturating_mul(3000).to_string()),
        // By which an operator knows it in pg_stat_activity.
        ("fallback_application_name", "concierge".to_owned()),
    ];
    if hosts > 1 {
        added.push(("target_session_attrs", "read-write".to_owned()));
    }
    let mut url = url.to_owned();
    for (name, value) in added {
        if parameter(&url, name).is_none() {
            let sign = if url.contains('?') { '&' } else { '?' };
            url.push_str(&format!("{sign}{name}={value}"));
        }
    }
    url
}

/// How long opening a connection by a [completed](completed) URL may take, after which nobody waits for it. libpq's patience
/// is for each address of a host's name and ends with the handshake, and what is asked first comes after that; so it is
/// twice what libpq gives to the hosts, or `patience` where that is no limit.
pub(crate) fn opening(url: &str, patience: Duration) -> Duration {
    let said = parameter(url, "connect_timeout").and_then(|seconds| seconds.parse().ok());
    let each = said.filter(|seconds| *seconds > 0).map(|seconds: u32| Duration::from_secs(seconds.into()));
    let hosts = u32::try_from(hosts(url).split(',').count()).unwrap_or(u32::MAX);
    each.map_or(patience, |each| each.saturating_mul(hosts)).saturating_mul(2)
}

/// The URL, with the file of the authorities that the operating system trusts where it says `sslrootcert=system`: an OpenSSL
/// that was built from source looks for them where nobody keeps them.
pub(crate) fn trusting(url: &str, authorities: Option<&Path>) -> String {
    let file = authorities.and_then(Path::to_str).filter(|_| parameter(url, "sslrootcert") == Some("system"));
    let Some(file) = file else { return url.to_owned() };
    let encoded: String = file.bytes().map(|byte| format!("%{byte:02X}")).collect();
    // To libpq the word alone means as much.
    let verified = if parameter(url, "sslmode").is_some() { "" } else { "&sslmode=verify-full" };
    format!("{url}&sslrootcert={encoded}{verified}")
}

/// Where the database is, without who connects and how: no password is told.
pub(crate) fn place(url: &str) -> String {
    let (scheme, _) = url.split_once("://").unwrap_or(("postgres", url));
    let hosts = hosts(url);
    match authority(url).split_once('/') {
        Some((_, name)) => format!("{scheme}://{hosts}/{name}"),
        None => format!("{scheme}://{hosts}"),
    }
}

/// The hosts of libpq's URL `url`, with their ports, as it lists them: with commas between them. None is the socket of
/// this machine's server.
pub fn hosts(url: &str) -> &str {
    let named = authority(url);
    parameter(url, "host").unwrap_or_else(|| named.split_once('/').map_or(named, |(hosts, _)| hosts))
}

/// What of the URL says where the database is: hosts and its name.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let before = rest.split_once('?').map_or(rest, |(before, _)| before);
    before.rsplit_once('@').map_or(before, |(_, place)| place)
}

/// What libpq's URL `url` says of this parameter, percent-encoded as it is there.
pub fn parameter<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let said = query.split('&').filter_map(|parameter| parameter.split_once('='));
    // Of two of one name, libpq heeds the last.
    said.rev().find(|(said, _)| *said == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Duration = Duration::from_secs(5);

    #[test]
    fn what_the_url_leaves_open_is_added() {
        let told = completed("postgres://db/concierge", FIVE);
        let expected = "postgres://db/concierge?connect_timeout=5&keepalives_idle=5&keepalives_interval=5\
                        &keepalives_count=2&tcp_user_timeout=15000&fallback_application_name=concierge";
        assert_eq!(told, expected);
        let said = completed("postgres://db/x?connect_timeout=9&a=b", FIVE);
        assert!(said.starts_with("postgres://db/x?connect_timeout=9&a=b&keepalives_idle=5&"), "{said}");
    }

    #[test]
    fn several_hosts_share_the_time_and_the_one_that_takes_writes_is_meant() {
        for url in [
            "postgres://me:a,b@one:5433,two/x",
            "postgres:///x?host=/run/one,/run/two",
            "postgres://[::1]:5433,[::1]:5434/x",
        ] {
            let told = completed(url, FIVE);
            assert_eq!(parameter(&told, "connect_timeout"), Some("2"), "{told}");
            assert_eq!(parameter(&told, "target_session_attrs"), Some("read-write"), "{told}");
        }
        let said =
            completed("postgres://one,two,three/x?target_session_attrs=primary", Duration::from_secs(1));
        assert_eq!(parameter(&said, "target_session_attrs"), Some("primary"));
        assert_eq!(parameter(&said, "connect_timeout"), Some("1"));
        assert_eq!(parameter(&completed("postgres://me:a,b@one/x", FIVE), "target_session_attrs"), None);
    }

    #[test]
    fn opening_takes_no_more_than_twice_what_libpq_takes_for_the_hosts() {
        for (url, seconds) in [
            ("postgres://db/x", 10),
            ("postgres://one,two/x", 8),
            ("postgres://one,two/x?connect_timeout=30", 120),
            // For ever, says libpq.
            ("postgres://db/x?connect_timeout=0", 10),
        ] {
            assert_eq!(opening(&completed(url, FIVE), FIVE), Duration::from_secs(seconds), "{url}");
        }
    }

    #[test]
    fn the_systems_authorities_are_those_of_the_operating_system() {
        let file = Some(Path::new("/a b"));
        let told = trusting("postgres://db/x?sslrootcert=system", file);
        assert_eq!(told, "postgres://db/x?sslrootcert=system&sslrootcert=%2F%61%20%62&sslmode=verify-full");
        let said = trusting("postgres://db/x?sslmode=verify-full&sslrootcert=system", file);
        assert!(said.ends_with("system&sslrootcert=%2F%61%20%62"), "{said}");
        for (url, file) in
            [("postgres://db/x?sslrootcert=/ca.pem", file), ("postgres://db/x?sslrootcert=system", None)]
        {
            assert_eq!(trusting(url, file), url);
        }
    }

    #[test]
    fn a_place_has_every_host_and_no_password() {
        for (url, shown) in [
            ("postgres://me:hunter2@db:5433/x?sslmode=disable&password=hunter2", "postgres://db:5433/x"),
            ("postgresql://me:p@ss@db/x", "postgresql://db/x"),
            ("postgres://me:hunter2@one:5433,[::1]/x?connect_timeout=1", "postgres://one:5433,[::1]/x"),
            ("postgres:///x?user=me&host=/run/postgresql", "postgres:///run/postgresql/x"),
            ("postgres://me:hunter2@/x?host=/run/one,/run/two", "postgres:///run/one,/run/two/x"),
            ("postgres:///x?password=hunter2", "postgres:///x"),
            ("postgres://db", "postgres://db"),
        ] {
            assert_eq!(place(url), shown);
        }
    }
}
