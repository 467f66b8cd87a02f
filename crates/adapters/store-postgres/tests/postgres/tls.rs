//! Speaking TLS, and refusing to speak to the wrong server.

use std::error::Error as _;
use std::path::Path;

use concierge_store_postgres::{OpenError, PostgresDatabase};
use concierge_test_servers::{Authority, Certified, Postgres};

use crate::support::{OPTIONS, count, raw};

/// A URL of this server under this name that lets it in only if the authority in `trusted` has certified that name.
fn verified(server: &Postgres, name: &str, trusted: &Path) -> String {
    let (port, file) = (server.port().unwrap(), trusted.display());
    format!("postgres://postgres@{name}:{port}/postgres?sslmode=verify-full&sslrootcert={file}")
}

/// A server that shows this certificate, if any.
fn server(certified: Option<&Certified>) -> Option<Postgres> {
    Postgres::start_on_localhost(certified)
}

/// Why it is refused, and what libpq said.
fn refusal(url: &str) -> (String, String) {
    let refused = PostgresDatabase::open(url, OPTIONS).err().unwrap();
    assert!(matches!(refused, OpenError::Connect { .. }), "{refused:?}");
    (refused.to_string(), refused.source().unwrap().to_string())
}

#[test]
fn a_server_of_a_trusted_authority_is_spoken_to_in_secret_and_every_other_is_refused() {
    let (authority, stranger) = (Authority::default(), Authority::default());
    let Some(server) = server(Some(&authority.certify("localhost"))) else { return };
    let url = verified(&server, "localhost", authority.file());
    PostgresDatabase::open(&url, OPTIONS).unwrap().ping().unwrap();
    let secret = "SELECT count(*) AS count FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl";
    assert_eq!(count(&mut raw(&url), secret), 1);

    let (told, cause) = refusal(&verified(&server, "localhost", stranger.file()));
    assert!(told.contains("no authority of sslrootcert has signed"), "{told}: {cause}");
    assert!(cause.contains("certificate verify failed"), "{cause}");

    let (told, cause) = refusal(&verified(&server, "127.0.0.1", authority.file()));
    assert!(told.contains("connect by a name that is in the server's certificate"), "{told}");
    assert!(cause.contains(r#"does not match host name "127.0.0.1""#), "{cause}");

    let (_, cause) = refusal(&verified(&server, "localhost", Path::new("/nowhere/authority.pem")));
    let absent = r#"root certificate file "/nowhere/authority.pem" does not exist"#;
    assert!(cause.contains(absent), "{cause}");
    let required = url.replace("verify-full", "require");
    PostgresDatabase::open(&required, OPTIONS).unwrap();
    let missing = required.replace(authority.file().to_str().unwrap(), "/nowhere/authority.pem");
    let (_, cause) = refusal(&missing);
    assert!(cause.contains(absent), "{cause}");
}

#[test]
fn a_server_without_tls_is_refused_where_it_is_asked_for() {
    let Some(server) = server(None) else { return };
    let authority = Authority::default();
    let (told, cause) = refusal(&verified(&server, "localhost", authority.file()));
    assert!(told.contains("switch TLS on in the server (ssl = on)"), "{told}");
    assert!(!told.contains("sslmode=disable"), "{told}");
    assert!(cause.contains("server does not support SSL, but SSL was required"), "{cause}");
}
