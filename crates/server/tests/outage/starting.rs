//! A server that waits for the database before it can serve: nobody is let in, and it can be told to stop.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};

use concierge_test_servers::{Postgres, PrivateServer, on_a_free_port};

use crate::support::{Launch, Process, SECRET};
use crate::{so_many_wait, somebody_waits};

/// On a database that lets nobody get further until the second of them is dropped.
fn launch_on_a_locked(postgres: &Postgres) -> (Launch, PrivateServer) {
    postgres
        .run("CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now())");
    let launch = Launch::new()
        .set("DATABASE__URL", &postgres.url())
        .set("DATABASE__STATEMENT_TIMEOUT", "60")
        .set("LOG__FILTER", "info")
        .set("TOKENS__SECRET", SECRET);
    (launch, postgres.lock("__diesel_schema_migrations"))
}

#[test]
fn who_knocks_while_a_server_starts_is_refused_and_no_proxy_waits_for_it() {
    let Some(postgres) = Postgres::start() else { return };
    let (launch, lock) = launch_on_a_locked(&postgres);
    let port = on_a_free_port(Ok);
    let launch = launch.set("SERVER__PORT", &port.to_string());
    let starting = launch.begin();
    somebody_waits(&postgres);
    let refused = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);

    drop(lock);
    let server = launch.listening(starting);
    assert_eq!(server.address().port(), port);
    assert_eq!(server.get("/health/ready").send().status, 200);
}

#[test]
fn a_server_that_is_told_to_stop_before_it_can_serve_hears_it_and_exits_0() {
    let Some(postgres) = Postgres::start() else { return };
    let (launch, _lock) = launch_on_a_locked(&postgres);
    for (before, signal) in [Process::terminate, Process::interrupt].iter().enumerate() {
        let starting = launch.begin();
        so_many_wait(&postgres, before + 1);
        signal(&starting);
        let finished = starting.finish();
        // A process that does not hear a signal dies of it, unless it is the first of a container: that one goes on.
        assert_eq!(finished.code(), 0, "{}", finished.stderr);
        assert!(finished.stderr.contains("stopped before it served"), "{}", finished.stderr);
    }
}
