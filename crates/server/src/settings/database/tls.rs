//! What the URL of a Postgres database says of TLS.

use concierge_store_postgres::{hosts, parameter};

const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// Refuses what libpq would at the first connection.
pub(super) fn check(url: &str) -> Result<(), &'static str> {
    match parameter(url, "sslmode") {
        Some(mode) if !MODES.contains(&mode) => {
            Err("sslmode is disable, allow, prefer, require, verify-ca or verify-full")
        }
        Some(weak) if trusts_the_system(url) && weak != "verify-full" => {
            Err("sslrootcert=system trusts every public authority, so it takes sslmode=verify-full")
        }
        _ => Ok(()),
    }
}

/// Whether the way to a host on another machine may be in the clear although nobody has said so.
pub(super) fn may_be_in_the_clear(url: &str) -> bool {
    let left_open = match parameter(url, "sslmode") {
        None => !trusts_the_system(url) && parameter(url, "ssl") != Some("true"),
        Some(mode) => mode == "allow" || mode == "prefer",
    };
    left_open && hosts(url).split(',').any(|host| !is_here(host))
}

fn trusts_the_system(url: &str) -> bool {
    parameter(url, "sslrootcert") == Some("system")
}

/// Whether a host with its port is this machine, by a socket or by its loopback.
fn is_here(host: &str) -> bool {
    let name = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    let socket = name.is_empty() || name.starts_with(['/', '@']) || name.to_lowercase().starts_with("%2f");
    socket || name == "localhost" || name.starts_with("127.") || name.starts_with("[::1]")
}

#[cfg(test)]
mod tests {
    use super::super::super::support::{faults, production};

    #[test]
    fn in_production_a_way_that_nobody_has_said_may_be_in_the_clear_is_warned_of() {
        let warnings = |url: &str| production(&[("DATABASE__URL", url)]).unwrap().warnings;
        for open in [
            "postgres://me@db/x",
            "postgres://me@db:5432/x?sslmode=prefer",
            "postgres://me@localhost,db/x?sslmode=allow",
            "postgres://me@/x?host=10.0.0.1",
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
            "postgres://%2Frun%2Fpostgresql/x",
            "postgres:///x",
        ] {
            assert_eq!(warnings(said), [""; 0], "{said}");
        }
    }

    #[test]
    fn what_libpq_does_not_know_or_would_not_take_is_refused() {
        for (url, advice) in [
            ("postgres://me:hunter2@db/x?sslmode=full", "verify-ca or verify-full"),
            ("postgres://me:hunter2@db/x?sslmode=require&sslrootcert=system", "takes sslmode=verify-full"),
        ] {
            let told = faults(&[("DATABASE__URL", url)]).concat();
            assert!(told.contains(advice) && !told.contains("hunter2"), "{url}: {told}");
        }
        let key = "postgres://me@db/x?sslmode=full&sslkey=/key.pem&sslpassword=hunter2";
        let told = faults(&[("DATABASE__URL", key)]).concat();
        assert!(!told.contains("hunter2"), "{told}");
    }
}
