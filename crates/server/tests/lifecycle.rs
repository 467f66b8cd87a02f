//! How the binary starts, refuses to start, stops, and what a restart keeps.

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::json;
use support::{Jar, Launch, PASSWORD, PATIENCE, Response, SECRET, Server};

/// The last words of a server that stops in good order.
const STOPPED: &str = "stopped";

#[test]
fn sigterm_lets_a_request_in_flight_finish_and_exits_0() {
    let server = Launch::new().set("LOG__FILTER", "info").serve();
    let address = server.address();
    let body = json!({"name": "Alice"}).to_string();
    let mut connection = server.connect();
    // The server answers 100 when it has handed the request on: from then on it is in flight.
    let head = format!(
        "POST /greet HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).unwrap();
    let mut answers = BufReader::new(connection.try_clone().unwrap());
    let mut interim = String::new();
    answers.read_line(&mut interim).unwrap();
    assert_eq!(interim, "HTTP/1.1 100 Continue\r\n");
    answers.read_line(&mut interim).unwrap();
    let (first, rest) = body.as_bytes().split_at(5);
    connection.write_all(first).unwrap();

    server.terminate();
    server.wait_for_log("SIGTERM");
    connection.write_all(rest).unwrap();
    let response = Response::read(&mut answers, false).unwrap();
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.json()["greeting"], "Hello, Alice!");

    let (finished, _) = server.finish();
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    assert!(finished.stderr.contains(STOPPED), "{}", finished.stderr);
    assert!(TcpStream::connect(address).is_err(), "something still listens");
}

#[test]
fn sigterm_at_the_very_moment_the_address_is_announced_stops_it_in_good_order() {
    for _ in 0..10 {
        Launch::new().set("DATABASE__URL", "memory://").serve().stop();
    }
}

/// As a proxy without checks of its own would, clients knock until they are refused.
#[cfg(target_os = "linux")]
#[test]
fn whoever_is_let_in_while_a_server_stops_is_answered() {
    let server = Launch::new().set("DATABASE__URL", "memory://").serve();
    let address = server.address();
    let (answer, answers) = std::sync::mpsc::channel();
    let knock = |answer: std::sync::mpsc::Sender<()>| {
        std::thread::spawn(move || {
            while let Ok(mut connection) = TcpStream::connect(address) {
                connection.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
                let response = Response::read(&mut BufReader::new(connection), false);
                assert_eq!(response.unwrap().status, 200);
                answer.send(()).unwrap_or_default();
            }
        })
    };
    let clients: Vec<_> = (0..40).map(|_| knock(answer.clone())).collect();
    for _ in 0..400 {
        answers.recv_timeout(PATIENCE).unwrap();
    }
    server.terminate();
    for client in clients {
        client.join().unwrap();
    }
    let (finished, _) = server.finish();
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
}

/// As a proxy would that keeps connections, clients ask again on one until they are told not to.
#[cfg(target_os = "linux")]
#[test]
fn whoever_keeps_a_connection_is_told_to_leave_it_before_a_server_that_drains_stops() {
    let server = Launch::new().set("DATABASE__URL", "memory://").set("SERVER__DRAIN_DELAY", "1").serve();
    let address = server.address();
    let (answer, answers) = std::sync::mpsc::channel();
    let keep = |answer: std::sync::mpsc::Sender<bool>| {
        std::thread::spawn(move || {
            while let Ok(mut connection) = TcpStream::connect(address) {
                let mut source = BufReader::new(connection.try_clone().unwrap());
                let mut kept = true;
                while kept {
                    connection.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
                    let response = Response::read(&mut source, false).unwrap();
                    assert_eq!(response.status, 200);
                    kept = response.header("Connection") != Some("close");
                    answer.send(kept).unwrap_or_default();
                }
            }
        })
    };
    let clients: Vec<_> = (0..8).map(|_| keep(answer.clone())).collect();
    for _ in 0..400 {
        assert!(answers.recv_timeout(PATIENCE).unwrap(), "connections are kept while nothing stops");
    }
    server.terminate();
    for client in clients {
        client.join().unwrap();
    }
    let (finished, _) = server.finish();
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    assert!(answers.try_iter().any(|kept| !kept), "nobody was told");
}

