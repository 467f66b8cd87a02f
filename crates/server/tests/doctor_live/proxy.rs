//! A small reverse proxy that does one thing wrong.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use socket2::{Domain, Socket, Type};

use super::support::PATIENCE;

/// A proxy on any free port of this machine. It serves until the test's process ends.
pub(crate) struct Proxy {
    address: SocketAddr,
}

/// The head of a message, the line that it answers, and the body behind it.
pub(crate) struct Heads {
    asked: String,
    lines: Vec<String>,
    body: Vec<u8>,
}

/// Answers by the first line of the request.
type Cache = Arc<Mutex<HashMap<String, Vec<u8>>>>;
type Change = Arc<dyn Fn(&mut Heads) + Send + Sync>;

impl Proxy {
    /// One that changes answers.
    pub(crate) fn start(to: SocketAddr, change: impl Fn(&mut Heads) + Send + Sync + 'static) -> Self {
        Self::serve(to, Arc::new(|_| {}), Arc::new(change), None)
    }

    /// One that changes requests.
    pub(crate) fn start_changing_requests(
        to: SocketAddr,
        change: impl Fn(&mut Heads) + Send + Sync + 'static,
    ) -> Self {
        Self::serve(to, Arc::new(change), Arc::new(|_| {}), None)
    }

    /// One that keeps every answer that does not forbid it, and heeds no Vary.
    pub(crate) fn start_caching(to: SocketAddr) -> Self {
        Self::serve(to, Arc::new(|_| {}), Arc::new(|_| {}), Some(Arc::default()))
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    fn serve(to: SocketAddr, of_request: Change, of_answer: Change, cache: Option<Cache>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (of_request, of_answer, cache) = (of_request.clone(), of_answer.clone(), cache.clone());
                thread::spawn(move || {
                    let mut client = client.unwrap();
                    client.set_read_timeout(Some(PATIENCE)).unwrap();
                    let mut request = Heads::read(&mut client, String::new(), true);
                    of_request(&mut request);
                    let asked = request.lines[0].clone();
                    let kept = cache.as_ref().and_then(|cache| cache.lock().unwrap().get(&asked).cloned());
                    let answer = kept.unwrap_or_else(|| {
                        let mut answer = forward(to, &request, &asked);
                        of_answer(&mut answer);
                        let bytes = answer.bytes();
                        let storable = !answer.lines.iter().any(|line| line.contains("no-store"));
                        if let Some(cache) = cache.filter(|_| storable) {
                            cache.lock().unwrap().insert(asked, bytes.clone());
                        }
                        bytes
                    });
                    // Whoever has heard enough may be gone.
                    drop(client.write_all(&answer));
                    drop(client.shutdown(Shutdown::Write));
                });
            }
        });
        Self { address }
    }
}

fn forward(to: SocketAddr, request: &Heads, asked: &str) -> Heads {
    let mut upstream = TcpStream::connect_timeout(&to, PATIENCE).unwrap();
    upstream.set_read_timeout(Some(PATIENCE)).unwrap();
    upstream.write_all(&request.bytes()).unwrap();
    Heads::read(&mut upstream, asked.to_owned(), false)
}

impl Heads {
    /// Reads a message: a request as long as it says, an answer until the connection ends.
    fn read(source: &mut TcpStream, asked: String, request: bool) -> Self {
        let mut bytes = Vec::new();
        let mut chunk = [0; 1 << 14];
        loop {
            let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
            if let Some(end) = end {
                let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                let lines: Vec<_> = head.split("\r\n").map(str::to_owned).collect();
                let message = Self { asked: asked.clone(), lines, body: bytes[end + 4..].to_vec() };
                let length = message.value("content-length").map(|length| length.parse::<usize>().unwrap());
                if request && message.body.len() >= length.unwrap_or(0) {
                    return message;
                }
            }
            let count = source.read(&mut chunk).unwrap();
            if count == 0 {
                let end = end.unwrap();
                let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                let lines = head.split("\r\n").map(str::to_owned).collect();
                return Self { asked, lines, body: bytes[end + 4..].to_vec() };
            }
            bytes.extend(&chunk[..count]);
        }
    }

    fn bytes(&self) -> Vec<u8> {
        [self.lines.join("\r\n").as_bytes(), b"\r\n\r\n", &self.body].concat()
    }

    /// The method that was asked with.
    pub(crate) fn method(&self) -> &str {
        self.asked.split(' ').next().unwrap()
    }

    pub(crate) fn status(&self) -> u16 {
        self.lines[0].split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.lines.retain(|line| !is_named(line, name));
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.lines.push(format!("{name}: {value}"));
    }

    pub(crate) fn rewrite(&mut self, name: &str, from: &str, to: &str) {
        for line in self.lines.iter_mut().filter(|line| is_named(line, name)) {
            *line = line.replace(from, to);
        }
    }

    /// Puts an answer of the proxy's own in the place of this one.
    pub(crate) fn replace(&mut self, status: u16, headers: &str) {
        let head = format!("HTTP/1.1 {status} Other\r\n{headers}Connection: close");
        self.lines = head.split("\r\n").map(str::to_owned).collect();
        self.body = b"<html></html>".to_vec();
    }

    fn value(&self, name: &str) -> Option<&str> {
        let line = self.lines.iter().find(|line| is_named(line, name))?;
        line.split_once(':').map(|(_, value)| value.trim())
    }
}

fn is_named(line: &str, name: &str) -> bool {
    line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
}

/// A port that is taken and on which nobody listens, for as long as this is kept.
pub(crate) struct SilentPort(Socket);

impl SilentPort {
    pub(crate) fn take() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        Self(socket)
    }

    pub(crate) fn number(&self) -> u16 {
        self.0.local_addr().unwrap().as_socket().unwrap().port()
    }
}
