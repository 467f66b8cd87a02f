//! An answer, read as RFC 9112 frames it.

use std::io::{self, BufRead};

use serde_json::Value;

use super::problem::{self, Problem};

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    /// Reads the next answer, passing over interim ones.
    pub(crate) fn read(source: &mut impl BufRead, headless: bool) -> io::Result<Self> {
        let (status, headers) = loop {
            let (status, headers) = head(source)?;
            if status != 100 {
                break (status, headers);
            }
        };
        let mut response = Self { status, headers, body: Vec::new() };
        if !headless && status != 204 && status != 304 {
            response.body = response.read_body(source)?;
        }
        Ok(response)
    }

    fn read_body(&self, source: &mut impl BufRead) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if self.header("Transfer-Encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            while let Some(mut chunk) = chunk(source)? {
                body.append(&mut chunk);
            }
        } else if let Some(length) = self.header("Content-Length") {
            body.resize(length.parse().map_err(|_| malformed("Content-Length"))?, 0);
            source.read_exact(&mut body)?;
        } else {
            source.read_to_end(&mut body)?;
        }
        Ok(body)
    }

    /// The header's only value; panics when there are several.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers(name);
        let value = values.next();
        assert!(values.next().is_none(), "{name} stands there more than once: {:?}", self.headers);
        value
    }

    /// Every value of a header.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = move |(found, _): &&(String, String)| found.eq_ignore_ascii_case(name);
        self.headers.iter().filter(named).map(|(_, value)| value.as_str())
    }

    /// Head and body as text, to look for what must not be in either.
    pub(crate) fn everything(&self) -> String {
        format!("{:?}\n{}", self.headers, self.text())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as the problem details that every failure has, or what of them is missing.
    pub(crate) fn check_problem(&self) -> Result<Problem, String> {
        problem::check(self)
    }

    /// The body as the problem details that every failure has.
    pub(crate) fn problem(&self) -> Problem {
        self.check_problem().unwrap_or_else(|fault| panic!("{fault}: {self:?}"))
    }
}

/// A status and headers.
fn head(source: &mut impl BufRead) -> io::Result<(u16, Vec<(String, String)>)> {
    let first = line(source)?;
    let status = first.strip_prefix("HTTP/1.1 ").or_else(|| first.strip_prefix("HTTP/1.0 "));
    let status = status.and_then(|rest| rest.get(..3)?.parse().ok()).ok_or_else(|| malformed(&first))?;
    let mut headers = Vec::new();
    loop {
        let line = line(source)?;
        if line.is_empty() {
            return Ok((status, headers));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| malformed(&line))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

/// The next chunk; `None` after the last.
fn chunk(source: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let size = line(source)?;
    let size = usize::from_str_radix(size.trim(), 16).map_err(|_| malformed(&size))?;
    let mut chunk = vec![0; size];
    source.read_exact(&mut chunk)?;
    line(source)?;
    Ok((size > 0).then_some(chunk))
}

/// A line without its end.
fn line(source: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    source.read_until(b'\n', &mut line)?;
    let text = line.strip_suffix(b"\r\n").ok_or_else(|| malformed("a line that is cut off"))?;
    Ok(String::from_utf8_lossy(text).into_owned())
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed answer: {what}"))
}
