//! What no HTTP client would send: byte strings, each on a connection of its own.

use std::io::{BufReader, Write as _};
use std::net::Shutdown;

use super::support::{Response, Server};

/// Bytes, and how they are answered.
pub(crate) struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    /// The statuses of the answers, in their order.
    statuses: &'static [u16],
}

/// What an attacker tries to smuggle into an answer.
const SMUGGLED: &str = "X-Smuggled";

const GET: &str = "GET /secure HTTP/1.1\r\nHost: localhost\r\n";
const POST: &str = "POST /greet HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

fn case(name: &'static str, bytes: impl AsRef<[u8]>, statuses: &'static [u16]) -> Case {
    Case { name, bytes: bytes.as_ref().to_vec(), statuses }
}

pub(crate) fn cases() -> Vec<Case> {
    [heads(), injections(), lengths()].into_iter().flatten().collect()
}

fn heads() -> Vec<Case> {
    vec![
        case("no HTTP", "hello\r\n\r\n", &[400]),
        case("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", &[400]),
        case("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[400]),
        case("a version that is none", "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", &[400]),
        case("no path", "GET HTTP/1.1\r\nHost: localhost\r\n\r\n", &[400]),
        case("a blank in the path", "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n", &[400]),
        case("raw bytes in the path", b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", &[400]),
        case("no Host", "GET /secure HTTP/1.1\r\n\r\n", &[400]),
        case("two Hosts", format!("{GET}Host: evil.example\r\n\r\n"), &[400]),
        case("a header without a colon", format!("{GET}nonsense\r\n\r\n"), &[400]),
        case("a header without a name", format!("{GET}: nonsense\r\n\r\n"), &[400]),
        case("a blank in a header's name", format!("{GET}X A: b\r\n\r\n"), &[400]),
        case("a NUL in a header's name", format!("{GET}X\0A: b\r\n\r\n"), &[400]),
        case("97 headers", format!("{GET}{}\r\n", "X-A: b\r\n".repeat(97)), &[431]),
        case("a head of 200 KiB", format!("{GET}X-A: {}\r\n\r\n", "a".repeat(200 << 10)), &[431]),
        case("a path of 200 KiB", format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(200 << 10)), &[431]),
    ]
}

/// Line breaks and NULs where a value ends in an answer or in the log.
fn injections() -> Vec<Case> {
    let mut cases = Vec::new();
    for header in ["Origin", "Cookie", "Authorization", "X-Request-Id", "Content-Type"] {
        let inject = |value: &str| format!("{GET}{header}: {value}\r\n\r\n");
        // A line break with something behind it is, to any parser, just another header.
        cases.push(case("a header behind a line break", inject(&format!("a\r\n{SMUGGLED}: b")), &[401]));
        cases.push(case("a bare CR", inject(&format!("a\r{SMUGGLED}: b")), &[400]));
        cases.push(case("a folded line", inject(&format!("a\r\n {SMUGGLED}: b")), &[400]));
        cases.push(case("a NUL", inject(&format!("a\0{SMUGGLED}: b")), &[400]));
        cases.push(case("an escape sequence", inject(&format!("a\x1b[31m{SMUGGLED}")), &[400]));
    }
    cases
}

/// Bodies whose length is told wrongly, twice or not at all.
fn lengths() -> Vec<Case> {
    let told = |headers: &str, body: &str| format!("{POST}{headers}\r\n\r\n{body}");
    let chunked = |body: &str| told("Transfer-Encoding: chunked", body);
    let good = r#"{"name":"A"}"#;
    vec![
        case("a negative length", told("Content-Length: -1", good), &[400]),
        case("a length with a plus", told("Content-Length: +12", good), &[400]),
        case("a length that is no number", told("Content-Length: twelve", good), &[400]),
        case("a length beyond all numbers", told("Content-Length: 99999999999999999999", good), &[400]),
        case("two lengths", told("Content-Length: 12\r\nContent-Length: 13", good), &[400]),
        case("a list of lengths", told("Content-Length: 12, 12", good), &[400]),
        case("a length and chunks", told("Content-Length: 12\r\nTransfer-Encoding: chunked", good), &[400]),
        case("another transfer coding", told("Transfer-Encoding: gzip", good), &[400]),
        case("codings in a row", told("Transfer-Encoding: gzip, chunked", good), &[400]),
        case(
            "a body longer than told",
            told("Content-Length: 12", &format!("{good}}}}}\r\n\r\n")),
            &[200, 400],
        ),
        case("a body without a length", format!("{POST}\r\n{good}\r\n\r\n"), &[400, 400]),
        case("a body shorter than told", told("Content-Length: 100", good), &[400]),
        case("chunks that stop", chunked("c\r\n{\"name\":\"A\"}\r\n"), &[400]),
        case("a chunk shorter than told", chunked("ff\r\n{}"), &[400]),
        case("a chunk whose size is none", chunked("zz\r\n{}\r\n0\r\n\r\n"), &[400]),
        case("a chunk beyond all numbers", chunked("ffffffffffffffffff\r\n{}\r\n0\r\n\r\n"), &[400]),
    ]
}

impl Case {
    /// Sends it all, and reads what comes back; an error says what is wrong with that.
    pub(crate) fn check(&self, server: &Server) -> Result<(), String> {
        let fault = |what: String| Err(format!("* {} ({}): {what}", self.name, self.start()));
        let mut stream = server.connect();
        // A server that has answered and closed need not take the rest.
        drop(stream.write_all(&self.bytes));
        drop(stream.shutdown(Shutdown::Write));
        let mut answers = BufReader::new(stream);
        for expected in self.statuses {
            match Response::read(&mut answers, false) {
                Ok(response) if response.status != *expected => {
                    return fault(format!("{} instead of {expected}: {response:?}", response.status));
                }
                Ok(response) if response.everything().contains(SMUGGLED) => {
                    return fault(format!("it comes back: {response:?}"));
                }
                Ok(_) => {}
                Err(error) => return fault(format!("no answer instead of {expected}: {error}")),
            }
        }
        Ok(())
    }

    fn start(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        text.lines()
            .filter(|line| !line.starts_with("Host"))
            .flat_map(|line| line.chars().take(60))
            .take(150)
            .collect()
    }
}
