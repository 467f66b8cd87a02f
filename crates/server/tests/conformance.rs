//! `concierge conformance`: against this server all that can run passes, against worse ones the right rows fail.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use support::{Finished, Launch, Server};

const FRONTEND: &str = "http://localhost:5173";

/// A server that lives where it listens.
fn at_home() -> Server {
    Launch::new().unset("SERVER__PUBLIC_URL").serve()
}

fn target(address: SocketAddr) -> String {
    format!("http://localhost:{}", address.port())
}

fn conformance(arguments: &[&str]) -> Finished {
    Launch::new().run(&[&["conformance"], arguments].concat())
}

fn report(finished: &Finished) -> Value {
    assert!(finished.stdout.starts_with('{'), "{}", finished.stderr);
    serde_json::from_str(&finished.stdout).unwrap()
}

/// The ids of the rows that came to an outcome.
fn ids(report: &Value, outcome: &str) -> Vec<String> {
    let rows = report["rows"].as_array().unwrap().iter();
    rows.filter(|row| row["outcome"] == outcome).map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// What rows were skipped for, without what this server is not: on https, and of another site than the frontend.
fn reasons(report: &Value) -> Vec<&str> {
    let rows = report["rows"].as_array().unwrap().iter();
    let reasons = rows.filter_map(|row| row["reason"].as_str());
    reasons.filter(|reason| !reason.contains("about https") && !reason.contains("another site")).collect()
}

#[test]
fn with_leave_to_write_every_row_that_is_about_this_server_runs_and_passes() {
    let server = at_home();
    let finished =
        conformance(&["--target", &target(server.address()), "--origin", FRONTEND, "--write", "--json"]);
    let report = report(&finished);
    assert_eq!(ids(&report, "failed"), [""; 0], "{:#}", report["rows"]);
    assert_eq!(reasons(&report), [""; 0]);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    assert!(report["totals"]["passed"].as_u64().unwrap() >= 150, "{}", report["totals"]);
}

#[test]
fn without_leave_to_write_nobody_is_registered_and_what_can_run_passes() {
    let server = at_home();
    let finished = conformance(&["--target", &format!("{}/", target(server.address()))]);
    assert_eq!(finished.code(), 0, "{}{}", finished.stdout, finished.stderr);
    let origin =
        "note: calling from http://localhost:5173, the first of origins.allowed; --origin names another";
    assert!(finished.stderr.contains(origin), "{}", finished.stderr);
    assert!(
        finished.stdout.contains("it needs an account, which is made with --write alone"),
        "{}",
        finished.stdout
    );
    assert!(finished.stdout.contains(" 0 failed, "), "{}", finished.stdout);
}

#[test]
fn over_https_the_rows_about_https_pass_too() {
    let front = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = format!("https://localhost:{}", front.local_addr().unwrap().port());
    let launch =
        Launch::new().set("SERVER__PUBLIC_URL", &own).set("ORIGINS__ALLOWED", "https://localhost:5173");
    let server = launch.serve();
    speak_https(front, server.address());
    let authority = pem("authority.pem").display().to_string();
    let frontend = "https://localhost:5173";
    let finished =
        conformance(&["--target", &own, "--origin", frontend, "--ca", &authority, "--write", "--json"]);
    let report = report(&finished);
    assert_eq!(ids(&report, "failed"), [""; 0], "{:#}", report["rows"]);
    assert!(ids(&report, "passed").iter().any(|id| id == "https-is-promised"));

    let refused = conformance(&["--target", &own, "--origin", frontend]);
    assert_eq!(refused.code(), 1);
    assert!(
        refused.stderr.starts_with(&format!("concierge: cannot ask {own}: no https with ")),
        "{}",
        refused.stderr
    );
}

#[test]
fn settings_that_cannot_be_read_leave_out_the_rows_that_need_a_frontend() {
    let server = at_home();
    let arguments = ["conformance", "--target", &target(server.address())];
    let finished = Launch::new().set("SERVER__PORT", "many").run(&arguments);
    assert_eq!(finished.code(), 0, "{}{}", finished.stdout, finished.stderr);
    assert!(finished.stderr.contains("the settings cannot be read"), "{}", finished.stderr);
    assert!(finished.stdout.contains("it needs a frontend that may call: --origin"), "{}", finished.stdout);
}

#[test]
fn a_target_that_is_not_there_is_told_in_one_sentence() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = target(listener.local_addr().unwrap());
    drop(listener);
    let finished = conformance(&["--target", &target, "--origin", FRONTEND]);
    assert_eq!((finished.code(), finished.stdout.as_str()), (1, ""));
    let sentence = format!("concierge: cannot ask {target}: nothing answers at {target}: ");
    assert!(
        finished.stderr.starts_with(&sentence) && finished.stderr.lines().count() == 1,
        "{}",
        finished.stderr
    );
}

