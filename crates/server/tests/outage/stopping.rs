//! A server that is told to stop while it is busy: what is in flight is answered, nothing new is taken, and whatever hangs
//! does not keep it.

use std::io::BufReader;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use concierge_test_servers::Postgres;
use serde_json::json;

use crate::support::{Launch, Response, SECRET};
use crate::{BUSY_MACHINE, launch, now, somebody_waits, token, within};

/// As many as may use the database at once.
const IN_FLIGHT: usize = 8;

#[test]
fn sigterm_under_load_answers_what_is_in_flight_and_refuses_what_is_new() {
    let Some(postgres) = Postgres::start() else { return };
    let long = "60";
    let server = Launch::new()
        .set("DATABASE__URL", &postgres.url())
        .set("DATABASE__CONNECT_TIMEOUT", long)
        .set("DATABASE__STATEMENT_TIMEOUT", long)
        .set("SERVER__SHUTDOWN_TIMEOUT", long)
        .set("TOKENS__SECRET", SECRET)
        .serve();
    let access = token(&server.register("alice"), "access_token");
    let lock = postgres.lock("sessions");
    let held = server.get("/auth/session").bearer(&access);
    let held: Vec<_> = (0..IN_FLIGHT).map(|_| held.begin()).collect();
    somebody_waits(&postgres);
    // Clients that come and go meanwhile: what begins to be answered is answered to its end.
    let greet = server.post("/greet").json(&json!({"name": "Alice"}));
    let greeted = thread::spawn(move || {
        let mut greeted = 0;
        while let Ok(response) = greet.try_send() {
            assert_eq!(response.status, 200, "{}", response.text());
            greeted += 1;
        }
        greeted
    });

    server.terminate();
    within(Duration::ZERO, "new connections are refused", || TcpStream::connect(server.address()).is_err());
    greeted.join().unwrap();
    drop(lock);
    for stream in held {
        let response = Response::read(&mut BufReader::new(stream), false).unwrap();
        assert_eq!(response.status, 200, "{}", response.text());
    }
    let (finished, _) = server.finish();
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
}

#[test]
fn sigterm_while_the_database_hangs_ends_it_within_the_shutdown_timeout() {
    let Some(mut postgres) = Postgres::start() else { return };
    let timeout = Duration::from_secs(2);
    let long = "60";
    let server = launch(&postgres.url())
        .set("DATABASE__CONNECT_TIMEOUT", long)
        .set("DATABASE__STATEMENT_TIMEOUT", long)
        .set("SERVER__SHUTDOWN_TIMEOUT", &timeout.as_secs().to_string())
        .serve();
    let access = token(&server.register("alice"), "access_token");
    let lock = postgres.lock("sessions");
    let held = server.get("/auth/session").bearer(&access);
    let _held: Vec<_> = (0..4 * IN_FLIGHT).map(|_| held.begin()).collect();
    somebody_waits(&postgres);
    postgres.freeze();

    let told = now();
    server.terminate();
    let (finished, _) = server.finish();
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    assert!(told.elapsed() < timeout + BUSY_MACHINE, "it took {:?}", told.elapsed());
    postgres.thaw();
    drop(lock);
}
