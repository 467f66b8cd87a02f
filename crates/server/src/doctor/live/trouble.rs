//! What goes wrong between a page and the API, in sentences that name the remedy.

use std::fmt;

use concierge_origins::Severity;
use concierge_probe::Answer;

/// What goes wrong. Displays as a sentence: what was seen, and what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// Nothing can be asked there.
    #[error("{0}; start the API, or name with --api where it lives")]
    Unreachable(String),
    /// It has stopped answering.
    #[error(
        "{0}, several times in a row, so nothing more was asked; look into the log of the API, and of what stands before it"
    )]
    Silent(String),
    /// There was no answer to this request.
    #[error("{0}; look into the log of what stands before the API")]
    NoAnswer(String),
    /// A redirect, which no preflight follows (Fetch standard, section 4.8).
    #[error(
        "redirected to {to}, and a browser's preflight follows no redirect; have the frontend call the API there"
    )]
    Redirected {
        /// Where to.
        to: String,
    },
    /// An answer that something before the API made.
    #[error("{}; it came from {by}; {remedy}", ForeignStatus(*status, *expected))]
    Foreign {
        /// The answer's status.
        status: u16,
        /// The status that was expected.
        expected: u16,
        /// Who made it.
        by: Hop,
        /// What to change.
        remedy: &'static str,
    },
    /// The API refuses the origin.
    #[error(
        "the running API does not let this origin in; add it to its origins.allowed, or see what changes Origin on the way"
    )]
    UnknownOrigin,
    /// The API answers otherwise than it should.
    #[error("{status} where {expected} was expected; look into the API's log")]
    OtherStatus {
        /// The answer's status.
        status: u16,
        /// The status that was expected.
        expected: u16,
    },
    /// No `Access-Control-Allow-Origin`.
    #[error(
        "Access-Control-Allow-Origin is gone; have the proxy pass the API's headers on, and the page's Origin to it"
    )]
    NotShared,
    /// Another `Access-Control-Allow-Origin`.
    #[error(
        "Access-Control-Allow-Origin is `{found}` and not the page's origin; take it out of the proxy's configuration"
    )]
    SharedWithOther {
        /// Its value.
        found: String,
    },
    /// A header that must stand once stands more often, and browsers refuse the answer (Fetch standard, section 3.3.5).
    #[error(
        "{header} stands there {count} times; concierge sends one, so take the other out of the proxy's configuration"
    )]
    Duplicated {
        /// The header.
        header: &'static str,
        /// How often.
        count: usize,
    },
    /// No `Access-Control-Allow-Credentials`.
    #[error("Access-Control-Allow-Credentials is not `true`; have the proxy pass the API's headers on")]
    NoCredentials,
    /// `Vary` does not name `Origin`.
    #[error(
        "Vary does not name Origin, so a cache may give one frontend's answer to another; have the proxy leave Vary alone"
    )]
    NoVary,
    /// An answer that must not be stored came from a store.
    #[error("`{header}`: the answer came from a cache, though it says no-store; exempt the API from caching")]
    FromCache {
        /// The header that tells.
        header: String,
    },
    /// One origin got the answer that another was given.
    #[error(
        "the answer to {origin} was given to another origin as well; have the cache heed Vary, or exempt the API"
    )]
    SharedCopy {
        /// Whose answer it was.
        origin: String,
    },
    /// Something lets every origin in.
    #[error(
        "an answer was shared with {stranger}, which nobody lists; have the proxy add no Access-Control headers"
    )]
    SharedWithStranger {
        /// The origin that was made up.
        stranger: String,
    },
    /// The request's id is gone from an answer that concierge made.
    #[error("X-Request-Id is gone, and with it the way to the log; have the proxy pass it on")]
    RequestIdLost,
    /// The request's id is another.
    #[error("X-Request-Id is not the page's own; have the proxy set it only where it is missing")]
    RequestIdReplaced,
    /// No `Set-Cookie`.
    #[error("the answer sets no {name}; have the proxy pass Set-Cookie on")]
    CookieLost {
        /// The cookie, without a prefix.
        name: &'static str,
    },
    /// Another `Set-Cookie` than follows from where things live.
    #[error(
        "came as `{found}` and not as `{expected}`; have the proxy rewrite no cookies and pass Host on, and compare the \
         running API's server.public_url and [cookies]"
    )]
    CookieChanged {
        /// The line that was expected.
        expected: String,
        /// The line that came, without its value.
        found: String,
    },
    /// A cookie that was sent did not arrive.
    #[error("the API did not get the cookie it had set; have the proxy pass Cookie on")]
    CookieNotReturned,
}

/// The status of an answer that concierge did not make, and the one that was expected; one is enough where they are the
/// same.
struct ForeignStatus(u16, u16);

impl fmt::Display for ForeignStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(status, expected) = self;
        if status == expected {
            write!(f, "an answer of {status} that concierge did not make")
        } else {
            write!(f, "an answer that concierge did not make: {status} where {expected} was expected")
        }
    }
}

/// Who made an answer, as far as its headers tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop(Option<String>);

impl Hop {
    /// The answer's `Server`, or else who passed it on.
    pub(super) fn of(answer: &Answer) -> Self {
        let told = answer.header("Server").or_else(|| answer.header("Via"));
        Self(told.map(excerpt))
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => write!(f, "`{name}`"),
            None => f.write_str("something that does not name itself"),
        }
    }
}

/// The start of what a stranger wrote, on one line.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(300).map(|c| if c.is_control() { '?' } else { c }).collect()
}

impl Trouble {
    /// A word for programs. It stays the same from version to version.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Silent(_) => "silent",
            Self::NoAnswer(_) => "no_answer",
            Self::Redirected { .. } => "redirected",
            Self::Foreign { .. } => "foreign_answer",
            Self::UnknownOrigin => "unknown_origin",
            Self::OtherStatus { .. } => "other_status",
            Self::NotShared => "not_shared",
            Self::SharedWithOther { .. } => "shared_with_other",
            Self::Duplicated { .. } => "duplicated_header",
            Self::NoCredentials => "no_credentials",
            Self::NoVary => "no_vary",
            Self::FromCache { .. } => "from_cache",
            Self::SharedCopy { .. } => "shared_copy",
            Self::SharedWithStranger { .. } => "shared_with_stranger",
            Self::RequestIdLost => "request_id_lost",
            Self::RequestIdReplaced => "request_id_replaced",
            Self::CookieLost { .. } => "cookie_lost",
            Self::CookieChanged { .. } => "cookie_changed",
            Self::CookieNotReturned => "cookie_not_returned",
        }
    }

    /// How bad it is.
    pub(crate) fn severity(&self) -> Severity {
        match self {
            Self::NoVary | Self::FromCache { .. } | Self::RequestIdLost | Self::RequestIdReplaced => {
                Severity::Doubtful
            }
            _ => Severity::Impossible,
        }
    }
}
