//! What a kit needs of HTTP, and who brings it.

/// A request, to be sent as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method, in any case.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The headers in their order.
    pub headers: Vec<(String, String)>,
    /// The body; `None` sends none.
    pub body: Option<Vec<u8>>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Every header in its order, duplicates included.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAnswer {
    /// A sentence without a full stop.
    pub reason: String,
    /// What kind of silence it is.
    pub silence: Silence,
}

/// How there can be no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Nothing can be asked there at all.
    Unreachable,
    /// It was waited for too long.
    TooLong,
    /// It broke off, or is none.
    Broken,
}

/// Carries requests to the deployment.
///
/// An implementation MUST send method, path, headers and body as they stand, MUST NOT follow redirects, keep cookies or
/// unpack bodies, MUST return every header in its order, and MUST return within a bounded time.
pub trait Transport {
    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// There is none.
    fn send(&self, request: &Request) -> Result<Answer, NoAnswer>;
}

impl Answer {
    /// Every value of a header.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = move |(found, _): &&(String, String)| found.eq_ignore_ascii_case(name);
        self.headers.iter().filter(named).map(|(_, value)| value.as_str())
    }

    /// The body as JSON, if it is any.
    pub(crate) fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}
