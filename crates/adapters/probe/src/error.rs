//! Why there is no answer.

use std::io;

use concierge_origins::Origin;

use crate::answer::MAX_BYTES;

/// Why there is no answer. Displays as a sentence without its cause.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The host's name leads to no address.
    #[error("the name of {origin} leads to no address")]
    NoAddress {
        /// Where it was to go.
        origin: Origin,
        /// What the resolver says.
        source: io::Error,
    },
    /// Nobody takes connections there.
    #[error("nothing answers at {origin}")]
    NoConnection {
        /// Where it was to go.
        origin: Origin,
        /// The last address's failure.
        source: io::Error,
    },
    /// There is a connection, but no https on it that can be trusted.
    #[error("no https with {origin}")]
    NoHttps {
        /// Where it was to go.
        origin: Origin,
        /// What rustls says.
        source: io::Error,
    },
    /// The answer took too long.
    #[error("no whole answer in time")]
    TooSlow,
    /// The answer is too large.
    #[error("the answer is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// What came is no HTTP/1.1.
    #[error("the answer is no HTTP/1.1: {0}")]
    Malformed(&'static str),
    /// The connection ended before the answer did.
    #[error("the connection broke off")]
    Broken(#[source] io::Error),
    /// The request would not be one request: its method, its target or a header holds a line break or a NUL.
    #[error("a method, target or header with a line break cannot be sent")]
    Unsendable,
}

impl ProbeError {
    /// Whether nothing can be asked there at all, so that asking on is of no use.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::NoAddress { .. } | Self::NoConnection { .. } | Self::NoHttps { .. })
    }

    /// Whether the answer was waited for in vain: somebody took the connection, and says nothing or does not end.
    pub fn is_too_slow(&self) -> bool {
        matches!(self, Self::TooSlow)
    }
}

impl From<io::Error> for ProbeError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::TooSlow,
            _ => Self::Broken(error),
        }
    }
}
