//! Over real sockets: http, https by an authority that is named, and everything that keeps an answer from coming.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use concierge_kernel::{Clock, Timestamp};
use concierge_origins::Origin;
use concierge_probe::{Answer, Probe, ProbeError, Request, Trust, TrustError};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Goes on by `step` microseconds whenever it is asked.
struct Ticking {
    now: AtomicI64,
    step: i64,
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.now.fetch_add(self.step, Ordering::Relaxed)).unwrap()
    }
}

fn probe(step: i64, authority: Option<&Path>) -> Probe {
    Probe::new(Arc::new(Ticking { now: AtomicI64::new(0), step }), Trust::new(authority).unwrap())
}

fn pem(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pem").join(name)
}

fn get() -> Request {
    Request {
        method: "GET".to_owned(),
        target: "/".to_owned(),
        headers: vec![("Origin".to_owned(), Vec::new())],
        body: None,
    }
}

/// Serves one connection, and returns what was asked.
fn serve(serve_one: impl FnOnce(TcpStream) -> String + Send + 'static) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (port, thread::spawn(move || serve_one(listener.accept().unwrap().0)))
}

/// Reads a request without a body, and answers it; an end that comes early is what some tests are about.
fn answer(mut stream: impl Read + Write) -> String {
    let mut asked = Vec::new();
    let mut byte = [0];
    while !asked.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        asked.push(byte[0]);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nhi").unwrap_or_default();
    stream.flush().unwrap_or_default();
    String::from_utf8(asked).unwrap()
}

fn answer_by_https(stream: TcpStream) -> String {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(pem("localhost.pem")).unwrap().collect();
    let key = PrivateKeyDer::from_pem_file(pem("localhost.key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain.unwrap(), key).unwrap();
    let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream);
    let asked = answer(&mut stream);
    stream.conn.send_close_notify();
    stream.flush().unwrap_or_default();
    asked
}

fn origin(scheme: &str, port: u16) -> Origin {
    Origin::parse(&format!("{scheme}://127.0.0.1:{port}")).unwrap()
}

fn assert_is_the_answer(answer: &Answer) {
    let headers: Vec<_> = answer.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(headers, ["Set-Cookie: a=1", "Set-Cookie: b=2"]);
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"hi"[..]));
}

#[test]
fn over_http_the_request_travels_as_it_was_told() {
    let (port, asked) = serve(answer);
    assert_is_the_answer(&probe(1, None).send(&origin("http", port), &get()).unwrap());
    let expected =
        format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: \r\nConnection: close\r\n\r\n");
    assert_eq!(asked.join().unwrap(), expected);
}

#[test]
fn over_https_an_authority_that_is_named_is_believed() {
    let (port, asked) = serve(answer_by_https);
    let authority = pem("authority.pem");
    assert_is_the_answer(&probe(1, Some(&authority)).send(&origin("https", port), &get()).unwrap());
    assert!(asked.join().unwrap().starts_with("GET / HTTP/1.1\r\n"));
}

#[test]
fn over_https_an_authority_that_nobody_named_is_not() {
    let (port, asked) = serve(answer_by_https);
    let refused = probe(1, None).send(&origin("https", port), &get()).unwrap_err();
    assert!(matches!(refused, ProbeError::NoHttps { .. }) && refused.is_unreachable(), "{refused:?}");
    assert_eq!(asked.join().unwrap(), "");
}

#[test]
fn a_file_without_an_authority_is_named() {
    let none = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(Trust::new(Some(none.path())), Err(TrustError::Empty(_))));
    assert!(matches!(Trust::new(Some(Path::new("nowhere.pem"))), Err(TrustError::Unreadable { .. })));
}

#[test]
fn where_nobody_listens_is_told_apart_from_where_no_answer_comes() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let refused = probe(1, None).send(&origin("http", port), &get()).unwrap_err();
    assert!(matches!(refused, ProbeError::NoConnection { .. }) && refused.is_unreachable(), "{refused:?}");

    let (port, hung_up) = serve(|_| String::new());
    let broken = probe(1, None).send(&origin("http", port), &get()).unwrap_err();
    assert!(matches!(broken, ProbeError::Broken(_)) && !broken.is_unreachable(), "{broken:?}");
    hung_up.join().unwrap();
}

#[test]
fn ten_seconds_are_for_the_whole_and_not_for_each_byte() {
    let (port, asked) = serve(answer);
    // Four seconds pass whenever the time is asked: after connecting and sending, none are left.
    let late = probe(4_000_000, None).send(&origin("http", port), &get()).unwrap_err();
    assert!(matches!(late, ProbeError::TooSlow), "{late:?}");
    asked.join().unwrap();
}

#[test]
fn whoever_is_less_patient_gives_up_sooner() {
    let (port, asked) = serve(answer);
    // Each second one is asked for the time; ten seconds would do, two do not.
    let hasty = probe(1_000_000, None).patient(Duration::from_secs(2));
    let late = hasty.send(&origin("http", port), &get()).unwrap_err();
    assert!(matches!(late, ProbeError::TooSlow), "{late:?}");
    asked.join().unwrap();
    let (port, asked) = serve(answer);
    probe(1_000_000, None).send(&origin("http", port), &get()).unwrap();
    asked.join().unwrap();
}
