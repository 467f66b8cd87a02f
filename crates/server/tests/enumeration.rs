//! What a login's refusal tells a stranger of who has an account: nothing, to the byte.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use std::io::{Read as _, Write as _};

use serde_json::json;
use support::{Launch, PASSWORD, Server};

const FRONTEND: &str = "http://localhost:5173";
const WRONG: &str = "plinth-ocelot-vermilion-95";

/// A server with the account `alice` and the disabled one `bob`.
fn server(launch: Launch) -> Server {
    for name in ["alice", "bob"] {
        let created = launch.run_with(&["users", "create", name], PASSWORD);
        assert_eq!(created.code(), 0, "{}", created.stderr);
    }
    let disabled = launch.run(&["users", "disable", "bob"]);
    assert_eq!(disabled.code(), 0, "{}", disabled.stderr);
    launch.serve()
}

/// The answer to a login as it travels, but for the date and with the headers sorted: they come in another order in every
/// answer.
fn answer(server: &Server, username: &str, password: &str) -> String {
    let body = json!({"username": username, "password": password}).to_string();
    let mut connection = server.connect();
    write!(
        connection,
        "POST /auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nOrigin: {FRONTEND}\r\n\
         X-Request-Id: the-same\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let (status, headers) = head.split_once("\r\n").unwrap();
    let mut headers: Vec<_> = headers.split("\r\n").filter(|header| !header.starts_with("date: ")).collect();
    headers.sort_unstable();
    format!("{status}\n{}\n\n{body}", headers.join("\n"))
}

#[test]
fn an_unknown_user_a_wrong_password_and_a_disabled_account_get_the_same_answer_to_the_byte() {
    let server = server(Launch::new());
    let unknown = answer(&server, "nobody", PASSWORD);
    assert!(unknown.starts_with("HTTP/1.1 401 Unauthorized\n"), "{unknown}");
    assert!(unknown.contains("\"code\":\"invalid_credentials\""), "{unknown}");
    for (username, password) in [
        ("nobody", WRONG),
        ("alice", WRONG),
        ("alice", "short"),
        ("bob", PASSWORD),
        ("bob", WRONG),
        ("no name", PASSWORD),
    ] {
        assert_eq!(answer(&server, username, password), unknown, "{username}, {password}");
    }
}

#[test]
fn all_of_them_are_held_off_after_as_many_guesses_and_with_the_same_answer() {
    let server = server(
        Launch::new()
            .set("RATE_LIMIT__ENABLED", "true")
            .set("RATE_LIMIT__LOGIN_PAIR", "2/86400")
            .set("RATE_LIMIT__LOGIN_ADDRESS", "1000/86400"),
    );
    let held_off = |username: &str, password: &str| {
        for _ in 0..2 {
            assert!(answer(&server, username, password).starts_with("HTTP/1.1 401 "), "{username}");
        }
        let answer = answer(&server, username, password);
        assert!(answer.starts_with("HTTP/1.1 429 "), "{username}: {answer}");
        // The time left to wait is all that may go by meanwhile.
        answer.replace(|character: char| character.is_ascii_digit(), "")
    };
    let unknown = held_off("nobody", PASSWORD);
    for (username, password) in [("alice", WRONG), ("bob", PASSWORD)] {
        assert_eq!(held_off(username, password), unknown, "{username}");
    }
}