#[test]
fn a_server_that_drains_answers_but_is_not_ready_until_it_is_interrupted() {
    let server = Launch::new().set("SERVER__DRAIN_DELAY", "3600").set("LOG__FILTER", "info").serve();
    assert_eq!(server.get("/health/ready").send().status, 200);
    server.terminate();
    server.wait_for_log("SIGTERM");
    let ready = server.get("/health/ready").send();
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("stopping"), "{}", ready.text());
    assert_eq!(server.get("/health/live").send().status, 200);
    assert_eq!(server.post("/greet").json(&json!({"name": "Alice"})).send().status, 200);
    server.interrupt();
    let (finished, _) = server.finish();
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
}

#[test]
fn a_client_that_never_finishes_its_request_does_not_keep_the_server_from_stopping() {
    let server = Launch::new().set("SERVER__SHUTDOWN_TIMEOUT", "1").serve();
    let mut connection = server.connect();
    let head = "POST /greet HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\
                Expect: 100-continue\r\n\r\n";
    connection.write_all(head.as_bytes()).unwrap();
    let mut interim = String::new();
    BufReader::new(connection.try_clone().unwrap()).read_line(&mut interim).unwrap();
    assert_eq!(interim, "HTTP/1.1 100 Continue\r\n");
    server.stop();
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_finishes_what_it_has_begun_stops_at_once_when_it_is_interrupted() {
    let server = Launch::new().set("SERVER__SHUTDOWN_TIMEOUT", "3600").set("LOG__FILTER", "info").serve();
    let address = server.address();
    let mut connection = server.connect();
    let head = "POST /greet HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\
                Expect: 100-continue\r\n\r\n";
    connection.write_all(head.as_bytes()).unwrap();
    let mut interim = String::new();
    BufReader::new(connection.try_clone().unwrap()).read_line(&mut interim).unwrap();
    assert_eq!(interim, "HTTP/1.1 100 Continue\r\n");
    server.terminate();
    // The listener is closed when there is nothing left to do but to finish.
    while TcpStream::connect(address).is_ok() {}
    server.interrupt();
    let (finished, _) = server.finish();
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    assert!(finished.stderr.contains("stopping at once"), "{}", finished.stderr);
    // Or it would have waited until it had lost its patience with the client, and told it so.
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap_or_default();
    assert_eq!(String::from_utf8(answer).unwrap(), "");
}

#[test]
fn a_restart_keeps_users_sessions_and_tokens() {
    let server = Server::spawn();
    let form = json!({"username": "alice", "password": PASSWORD, "remember": true});
    let mut jar = Jar::of(&server.post("/auth/register").json(&form).send());
    let visit = server.get("/set-cookie").send();
    jar.keep(&visit);
    let visitor = server.get("/get-cookie").jar(&jar).send().json();
    let session = server.get("/auth/session").jar(&jar).send().json();

    let server = server.stop().serve();
    let secure = server.get("/secure").jar(&jar).send();
    assert_eq!(secure.status, 200, "{}", secure.text());
    assert_eq!(secure.json()["message"], "Hello, alice!");
    let restored = server.get("/auth/session").jar(&jar).send().json();
    assert_eq!(restored["session"]["id"], session["session"]["id"]);
    assert_eq!(restored["csrf_token"], session["csrf_token"]);
    assert_eq!(server.get("/get-cookie").jar(&jar).send().json(), visitor);
    let refreshed = server.post("/auth/refresh").jar(&jar).send();
    assert_eq!(refreshed.status, 201, "{}", refreshed.text());
    jar.keep(&refreshed);
    assert_eq!(server.post("/auth/login").json(&form).send().status, 201);

    assert_eq!(server.post("/auth/logout").jar(&jar).send().status, 200);
    let server = server.stop().serve();
    let ended = server.get("/auth/session").jar(&jar).send();
    assert_eq!(ended.problem().code, "session_ended");
}

#[cfg(unix)]
#[test]
fn the_secret_that_is_made_for_a_developer_lies_beside_the_database_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let launch = Launch::new().env("CONCIERGE_ENV", "development");
    let folder = launch.folder().join("data");
    let server = launch.serve();
    server.register("alice");
    let launch = server.stop();
    assert!(folder.join("concierge.db").is_file());
    let mode = |name: &str| std::fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("token_secret"), 0o600);
    assert_eq!(mode("."), 0o700);
    let secret = || std::fs::read_to_string(folder.join("token_secret")).unwrap();
    let made = secret();
    let server = launch.serve();
    assert_eq!(server.get("/health/live").send().status, 200);
    assert_eq!(secret(), made);
}