#[test]
fn programs_are_told_as_json_why_there_is_no_report() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = target(listener.local_addr().unwrap());
    drop(listener);
    let server = at_home();
    let closed = target(server.address());
    for (target, more, code, words) in [
        (&nowhere, &[][..], "unreachable", "nothing answers at"),
        (&nowhere, &["--only", "no-such-*"], "no_row", "no-such-*"),
        (&nowhere, &["--rows", "nowhere.toml"], "bad_rows", "cannot read nowhere.toml: "),
        (&nowhere, &["--ca", "nowhere.pem"], "bad_authority", "nowhere.pem"),
        (&closed, &[], "unknown_origin", "may not call"),
    ] {
        let asked = ["--target", target, "--origin", "https://app.example.org", "--json"];
        let finished = conformance(&[&asked, more].concat());
        let told = report(&finished);
        assert_eq!((finished.code(), &told["code"]), (1, &Value::from(code)), "{told}");
        assert!(told["problem"].as_str().unwrap().contains(words), "{told}");
    }
}

#[test]
fn an_origin_that_may_not_call_is_told_in_one_sentence() {
    let server = at_home();
    let target = target(server.address());
    let finished = conformance(&["--target", &target, "--origin", "https://app.example.org"]);
    assert_eq!((finished.code(), finished.stdout.as_str()), (1, ""));
    let sentence = format!(
        "concierge: https://app.example.org may not call {target}: add it to the target's origins.allowed\n"
    );
    assert_eq!(finished.stderr, sentence);
}

#[test]
fn a_command_line_that_makes_no_sense_is_refused() {
    for arguments in
        [&[][..], &["--target", "api.example.com"], &["--target", "http://localhost:1", "--origin", "*"]]
    {
        assert_eq!(conformance(arguments).code(), 2, "{arguments:?}");
    }
    for arguments in [["--only", "no-such-*"], ["--rows", "nowhere.toml"], ["--ca", "nowhere.pem"]] {
        let finished = conformance(&[&["--target", "http://localhost:1"][..], &arguments].concat());
        assert_eq!(finished.code(), 1);
        assert!(finished.stderr.contains(arguments[1]), "{}", finished.stderr);
    }
}

#[test]
fn rows_of_ones_own_are_run_instead() {
    let server = at_home();
    let launch = Launch::new();
    let rows = "[[row]]\nid = 'tea'\nchecks = 'There is tea.'\nrequest = { method = 'GET', path = '/tea' }\nexpect.status = 418\n\
                source = { title = 'RFC 2324', section = '2.3.2', url = 'https://www.rfc-editor.org/rfc/rfc2324' }\n";
    let file = launch.folder().join("rows.toml");
    std::fs::write(&file, rows).unwrap();
    let finished = launch.run(&["conformance", "--target", &target(server.address()), "--rows", "rows.toml"]);
    assert_eq!(finished.code(), 1);
    let line = "FAILED  tea: expected status 418; came 404 not_found [RFC 2324, 2.3.2: https://www.rfc-editor.org/rfc/rfc2324]";
    assert_eq!(finished.stdout.lines().next(), Some(line));
}

