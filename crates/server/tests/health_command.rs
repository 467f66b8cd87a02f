//! `concierge health`: what a container's health check runs.

mod support;

use std::net::TcpListener;

use support::{Finished, Launch, Server};

/// Asks as the server's own machine would, with the server's own settings.
fn health(server: &Server, launch: &Launch, arguments: &[&str]) -> Finished {
    let asking = launch.clone().set("SERVER__PORT", &server.address().port().to_string());
    asking.run(&[&["health"], arguments].concat())
}

#[test]
fn a_server_that_can_serve_is_healthy_and_says_what_it_says_to_all() {
    for host in ["127.0.0.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"] {
        let launch = Launch::new().set("SERVER__HOST", host);
        let server = launch.clone().serve();
        let ready = health(&server, &launch, &[]);
        assert_eq!(ready.code(), 0, "{host}: {}", ready.stderr);
        assert_eq!(ready.stdout.trim_end(), server.get("/health/ready").send().text(), "{host}");
        let live = health(&server, &launch, &["--live"]);
        assert_eq!((live.code(), live.stdout.as_str()), (0, "{\"status\":\"live\"}\n"), "{host}");
    }
}

#[test]
fn a_server_whose_store_is_gone_is_live_but_not_ready() {
    let launch = Launch::new();
    let server = launch.clone().serve();
    std::fs::write(server.folder().join("data/concierge.db"), "no database any more").unwrap();
    let ready = health(&server, &launch, &[]);
    assert_eq!(ready.code(), 1, "{}", ready.stdout);
    assert!(ready.stderr.contains("answers 503: Not ready: store cannot serve"), "{}", ready.stderr);
    assert_eq!(health(&server, &launch, &["--live"]).code(), 0);
}

#[test]
fn where_nobody_answers_nothing_is_healthy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    drop(taken);
    let asked = Launch::new().set("SERVER__PORT", &port).run(&["health"]);
    assert_eq!(asked.code(), 1, "{}", asked.stdout);
    let sentence =
        format!("http://127.0.0.1:{port} does not tell: nothing answers at http://127.0.0.1:{port}");
    assert!(asked.stderr.contains(&sentence), "{}", asked.stderr);
}

#[test]
fn where_a_server_hangs_it_is_told_before_others_lose_their_patience() {
    // It takes connections, by its backlog, and says nothing.
    let hung = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = hung.local_addr().unwrap().port().to_string();
    let asked = Launch::new().set("SERVER__PORT", &port).run(&["health"]);
    assert_eq!(asked.code(), 1, "{}", asked.stdout);
    let sentence =
        format!("http://127.0.0.1:{port} takes the connection and does not answer within 3 seconds");
    assert!(asked.stderr.contains(&sentence), "{}", asked.stderr);
}

#[test]
fn settings_that_tell_no_port_or_are_wrong_say_so() {
    let any = Launch::new().run(&["health"]);
    assert_eq!(any.code(), 1);
    assert!(any.stderr.contains("server.port is 0"), "{}", any.stderr);
    assert_eq!(Launch::new().set("SERVER__PORT", "many").run(&["health"]).code(), 78);
}
