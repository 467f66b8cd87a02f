//! A request, written as it is told.

use crate::error::ProbeError;

/// A request. Nothing of it is checked, escaped or mended on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The method, in any case.
    pub method: String,
    /// What stands behind the method: usually a path and a query.
    pub target: String,
    /// The headers in their order. `Host`, `Connection: close` and `Content-Length` are added where they are missing.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body; `None` sends none and says nothing of it.
    pub body: Option<Vec<u8>>,
}

impl Request {
    /// The request as it travels to `host`.
    ///
    /// # Errors
    /// A line break would make it another request, or two.
    pub(crate) fn bytes(&self, host: &str) -> Result<Vec<u8>, ProbeError> {
        let whole = |text: &[u8]| !text.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0));
        let headers_whole = self.headers.iter().all(|(name, value)| whole(name.as_bytes()) && whole(value));
        if !whole(self.method.as_bytes()) || !whole(self.target.as_bytes()) || !headers_whole {
            return Err(ProbeError::Unsendable);
        }
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        let mut write = |name: &str, value: &[u8]| {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        };
        if !self.names("Host") {
            write("Host", host.as_bytes());
        }
        for (name, value) in &self.headers {
            write(name, value);
        }
        if !self.names("Connection") {
            write("Connection", b"close");
        }
        if let Some(body) = &self.body
            && !self.names("Content-Length")
            && !self.names("Transfer-Encoding")
        {
            write("Content-Length", body.len().to_string().as_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(self.body.iter().flatten());
        Ok(bytes)
    }

    fn names(&self, name: &str) -> bool {
        self.headers.iter().any(|(found, _)| found.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)], body: Option<&str>) -> Request {
        Request {
            method: "pAtCh".to_owned(),
            target: "/a//b?c d".to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
                .collect(),
            body: body.map(|body| body.as_bytes().to_vec()),
        }
    }

    fn text(request: &Request) -> String {
        String::from_utf8(request.bytes("api.example").unwrap()).unwrap()
    }

    #[test]
    fn everything_is_sent_as_it_was_told_in_its_order() {
        let odd = request(&[("Origin", ""), ("oRIGIN", "null"), ("X", "é"), ("Origin", "a")], Some("{}"));
        assert_eq!(
            text(&odd),
            "pAtCh /a//b?c d HTTP/1.1\r\nHost: api.example\r\nOrigin: \r\noRIGIN: null\r\nX: é\r\nOrigin: a\r\n\
             Connection: close\r\nContent-Length: 2\r\n\r\n{}"
        );
    }

    #[test]
    fn what_is_told_is_not_told_again() {
        let own = [("host", "other"), ("connection", "keep-alive"), ("content-length", "9")];
        let expected = "pAtCh /a//b?c d HTTP/1.1\r\nhost: other\r\nconnection: keep-alive\r\ncontent-length: 9\r\n\r\n{}";
        assert_eq!(text(&request(&own, Some("{}"))), expected);
        assert!(!text(&request(&[], None)).contains("Content-Length"));
    }

    #[test]
    fn a_line_break_does_not_become_a_second_request() {
        for broken in ["a\rb", "a\nb", "a\0b"] {
            let refused = |request: Request| matches!(request.bytes("h"), Err(ProbeError::Unsendable));
            assert!(refused(request(&[("X", broken)], None)));
            assert!(refused(request(&[(broken, "x")], None)));
            assert!(refused(Request { method: broken.to_owned(), ..Request::default() }));
            assert!(refused(Request { target: broken.to_owned(), ..Request::default() }));
        }
    }
}