#[test]
fn servers_that_answer_badly_fail_the_rows_that_are_about_it() {
    let wildcard: Headers = |_| {
        "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\nVary: Origin\r\n".into()
    };
    let echo: Headers = |origin| {
        format!(
            "Access-Control-Allow-Origin: {origin}\r\nAccess-Control-Allow-Credentials: true\r\nVary: Origin\r\n"
        )
    };
    let forgetful: Headers = |origin| {
        format!("Access-Control-Allow-Origin: {origin}\r\nAccess-Control-Allow-Credentials: true\r\n")
    };
    let double: Headers = |origin| {
        format!(
            "Access-Control-Allow-Origin: {origin}\r\nAccess-Control-Allow-Credentials: true\r\nVary: Origin\r\n\
             Access-Control-Allow-Origin: {origin}\r\n"
        )
    };
    for (server, broken, kept) in [
        (wildcard, "no-wildcard-beside-credentials", "vary-stands-without-an-origin-on-live"),
        (wildcard, "share-a-200", "no-preflight-lists-on-an-answer"),
        (echo, "reading-from-null", "share-a-200"),
        (echo, "reading-from-suffix-lookalike", "share-a-200"),
        (echo, "stranger-reads-nothing-of-a-200", "no-wildcard-beside-credentials"),
        (forgetful, "vary-stands-without-an-origin-on-live", "no-wildcard-beside-credentials"),
        (forgetful, "share-a-200", "no-preflight-lists-on-an-answer"),
        (double, "cors-headers-stand-once-on-a-200", "vary-stands-without-an-origin-on-live"),
        (double, "share-a-200", "no-preflight-lists-on-an-answer"),
    ] {
        let target = target(answering(server));
        let run =
            |only: &str| conformance(&["--target", &target, "--origin", FRONTEND, "--only", only, "--json"]);
        let finished = run(broken);
        assert_eq!(finished.code(), 1, "{broken}");
        assert_eq!(ids(&report(&finished), "failed"), [broken]);
        assert_eq!(ids(&report(&run(kept)), "passed"), [kept]);
    }
}

/// The headers that a bad server sends to an origin.
type Headers = fn(&str) -> String;

/// A server that answers 200 to everything, with headers of its own.
fn answering(headers: Headers) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let request = String::from_utf8(read_request(&mut stream)).unwrap();
            let origin = request.lines().find_map(|line| line.strip_prefix("Origin: ")).unwrap_or_default();
            let head = headers(origin);
            // A client that has gone needs no answer.
            let answer = format!("HTTP/1.1 200 OK\r\n{head}Content-Length: 2\r\n\r\n{{}}");
            stream.get_mut().write_all(answer.as_bytes()).unwrap_or_default();
        }
    });
    address
}

/// Answers https on `front` with what the server at `address` answers over http.
fn speak_https(front: TcpListener, address: SocketAddr) {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(pem("localhost.pem")).unwrap().collect();
    let key = PrivateKeyDer::from_pem_file(pem("localhost.key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain.unwrap(), key).unwrap());
    thread::spawn(move || {
        for stream in front.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut outer = BufReader::new(StreamOwned::new(connection, stream.unwrap()));
            let request = read_request(&mut outer);
            if request.is_empty() {
                continue;
            }
            let mut inner = TcpStream::connect(address).unwrap();
            inner.write_all(&request).unwrap();
            let mut answer = Vec::new();
            inner.read_to_end(&mut answer).unwrap();
            let outer = outer.get_mut();
            // A client that has gone, because it does not believe the certificate, needs no answer.
            outer.write_all(&answer).unwrap_or_default();
            outer.conn.send_close_notify();
            outer.flush().unwrap_or_default();
        }
    });
}

/// One request, as far as it comes.
fn read_request(stream: &mut BufReader<impl std::io::Read>) -> Vec<u8> {
    let mut request = Vec::new();
    let mut length = 0;
    loop {
        let start = request.len();
        if !matches!(stream.read_until(b'\n', &mut request), Ok(1..)) {
            return request;
        }
        let line = String::from_utf8_lossy(&request[start..]).into_owned();
        if let Some(announced) = line.strip_prefix("Content-Length: ") {
            length = announced.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    [request, body].concat()
}

fn pem(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../adapters/probe/tests/pem").join(name)
}
