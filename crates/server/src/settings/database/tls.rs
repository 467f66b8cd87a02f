//! What the URL of a Postgres database says of TLS.

use std::net::IpAddr;

use concierge_store_postgres::{decoded, hosts, parameter};

const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// Refuses what libpq would at the first connection, and what it would take to mean less than it says.
pub(super) fn check(url: &str) -> Result<(), String> {
    let mode = parameter(url, "sslmode");
    if mode.is_some_and(|mode| !MODES.contains(&mode)) {
        return Err("sslmode is disable, allow, prefer, require, verify-ca or verify-full".to_owned());
    }
    // libpq takes ssl=true for sslmode=require, and of two modes the last.
    if parameter(url, "ssl").is_some() && mode.is_some() {
        return Err("ssl= says the same as sslmode= or contradicts it: leave it out".to_owned());
    }
    match authorities(url).as_str() {
        "system" if mode.is_some_and(|mode| mode != "verify-full") => {
            Err("sslrootcert=system trusts every public authority, so it takes sslmode=verify-full"
                .to_owned())
        }
        "" | "system" => Ok(()),
        // Without the file, libpq verifies nobody unless it is told to.
        file => std::fs::read(file)
            .map(drop)
            .map_err(|error| format!("the file that sslrootcert names cannot be read: {error}")),
    }
}

/// Whether the way to a host on another machine may be in the clear although nobody has said so. `variable` tells of the
/// variables of the process.
pub(super) fn may_be_in_the_clear(url: &str, variable: impl Fn(&str) -> Option<String>) -> bool {
    let left_open = match parameter(url, "sslmode") {
        None => authorities(url) != "system" && parameter(url, "ssl") != Some("true"),
        Some(mode) => mode == "allow" || mode == "prefer",
    };
    left_open && hosts(url, variable).iter().any(|host| !is_here(host))
}

/// What the URL says of whom to trust: a file, `system` or nothing.
fn authorities(url: &str) -> String {
    parameter(url, "sslrootcert").map(decoded).unwrap_or_default()
}

/// Whether a host, perhaps with its port, is this machine, by a socket or by its loopback.
fn is_here(host: &str) -> bool {
    let name = match (host.strip_prefix('['), host.split_once(':')) {
        (Some(bracketed), _) => bracketed.split(']').next().unwrap_or_default(),
        // An address of IPv6 has more colons than one, and as a parameter no brackets.
        (None, Some((name, port))) if !port.contains(':') => name,
        _ => host,
    };
    let socket = name.is_empty() || name.starts_with(['/', '@']);
    socket || name == "localhost" || name.parse().is_ok_and(|name: IpAddr| name.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::super::super::support::{faults, production};
    use super::may_be_in_the_clear;

    #[test]
    fn in_production_a_way_that_nobody_has_said_may_be_in_the_clear_is_warned_of() {
        let warnings = |url: &str| production(&[("DATABASE__URL", url)]).unwrap().warnings;
        for open in [
            "postgres://me@db/x",
            "postgres://me@db:5432/x?sslmode=prefer",
            "postgres://me@localhost,db/x?sslmode=allow",
            "postgres://me@/x?host=10.0.0.1",
            "postgres://me@localhost/x?hostaddr=10.0.0.1",
            "postgres://me@127.evil.example/x",
            "postgres://me@[2001:db8::1]:5432/x",
        ] {
            let warned = warnings(open);
            assert!(warned.len() == 1 && warned[0].contains("sslmode=verify-full"), "{open}: {warned:?}");
        }
        for said in [
            "postgres://me@db/x?sslmode=disable",
            "postgres://me@db/x?sslmode=require",
            "postgres://me@db/x?ssl=true",
            "postgres://me@db/x?sslrootcert=system",
            "postgres://me@localhost:5432,127.0.0.1,[::1]:5433/x",
            "postgres:///x?host=/run/postgresql",
            "postgres:///x?host=::1",
            "postgres://db/x?hostaddr=127.0.0.2",
            "postgres://[::ffff:127.0.0.1]/x",
            "postgres://%2Frun%2Fpostgresql/x",
            "postgres:///x",
        ] {
            assert_eq!(warnings(said), [""; 0], "{said}");
        }
    }

    #[test]
    fn where_the_way_leads_the_variables_may_say() {
        let to = |name: &'static str, host: &'static str| {
            let told = move |asked: &str| (asked == name).then(|| host.to_owned());
            may_be_in_the_clear("postgres:///x", told)
        };
        for name in ["PGHOST", "PGHOSTADDR"] {
            assert!(to(name, "10.0.0.1") && !to(name, "127.0.0.1"), "{name}");
        }
    }

    #[test]
    fn what_libpq_does_not_know_or_would_not_take_is_refused() {
        for (url, advice) in [
            ("postgres://me:hunter2@db/x?sslmode=full", "verify-ca or verify-full"),
            ("postgres://me:hunter2@db/x?sslmode=require&sslrootcert=system", "takes sslmode=verify-full"),
            ("postgres://me:hunter2@db/x?sslmode=require&sslrootcert=%73ystem", "takes sslmode=verify-full"),
            ("postgres://me:hunter2@db/x?sslmode=verify-full&sslrootcert=system&ssl=true", "leave it out"),
            ("postgres://me:hunter2@db/x?ssl=%74rue&sslmode=verify-full", "leave it out"),
            (
                "postgres://me:hunter2@db/x?sslmode=require&sslrootcert=/nowhere.pem",
                "names cannot be read: No such",
            ),
            (
                "postgres://me:hunter2@db/x?sslmode=require&sslrootcert=/",
                "names cannot be read: Is a directory",
            ),
        ] {
            let told = faults(&[("DATABASE__URL", url)]).concat();
            assert!(told.contains(advice) && !told.contains("hunter2"), "{url}: {told}");
        }
        let key = "postgres://me@db/x?sslmode=full&sslkey=/key.pem&sslpassword=hunter2";
        let told = faults(&[("DATABASE__URL", key)]).concat();
        assert!(!told.contains("hunter2"), "{told}");
    }
}
