//! Why an origin was refused, and which one was probably meant: worked out only when somebody asks.

use std::fmt;

use crate::{Fault, Origin, OriginError, Registry, nearest};

/// An origin that the registry does not let in. Costs nothing until [`RefusedOrigin::explain`] is called.
#[derive(Clone, Copy)]
pub struct RefusedOrigin<'a> {
    registry: &'a Registry,
    text: &'a [u8],
}

/// Why an origin was refused. Displays as one sentence for the log, with a "did you mean" where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    reason: Reason,
    nearest: Option<String>,
}

/// The reason of a refusal: the first of these that holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// `null`: the page has no origin that could be listed.
    #[error(
        "`null` is sent by sandboxed frames, local files and some redirects, and nobody can be told by it"
    )]
    Null,
    /// Not as browsers send it.
    #[error("no browser sends this: {0}")]
    Malformed(OriginError),
    /// Browsers send it, but it cannot be listed: of an app, an extension, or `0.0.0.0`.
    #[error("{0}")]
    Unsupported(OriginError),
    /// Let in by an entry whose time is over.
    #[error("the time of its entry in the list is over")]
    Expired,
    /// Allowed over http, called from https, or the other way round.
    #[error("the origin is allowed with the other scheme")]
    OtherScheme,
    /// `localhost`, `127.0.0.1` and `[::1]` are three origins.
    #[error("the origin is allowed under another name of this machine, which to a browser is another origin")]
    OtherLoopback,
    /// With `www.` where it is allowed without, or the other way round.
    #[error("the origin differs in `www.` from an allowed one")]
    Www,
    /// The same scheme and host.
    #[error("the origin is allowed with another port")]
    OtherPort,
    /// The same host.
    #[error("the host is allowed with another scheme and port")]
    OtherSchemeAndPort,
    /// The domain of a pattern, or a name under it, that the `*` does not cover.
    #[error(
        "the origin lies in the domain of a pattern that does not cover it: `*` is one label or a part of one"
    )]
    BesidePattern,
    /// Nothing allowed comes near by a rule.
    #[error("the origin is not listed")]
    NotListed,
}

impl<'a> RefusedOrigin<'a> {
    pub(crate) fn new(registry: &'a Registry, text: &'a [u8]) -> Self {
        Self { registry, text }
    }

    /// Finds the reason and the nearest allowed origin. Linear in the header and the registry, whatever was sent.
    pub fn explain(&self) -> Refusal {
        let (reason, nearest) = match self.text {
            b"null" => (Reason::Null, None),
            // What is not UTF-8 gets replacement characters, which no origin has.
            _ => match Origin::parse(&String::from_utf8_lossy(self.text)) {
                Ok(origin) => nearest::find(self.registry, &origin),
                Err(error) if matches!(error.fault(), Fault::SchemeOfAnApp | Fault::Unspecified) => {
                    (Reason::Unsupported(error), None)
                }
                Err(error) => {
                    let meant = error.instead().filter(|meant| self.registry.lets_in(meant));
                    let meant = meant.map(str::to_owned);
                    (Reason::Malformed(error), meant)
                }
            },
        };
        Refusal { reason, nearest }
    }
}

impl fmt::Debug for RefusedOrigin<'_> {
    /// Without the registry, which would fill the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RefusedOrigin").field(&self.text.escape_ascii().to_string()).finish()
    }
}

impl Refusal {
    /// The reason.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// The allowed origin or pattern that was probably meant.
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)?;
        self.nearest.as_ref().map_or(Ok(()), |nearest| write!(f, "; did you mean {nearest}?"))
    }
}