#[test]
fn every_wrong_setting_is_told_at_once_with_exit_code_78_and_nothing_is_started() {
    let launch = Launch::new()
        .set("SERVER__PORT", "99999")
        .set("SERVER__PROT", "5000")
        .set("TOKENS__ACCESS_TTL", "soon")
        .set("TOKENS__SECRET", "short-and-private")
        .set("ORIGINS__ALLOWED", "*")
        .set("DATABASE__URL", "mysql://localhost");
    let finished = launch.run(&["serve"]);
    assert_eq!(finished.code(), 78, "{}", finished.stderr);
    for sign in [
        "6 settings are wrong",
        "server.port",
        "server.prot",
        "tokens.access_ttl",
        "tokens.secret",
        "origins.allowed",
        "database.url",
        "CONCIERGE__SERVER__PORT",
    ] {
        assert!(finished.stderr.contains(sign), "{sign:?} is not in\n{}", finished.stderr);
    }
    assert!(!finished.stderr.contains("short-and-private"), "{}", finished.stderr);
    assert_eq!(finished.stdout, "");
    assert!(launch.files().is_empty(), "it has begun: {:?}", launch.files());
}

#[test]
fn an_unknown_environment_is_refused_with_exit_code_78() {
    let finished = Launch::new().env("CONCIERGE_ENV", "staging").run(&["serve"]);
    assert_eq!(finished.code(), 78, "{}", finished.stderr);
    assert!(finished.stderr.contains("CONCIERGE_ENV"), "{}", finished.stderr);
}

#[test]
fn a_port_that_is_taken_is_named_with_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let finished = Launch::new().set("SERVER__PORT", &address.port().to_string()).run(&["serve"]);
    assert_eq!(finished.code(), 1, "{}", finished.stderr);
    let sentence = format!("cannot listen on {address}");
    assert!(finished.stderr.contains(&sentence), "{}", finished.stderr);
    assert_eq!(finished.stdout, "");
}

#[test]
fn a_database_that_cannot_be_opened_is_named_with_exit_code_1() {
    let launch = Launch::new().set("DATABASE__URL", "sqlite://blocked/concierge.db");
    std::fs::write(launch.folder().join("blocked"), "a file where the folder would be").unwrap();
    let finished = launch.run(&["serve"]);
    assert_eq!(finished.code(), 1, "{}", finished.stderr);
    assert!(finished.stderr.contains("blocked"), "{}", finished.stderr);
}

/// Production with all it requires, on this machine.
fn production() -> Launch {
    Launch::new()
        .env("CONCIERGE_ENV", "production")
        .set("SERVER__HOST", "127.0.0.1")
        .set("SERVER__PUBLIC_URL", "https://api.example.com")
        .set("TOKENS__SECRET", SECRET)
}

