//! The homes of outside packages, and what a domain may not name at all.

use crate::Kind;

/// Packages, and where each of them may stand.
struct Homes {
    packages: Packages,
    /// Crates that may depend on it in any way.
    crates: &'static [&'static str],
    /// Crates whose tests may, besides.
    tests: &'static [&'static str],
}

enum Packages {
    Named(&'static [&'static str]),
    /// Every package whose name begins so: a family and what grows around it.
    Beginning(&'static str),
}

use Packages::{Beginning, Named};

const STORES: &[&str] = &["concierge-store-sqlite", "concierge-store-postgres"];

/// The first line that fits a package decides; one that fits none is at home everywhere.
const HOMES: &[Homes] = &[
    Homes { packages: Beginning("diesel"), crates: STORES, tests: &[] },
    Homes { packages: Named(&["r2d2", "libsqlite3-sys", "pq-sys"]), crates: STORES, tests: &[] },
    // libpq's, and nobody else's: concierge itself signs and speaks TLS by aws-lc-rs.
    Homes { packages: Beginning("openssl"), crates: &["concierge-store-postgres"], tests: &[] },
    Homes { packages: Named(&["rcgen"]), crates: &["concierge-test-servers"], tests: &[] },
    // The server starts actix's runtime; the benchmarks are the bare program beside ours.
    Homes {
        packages: Named(&["actix-web"]),
        crates: &["concierge-web", "concierge-server", "concierge-benches"],
        tests: &[],
    },
    Homes { packages: Beginning("actix"), crates: &["concierge-web"], tests: &[] },
    Homes { packages: Named(&["argon2"]), crates: &["concierge-hashing", "concierge-benches"], tests: &[] },
    // The server's tests forge tokens to see them refused.
    Homes {
        packages: Named(&["jsonwebtoken"]),
        crates: &["concierge-signing", "concierge-benches"],
        tests: &["concierge-server"],
    },
    Homes { packages: Named(&["aws-lc-rs", "pem"]), crates: &["concierge-signing"], tests: &[] },
    Homes { packages: Named(&["config", "rpassword"]), crates: &["concierge-server"], tests: &[] },
    Homes { packages: Named(&["governor"]), crates: &["concierge-throttle-memory"], tests: &[] },
    Homes { packages: Beginning("rustls"), crates: &["concierge-probe"], tests: &["concierge-server"] },
    Homes { packages: Named(&["httparse"]), crates: &["concierge-probe"], tests: &[] },
    Homes { packages: Named(&["toml"]), crates: &["concierge-conformance"], tests: &[] },
];

/// What no domain names, not even in its tests: a runtime, a framework, a database, a format or a log.
const NEVER_IN_A_DOMAIN: &[Packages] =
    &[Beginning("actix"), Beginning("diesel"), Beginning("serde"), Beginning("tokio"), Beginning("tracing")];

impl Packages {
    fn hold(&self, package: &str) -> bool {
        match self {
            Named(names) => names.contains(&package),
            Beginning(start) => package.starts_with(start),
        }
    }
}

/// Where `package` may stand, if `from` may not name it so; `None` when it may.
pub(crate) fn homes_elsewhere(from: &str, package: &str, kind: Kind) -> Option<&'static [&'static str]> {
    let homes = HOMES.iter().find(|homes| homes.packages.hold(package))?;
    let at_home = homes.crates.contains(&from) || (kind == Kind::Dev && homes.tests.contains(&from));
    (!at_home).then_some(homes.crates)
}

/// Whether `package` has no place in a domain.
pub(crate) fn is_barred_from_domains(package: &str) -> bool {
    NEVER_IN_A_DOMAIN.iter().any(|packages| packages.hold(package))
}
