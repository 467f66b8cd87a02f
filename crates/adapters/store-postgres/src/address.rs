//! The server's URL: what libpq is told beside it, and how to name it without its password.

mod reading;

use std::path::Path;
use std::time::Duration;

use reading::authority;
pub use reading::{decoded, hosts, parameter};

/// The URL, which leads to so many `hosts`, with what libpq is to be told beside it. What the URL says itself stays.
///
/// libpq tries one host after the other and is patient with each: they share `patience`. Of several hosts one is meant that
/// takes writes. A server that has vanished without a word is noticed after about three times `patience`, rather than after
/// the hours that TCP waits by itself.
pub(crate) fn completed(url: &str, hosts: usize, patience: Duration) -> String {
    let seconds = patience.as_secs().max(1);
    let hosts = u64::try_from(hosts.max(1)).unwrap_or(u64::MAX);
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
pub(crate) fn opening(url: &str, hosts: usize, patience: Duration) -> Duration {
    let said = parameter(url, "connect_timeout").and_then(|seconds| seconds.parse().ok());
    let each = said.filter(|seconds| *seconds > 0).map(|seconds: u32| Duration::from_secs(seconds.into()));
    let hosts = u32::try_from(hosts).unwrap_or(u32::MAX);
    each.map_or(patience, |each| each.saturating_mul(hosts)).saturating_mul(2)
}

/// The URL, which is not to be talked out of whom it trusts.
///
/// Where it says `sslrootcert=system`, it gets the file of the authorities that the operating system trusts: an OpenSSL that was
/// built from source looks for them where nobody keeps them. To libpq the word alone means `sslmode=verify-full`, and beside a
/// file it does not insist. Nor does it on a file, with `sslmode=require`, when that cannot be read just now.
pub(crate) fn trusting(url: &str, authorities: Option<&Path>) -> String {
    let named = parameter(url, "sslrootcert").map(decoded).unwrap_or_default();
    if named == "system" {
        let Some(file) = authorities.and_then(Path::to_str) else { return url.to_owned() };
        let encoded: String = file.bytes().map(|byte| format!("%{byte:02X}")).collect();
        // At the end, since libpq heeds the last, and takes ssl=true for one more sslmode.
        return format!("{url}&sslrootcert={encoded}&sslmode=verify-full");
    }
    let requires =
        parameter(url, "sslmode").map_or(parameter(url, "ssl") == Some("true"), |mode| mode == "require");
    if requires && !named.is_empty() { format!("{url}&sslmode=verify-ca") } else { url.to_owned() }
}

/// Where the database is, on these hosts, without who connects and how: no password is told.
pub(crate) fn place(url: &str, hosts: &[String]) -> String {
    let (scheme, _) = url.split_once("://").unwrap_or(("postgres", url));
    let hosts = hosts.join(",");
    match authority(url).split_once('/') {
        Some((_, name)) => format!("{scheme}://{hosts}/{name}"),
        None => format!("{scheme}://{hosts}"),
    }
}

#[cfg(test)]
mod tests {
    use concierge_test_servers::{Authority, Postgres};
    use diesel::{Connection as _, PgConnection};

    use super::*;

    const FIVE: Duration = Duration::from_secs(5);

    fn hosts(url: &str) -> Vec<String> {
        reading::hosts(url, |_| None)
    }

    fn completed(url: &str, patience: Duration) -> String {
        super::completed(url, hosts(url).len(), patience)
    }

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
            "postgres://one/x?hostaddr=10.0.0.1,10.0.0.2",
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
            assert_eq!(
                opening(&completed(url, FIVE), hosts(url).len(), FIVE),
                Duration::from_secs(seconds),
                "{url}"
            );
        }
    }

    #[test]
    fn the_systems_authorities_are_those_of_the_operating_system() {
        let file = Some(Path::new("/a b"));
        let told = trusting("postgres://db/x?sslrootcert=system", file);
        assert_eq!(told, "postgres://db/x?sslrootcert=system&sslrootcert=%2F%61%20%62&sslmode=verify-full");
        let said = trusting("postgres://db/x?sslmode=verify-full&sslrootcert=%73ystem&ssl=true", file);
        assert!(said.ends_with("&ssl=true&sslrootcert=%2F%61%20%62&sslmode=verify-full"), "{said}");
        for (url, file) in
            [("postgres://db/x?sslrootcert=/ca.pem", file), ("postgres://db/x?sslrootcert=system", None)]
        {
            assert_eq!(trusting(url, file), url);
        }
    }

    #[test]
    fn a_file_of_authorities_that_is_named_is_insisted_on() {
        for url in
            ["postgres://db/x?sslmode=require&sslrootcert=/ca", "postgres://db/x?ssl=true&sslrootcert=/ca"]
        {
            assert_eq!(trusting(url, None), format!("{url}&sslmode=verify-ca"));
        }
        for url in ["postgres://db/x?sslmode=verify-full&sslrootcert=/ca", "postgres://db/x?sslmode=require"]
        {
            assert_eq!(trusting(url, None), url);
        }
    }

    #[test]
    fn a_server_of_another_name_is_refused_whatever_the_url_says_beside_the_systems_authorities() {
        let authority = Authority::default();
        let Some(server) = Postgres::start_on_localhost(Some(&authority.certify("localhost"))) else {
            return;
        };
        let connects = |host, said| {
            let port = server.port().unwrap();
            let url =
                format!("postgres://postgres@{host}:{port}/postgres?{said}&sslrootcert=system&ssl=true");
            PgConnection::establish(&trusting(&url, Some(authority.file())))
        };
        for said in ["sslmode=verify-full", "application_name=x"] {
            assert!(connects("localhost", said).is_ok(), "{said}");
            let refused = connects("127.0.0.1", said).err().unwrap().to_string();
            assert!(refused.contains(r#"does not match host name "127.0.0.1""#), "{refused}");
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
            ("postgres://me:hunter2@db/x?hostaddr=10.0.0.1", "postgres://10.0.0.1/x"),
            ("postgres://db", "postgres://db"),
        ] {
            assert_eq!(place(url, &hosts(url)), shown);
        }
    }
}