#[test]
fn production_refuses_to_start_without_a_secret_and_a_public_url() {
    let bare = production().unset("TOKENS__SECRET").unset("SERVER__PUBLIC_URL");
    let finished = bare.run(&["serve"]);
    assert_eq!(finished.code(), 78, "{}", finished.stderr);
    for key in ["tokens.secret (not set)", "server.public_url (not set)"] {
        assert!(finished.stderr.contains(key), "{key:?} is not in\n{}", finished.stderr);
    }
    assert_eq!(production().unset("TOKENS__SECRET").run(&["serve"]).code(), 78);
    assert_eq!(production().unset("SERVER__PUBLIC_URL").run(&["serve"]).code(), 78);
    assert_eq!(
        production().set("TOKENS__SECRET", "development-secret-of-40-characters!").run(&["serve"]).code(),
        78
    );
}

#[test]
fn production_starts_with_what_it_requires_logs_json_and_guards_its_cookies() {
    let launch = production();
    let folder = launch.folder().to_owned();
    let server = launch.serve();
    let form = json!({"username": "alice", "password": PASSWORD});
    let response = server.post("/auth/register").json(&form).send();
    assert_eq!(response.status, 201, "{}", response.text());
    assert!(response.header("Strict-Transport-Security").is_some());
    let jar = Jar::of(&response);
    for name in ["__Host-access_token", "__Secure-refresh_token", "__Host-csrf_token"] {
        assert!(jar.get(name).is_some(), "{name} is not among {jar:?}");
    }
    assert!(response.headers("Set-Cookie").all(|cookie| cookie.contains("; Secure")));
    assert!(!folder.join("data/token_secret").exists(), "production made a secret of its own");

    server.terminate();
    let (finished, _) = server.finish();
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    for line in finished.stderr.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["message"].is_string() && event["timestamp"].is_string(), "{line}");
    }
    assert!(!finished.stderr.contains(SECRET) && !finished.stdout.contains(SECRET));
}

#[test]
fn an_empty_folder_is_enough() {
    let launch = Launch::new();
    assert!(launch.files().is_empty());
    let server = launch.unset("SERVER__PUBLIC_URL").serve();
    let response = server.post("/greet").json(&json!({"name": "Alice"})).send();
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(server.get("/health/ready").send().status, 200);
}

#[test]
fn a_database_in_memory_serves_and_leaves_nothing_behind() {
    let server = Launch::new().set("DATABASE__URL", "memory://").serve();
    let body = server.register("alice");
    let token = body["tokens"]["access_token"].as_str().unwrap();
    assert_eq!(server.get("/auth/session").bearer(token).send().status, 200);
    assert_eq!(server.get("/health/ready").send().status, 200);
    let launch = server.stop();
    assert!(launch.files().is_empty(), "{:?}", launch.files());
    let server = launch.serve();
    assert_eq!(server.get("/secure").bearer(token).send().problem().code, "token_invalid");
}

#[test]
fn help_and_version_are_told_without_settings() {
    let broken = Launch::new().env("CONCIERGE_ENV", "nonsense");
    let help = broken.run(&["--help"]);
    assert_eq!(help.code(), 0, "{}", help.stderr);
    assert!(help.stdout.contains("serve") && help.stdout.contains("Usage"), "{}", help.stdout);
    assert_eq!(broken.run(&["serve", "--help"]).code(), 0);
    let version = broken.run(&["--version"]);
    assert_eq!(version.code(), 0, "{}", version.stderr);
    assert_eq!(version.stdout.trim(), concat!("concierge ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_command_line_that_makes_no_sense_is_explained_with_exit_code_2() {
    for arguments in [&[][..], &["srve"], &["serve", "--port"], &["serve", "twice"]] {
        let finished = Launch::new().run(arguments);
        assert_eq!(finished.code(), 2, "{arguments:?}: {}", finished.stderr);
        assert!(finished.stderr.contains("Usage"), "{arguments:?}: {}", finished.stderr);
    }
}
