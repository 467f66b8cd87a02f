//! An answer, read as RFC 9112 frames it.

use std::io::{self, Read};

use httparse::{EMPTY_HEADER, Status};

use crate::error::ProbeError;

/// The most bytes an answer may have, its head included.
pub(crate) const MAX_BYTES: usize = 1 << 20;
const MAX_HEADERS: usize = 256;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Every header in its order, duplicates included; bytes that are no UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    /// The body without its framing, still packed where it came packed.
    pub body: Vec<u8>,
}

/// Reads the final answer, passing over interim ones. A `headless` one (to HEAD) has headers and no body.
pub(crate) fn read(source: &mut impl Read, headless: bool) -> Result<Answer, ProbeError> {
    let mut incoming = Incoming { source, bytes: Vec::new(), at: 0 };
    let mut answer = incoming.head()?;
    while (100..200).contains(&answer.status) {
        answer = incoming.head()?;
    }
    if !headless && !matches!(answer.status, 204 | 304) {
        answer.body = incoming.body(&answer)?;
    }
    Ok(answer)
}

/// What has come so far, and how much of it has been read.
struct Incoming<'a, R> {
    source: &'a mut R,
    bytes: Vec<u8>,
    at: usize,
}

impl<R: Read> Incoming<'_, R> {
    /// Waits for more; `false` at the end.
    fn more(&mut self) -> Result<bool, ProbeError> {
        let mut chunk = [0; 1 << 14];
        let count = loop {
            match self.source.read(&mut chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        if self.bytes.len() + count > MAX_BYTES {
            return Err(ProbeError::TooLarge);
        }
        self.bytes.extend_from_slice(&chunk[..count]);
        Ok(count > 0)
    }

    fn need_more(&mut self) -> Result<(), ProbeError> {
        match self.more()? {
            true => Ok(()),
            false => Err(ProbeError::Broken(io::ErrorKind::UnexpectedEof.into())),
        }
    }

    fn head(&mut self) -> Result<Answer, ProbeError> {
        loop {
            let mut headers = [EMPTY_HEADER; MAX_HEADERS];
            let mut head = httparse::Response::new(&mut headers);
            let parsed = head.parse(&self.bytes[self.at..]);
            match parsed.map_err(|_| ProbeError::Malformed("its head"))? {
                Status::Partial => self.need_more()?,
                Status::Complete(length) => {
                    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
                    let headers = head.headers.iter();
                    let headers =
                        headers.map(|header| (header.name.to_owned(), text(header.value))).collect();
                    let status = head.code.ok_or(ProbeError::Malformed("its status"))?;
                    self.at += length;
                    return Ok(Answer { status, headers, body: Vec::new() });
                }
            }
        }
    }

    fn body(&mut self, head: &Answer) -> Result<Vec<u8>, ProbeError> {
        if head.header("Transfer-Encoding").is_some() {
            return self.chunks();
        }
        let Some(length) = head.header("Content-Length") else {
            while self.more()? {}
            return Ok(self.bytes.split_off(self.at));
        };
        let length = length.trim().parse().map_err(|_| ProbeError::Malformed("its Content-Length"))?;
        self.take(length)
    }

    fn chunks(&mut self) -> Result<Vec<u8>, ProbeError> {
        let mut body = Vec::new();
        loop {
            let size = httparse::parse_chunk_size(&self.bytes[self.at..]);
            match size.map_err(|_| ProbeError::Malformed("the size of a chunk"))? {
                Status::Partial => self.need_more()?,
                // Trailers say nothing that is judged.
                Status::Complete((_, 0)) => return Ok(body),
                Status::Complete((length, size)) => {
                    self.at += length;
                    body.append(&mut self.take(usize::try_from(size).unwrap_or(usize::MAX))?);
                    if self.take(2)? != b"\r\n" {
                        return Err(ProbeError::Malformed("the end of a chunk"));
                    }
                }
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>, ProbeError> {
        let end = self.at.checked_add(length).filter(|end| *end <= MAX_BYTES).ok_or(ProbeError::TooLarge)?;
        while self.bytes.len() < end {
            self.need_more()?;
        }
        let taken = self.bytes[self.at..end].to_vec();
        self.at = end;
        Ok(taken)
    }
}

impl Answer {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, as a slow network does.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn answer(text: &str, headless: bool) -> Result<Answer, ProbeError> {
        let in_drops = read(&mut Drops(text.as_bytes()), headless);
        let at_once = read(&mut text.as_bytes(), headless);
        assert_eq!(format!("{in_drops:?}"), format!("{at_once:?}"));
        at_once
    }

    #[test]
    fn headers_keep_their_order_and_their_duplicates() {
        let found = answer(
            "HTTP/1.1 200 OK\r\nB: 1\r\na: 2\r\nb: 3\r\nEmpty:\r\nContent-Length: 2\r\n\r\nhi more",
            false,
        );
        let found = found.unwrap();
        let lines: Vec<_> = found.headers.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(lines, ["B=1", "a=2", "b=3", "Empty=", "Content-Length=2"]);
        assert_eq!((found.status, found.body.as_slice()), (200, &b"hi"[..]));
        assert_eq!(found.header("B"), Some("1"));
    }

    #[test]
    fn every_framing_of_a_body_is_read() {
        let body = |text: &str| String::from_utf8(answer(text, false).unwrap().body).unwrap();
        assert_eq!(body("HTTP/1.1 200 OK\r\n\r\nuntil the end"), "until the end");
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(body(chunked), "abc0123456789");
        assert_eq!(body("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"), "");
        assert_eq!(body("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"), "x");
        assert_eq!(answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true).unwrap().body, b"");
    }

    #[test]
    fn what_is_cut_off_or_no_http_is_told_so() {
        for cut in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"] {
            assert!(matches!(answer(cut, false), Err(ProbeError::Broken(_))), "{cut}");
        }
        for other in ["SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"] {
            assert!(matches!(answer(other, false), Err(ProbeError::Malformed(_))), "{other}");
        }
        let zzz = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n";
        assert!(matches!(answer(zzz, false), Err(ProbeError::Malformed(_))));
    }

    #[test]
    fn an_answer_beyond_the_limit_is_not_kept() {
        let endless = &b"HTTP/1.1 200 OK\r\n\r\n"[..];
        let read_endless = read(&mut endless.chain(io::repeat(b'x')), false);
        assert!(matches!(read_endless, Err(ProbeError::TooLarge)));
        for length in ["1048577", "18446744073709551615"] {
            let announced = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            assert!(matches!(read(&mut announced.as_bytes(), false), Err(ProbeError::TooLarge)), "{length}");
        }
    }
}
