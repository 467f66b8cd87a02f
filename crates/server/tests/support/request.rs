//! A request, written to the byte: nothing is checked, escaped or mended on its way.

use std::io::{self, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use super::PATIENCE;
use super::jar::Jar;
use super::response::Response;

/// A request to be sent on a connection of its own.
#[derive(Clone)]
pub(crate) struct Request {
    address: SocketAddr,
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    cookies: Vec<Vec<u8>>,
    body: Vec<u8>,
    framing: Framing,
}

/// How the end of the body is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// No body, no word of it.
    None,
    /// `Content-Length`, the body's own.
    Length,
    /// Chunks of 64 KiB.
    Chunked,
}

impl Request {
    /// A request to whoever listens at `address`.
    pub(crate) fn new(address: SocketAddr, method: &str, target: &str) -> Self {
        Self {
            address,
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            cookies: Vec::new(),
            body: Vec::new(),
            framing: Framing::None,
        }
    }

    /// Adds a header; one of the same name stays beside it.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Adds a cookie; all go into one header, in this order.
    pub(crate) fn cookie(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.cookies.push([name.as_bytes(), b"=", value.as_ref()].concat());
        self
    }

    /// Takes every header of a name away again.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
        self
    }

    /// Adds every cookie of `jar` that belongs to the target's path and, as a frontend does, the CSRF token among them
    /// to whatever may change something.
    pub(crate) fn jar(self, jar: &Jar) -> Self {
        let target = self.target.clone();
        let may_change = !matches!(&*self.method, "GET" | "HEAD" | "OPTIONS" | "TRACE");
        let request = jar.sent_to(&target).fold(self, |request, (name, value)| request.cookie(name, value));
        match jar.csrf_token().filter(|_| may_change) {
            Some(token) => request.without("X-CSRF-Token").header("X-CSRF-Token", token),
            None => request,
        }
    }

    /// Presents a token without a cookie.
    pub(crate) fn bearer(self, token: impl AsRef<[u8]>) -> Self {
        self.header("Authorization", [b"Bearer ", token.as_ref()].concat())
    }

    /// Sends JSON.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.json_text(body.to_string())
    }

    /// Sends what claims to be JSON.
    pub(crate) fn json_text(self, body: impl AsRef<[u8]>) -> Self {
        self.header("Content-Type", "application/json").body(body)
    }

    /// Sends bytes, without a word of what they are.
    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self.framing = Framing::Length;
        self
    }

    /// Sends the body in chunks.
    pub(crate) fn chunked(mut self) -> Self {
        self.framing = Framing::Chunked;
        self
    }

    /// Sends it and reads the answer.
    pub(crate) fn send(&self) -> Response {
        match self.try_send() {
            Ok(response) => response,
            Err(error) => panic!("no answer to {}: {error}", self.line()),
        }
    }

    /// Sends it and reads the answer, from a server that may die meanwhile.
    pub(crate) fn try_send(&self) -> io::Result<Response> {
        let mut stream = connect(self.address)?;
        stream.write_all(&self.bytes())?;
        Response::read(&mut BufReader::new(stream), self.method == "HEAD")
    }

    /// Sends it, and leaves the answer to be read.
    pub(crate) fn begin(&self) -> TcpStream {
        let mut stream = connect(self.address).unwrap();
        stream.write_all(&self.bytes()).unwrap();
        stream
    }

    /// The request as it travels.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = [self.method.as_bytes(), b" ", self.target.as_bytes(), b" HTTP/1.1\r\n"].concat();
        let mut header = |name: &str, value: &[u8]| {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        };
        if !self.headers.iter().any(|(name, _)| name == "Host") {
            header("Host", self.address.to_string().as_bytes());
        }
        header("Connection", b"close");
        for (name, value) in &self.headers {
            header(name, value);
        }
        if !self.cookies.is_empty() {
            header("Cookie", &self.cookies.join(&b"; "[..]));
        }
        match self.framing {
            Framing::None => {}
            Framing::Length => header("Content-Length", self.body.len().to_string().as_bytes()),
            Framing::Chunked => header("Transfer-Encoding", b"chunked"),
        }
        bytes.extend(b"\r\n");
        if self.framing == Framing::Chunked {
            for chunk in self.body.chunks(1 << 16) {
                bytes.extend(format!("{:x}\r\n", chunk.len()).as_bytes());
                bytes.extend(chunk);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
        } else {
            bytes.extend(&self.body);
        }
        bytes
    }

    fn line(&self) -> String {
        let target: String = self.target.chars().take(80).collect();
        format!("{} {target}", self.method)
    }
}

/// A connection on which nothing is waited for without end.
pub(super) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
