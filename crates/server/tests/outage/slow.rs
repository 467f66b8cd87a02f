//! A database that answers some statements only after long: here, all that read sessions wait for a lock.

use std::io::{BufReader, ErrorKind};
use std::net::TcpStream;

use concierge_test_servers::Postgres;
use serde_json::json;

use crate::support::{Launch, Response, SECRET};
use crate::{RESUMED, somebody_waits, token, within};

/// One after the other.
const FLOODS: usize = 2;
/// More than may wait at once.
const AT_ONCE: usize = 500;
/// How often something else is asked for meanwhile.
const MEANWHILE: usize = 25;
/// How much more memory a server may take while so many wait, in KiB. Each of those that wait has a thread.
const ROOM: u64 = 64 * 1024;

#[test]
fn while_statements_are_held_what_needs_none_is_fast_and_the_rest_is_bounded() {
    let Some(postgres) = Postgres::start() else { return };
    // Statements may take the five seconds of the default.
    let server = Launch::new().set("DATABASE__URL", &postgres.url()).set("TOKENS__SECRET", SECRET).serve();
    let access = token(&server.register("alice"), "access_token");
    let of_the_store = server.get("/auth/session").bearer(&access);
    let secure = server.get("/secure").bearer(&access);
    let greet = server.post("/greet").json(&json!({"name": "Alice"}));

    let before = server.resident_kib();
    let lock = postgres.lock("sessions");
    for _ in 0..FLOODS {
        let flood: Vec<_> = (0..AT_ONCE).map(|_| of_the_store.begin()).collect();
        somebody_waits(&postgres);
        let held = || flood.iter().any(|stream| !is_answered(stream));
        let meanwhile = (0..MEANWHILE).take_while(|_| {
            for request in [&greet, &secure] {
                let response = request.send();
                assert_eq!(response.status, 200, "{}", response.text());
            }
            held()
        });
        assert!(meanwhile.count() > 0, "what needs no statement was held as well");
        let answers: Vec<_> = flood.into_iter().map(answer).collect();
        let refused = answers.iter().filter(|response| response.problem().code == "overloaded").count();
        assert!(refused > 0, "nobody was turned away");
        for response in answers {
            assert_eq!(response.status, 503, "{}", response.text());
            assert!(response.header("Retry-After").is_some(), "{response:?}");
        }
        let growth = server.resident_kib().saturating_sub(before);
        assert!(growth < ROOM, "it has grown by {growth} KiB");
    }

    drop(lock);
    within(RESUMED, "statements are answered again", || of_the_store.send().status == 200);
}

fn answer(stream: TcpStream) -> Response {
    Response::read(&mut BufReader::new(stream), false).unwrap()
}

fn is_answered(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let seen = stream.peek(&mut [0]);
    stream.set_nonblocking(false).unwrap();
    !seen.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}
