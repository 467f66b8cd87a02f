//! One connection to a server on this machine, over which one request goes out at a time.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that is kept.
pub(crate) struct Connection(BufReader<TcpStream>);

/// What a request was answered with.
pub(crate) struct Answer {
    /// The first line.
    pub(crate) status: String,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    /// Connects to 127.0.0.1.
    pub(crate) fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request as it stands and reads the answer to its end.
    pub(crate) fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.0.get_mut().write_all(request)?;
        let status = self.line()?;
        let mut length = None;
        loop {
            let header = self.line()?;
            match header.split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().ok();
                }
                Some(_) => {}
                None => break,
            }
        }
        let length = length.ok_or_else(|| malformed("an answer without Content-Length"))?;
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(Answer { status, body })
    }

    /// A line without its end.
    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let whole = line.strip_suffix("\r\n").ok_or_else(|| malformed("it closed the connection"))?;
        Ok(whole.to_owned())
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A server for tests: what it got, connection after connection and request after request.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// The heads and bodies of the requests that come in on one connection; each is answered by `answer`.
    pub(crate) fn serve(stream: TcpStream, answer: impl Fn(usize) -> String) -> Vec<(String, String)> {
        let mut connection = Connection(BufReader::new(stream));
        let mut seen = Vec::new();
        while let Ok(request) = read_request(&mut connection) {
            connection.0.get_mut().write_all(answer(seen.len()).as_bytes()).unwrap();
            seen.push(request);
        }
        seen
    }

    fn read_request(connection: &mut Connection) -> io::Result<(String, String)> {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let header = connection.line()?;
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("Content-Length: ") {
                length = value.parse().unwrap();
            }
            head.push_str(&header);
            head.push('\n');
        }
        let mut body = vec![0; length];
        connection.0.read_exact(&mut body)?;
        Ok((head, String::from_utf8(body).unwrap()))
    }

    /// An answer as it travels.
    pub(crate) fn answer(status: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }
}
