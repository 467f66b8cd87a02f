//! Postgres: pg_dump beside a server, pg_restore into a new database.

use std::process::Command;

use concierge_test_servers::Postgres;

use crate::load::{self, refresh_token};
use crate::page::block;
use crate::restored::{assert_whole, log_in, make_root};
use crate::support::{Launch, PATIENCE, SECRET, Server};

pub(crate) fn launch(url: &str) -> Launch {
    Launch::new().set("DATABASE__URL", url).set("TOKENS__SECRET", SECRET)
}

/// Runs one of the server's tools, which must succeed; what it says.
#[track_caller]
pub(crate) fn run(postgres: &Postgres, tool: &str, arguments: &[&str]) -> String {
    let output = Command::new(postgres.tool(tool)).args(arguments).output().unwrap();
    assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
pub(crate) fn sql(postgres: &Postgres, url: &str, statement: &str) -> String {
    let arguments = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--command", statement, url];
    run(postgres, "psql", &arguments).trim_end().to_owned()
}

/// Dumps the database of `launch`.
fn dump(postgres: &Postgres, launch: &Launch) -> String {
    let file = launch.folder().join("concierge.dump").to_str().unwrap().to_owned();
    let url = postgres.url();
    run(postgres, "pg_dump", &["--format=custom", &format!("--file={file}"), "--dbname", &url]);
    file
}

/// A new database of the same server, filled from the dump; its URL.
fn restore(postgres: &Postgres, file: &str) -> String {
    let url = postgres.url();
    sql(postgres, &url, "CREATE DATABASE restored TEMPLATE template0 ENCODING 'UTF8'");
    let url = url.replacen("/postgres?", "/restored?", 1);
    let options = ["--no-owner", "--exit-on-error", "--single-transaction", "--dbname", &url, file];
    run(postgres, "pg_restore", &options);
    url
}

#[test]
fn a_dump_taken_while_clients_write_holds_all_that_was_acknowledged_before_it_and_serves() {
    let Some(postgres) = Postgres::start() else { return };
    let first = launch(&postgres.url());
    make_root(&first);
    let server = first.clone().serve();
    let mut file = String::new();
    let before = load::amid(&server, || file = dump(&postgres, &first));
    drop(server);

    let url = restore(&postgres, &file);
    let restored = launch(&url);
    let server = restored.clone().serve();
    assert_whole(&restored, &server, &before);
    // The guards came along.
    let refused = Command::new(postgres.tool("psql"))
        .args(["--no-psqlrc", "--command", "DELETE FROM events", &url])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("events are never removed"));
}

/// The statement is that of `docs/operations.md`.
#[test]
fn one_statement_ends_every_session_of_a_restored_database_while_servers_run() {
    let Some(postgres) = Postgres::start() else { return };
    let first = launch(&postgres.url());
    let server = first.clone().serve();
    let (alice, bob) = (server.register("alice"), server.register("bob"));
    let file = dump(&postgres, &first);
    assert_eq!(server.post("/auth/logout").bearer(refresh_token(&alice)).send().status, 200);
    drop(server);

    let url = restore(&postgres, &file);
    let server = launch(&url).serve();
    let alive = server.post("/auth/refresh").bearer(refresh_token(&alice)).send();
    assert_eq!(alive.status, 201, "she had logged out, but not in the backup");
    sql(&postgres, &url, block("UPDATE sessions SET revoked_at"));
    for body in [&alice, &bob] {
        assert_ends_soon(&server, body["tokens"]["access_token"].as_str().unwrap());
        assert_eq!(server.post("/auth/refresh").bearer(refresh_token(body)).send().status, 401);
    }
    log_in(&server, "alice");
}

fn assert_ends_soon(server: &Server, access: &str) {
    #[expect(clippy::disallowed_methods, reason = "real processes take real time")]
    let since = std::time::Instant::now();
    while server.get("/secure").bearer(access).send().status == 200 {
        assert!(since.elapsed() < PATIENCE, "the server never heard of it");
    }
}
