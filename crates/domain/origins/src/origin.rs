//! An origin: the scheme, the host and the port that a page came from.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::host::{self, HostKind};
use crate::syntax::Parts;
use crate::{Fault, OriginError, Scheme};

/// A web origin (RFC 6454; HTML standard, "origin"), in exactly the spelling that browsers send.
///
/// The text decides: two origins are equal when their texts are, and [`fmt::Display`] gives back the text that
/// was parsed. A host that ends in a dot is refused: to a browser it is another origin, and nobody means it.
/// Hosts are narrower than the URL standard allows: lower-case letters, digits, `-`, `_`, and lengths that DNS
/// can carry. The Punycode of an `xn--` label is not checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: Scheme,
    host: Box<str>,
    kind: HostKind,
    port: u16,
}

impl Origin {
    /// Reads the ASCII serialisation of an origin.
    ///
    /// # Errors
    /// Everything that a browser would spell otherwise or never send, and what cannot be supported; nothing is normalised
    /// away. See [`Fault`].
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        Self::parse_strictly(text)
            .map_err(|fault| OriginError::new(text, fault, |guess| Self::parse_strictly(guess).is_ok()))
    }

    fn parse_strictly(text: &str) -> Result<Self, Fault> {
        Parts::split(text).and_then(|parts| Self::from_parts(&parts))
    }

    pub(crate) fn from_parts(parts: &Parts<'_>) -> Result<Self, Fault> {
        let kind = host::check(parts.host)?;
        Ok(Self { scheme: parts.scheme, host: parts.host.into(), kind, port: parts.port })
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host as it stands in the origin: an IPv6 address in its brackets.
    pub fn host_str(&self) -> &str {
        &self.host
    }

    /// Whether the host is a name or an address, and which.
    pub fn host_kind(&self) -> HostKind {
        self.kind
    }

    /// The effective port, 1 to 65535: the scheme's own where the text has none.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the scheme is `https`.
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Whether the host is this very machine: `localhost` and all below it (RFC 6761), 127.0.0.0/8 or `::1`.
    pub fn is_loopback(&self) -> bool {
        host::is_loopback(self.kind, &self.host)
    }

    /// `localhost`, `127.0.0.1` and `[::1]` with this scheme and port, if the host is one of them; else this
    /// origin alone. A browser holds the three for different origins, a developer for the same.
    pub fn loopback_aliases(&self) -> Vec<Self> {
        let aliases = [
            ("localhost", HostKind::Name),
            ("127.0.0.1", HostKind::Ipv4(Ipv4Addr::LOCALHOST)),
            ("[::1]", HostKind::Ipv6(Ipv6Addr::LOCALHOST)),
        ];
        if !aliases.iter().any(|(host, _)| *host == &*self.host) {
            return vec![self.clone()];
        }
        aliases.into_iter().map(|(host, kind)| Self { host: host.into(), kind, ..*self }).collect()
    }

    /// Whether browsers call two origins of different schemes by the same `Host` header; or other clients do, which write
    /// the default port too.
    pub fn has_the_host_header_of(&self, other: &Self) -> bool {
        let default = |origin: &Self| origin.port == origin.scheme.default_port();
        self.scheme != other.scheme
            && self.host == other.host
            && (self.port == other.port || default(self) && default(other))
    }

    /// The same host and port under the other scheme; a default port becomes the other scheme's.
    pub(crate) fn with_other_scheme(&self) -> Self {
        let scheme = self.scheme.other();
        let port = if self.port == self.scheme.default_port() { scheme.default_port() } else { self.port };
        Self { scheme, port, ..self.clone() }
    }

    /// The same scheme and port on the host of another origin.
    pub(crate) fn on_host_of(&self, other: &Self) -> Self {
        Self { host: other.host.clone(), kind: other.kind, ..*self }
    }

    pub(crate) fn with_port(&self, port: u16) -> Self {
        Self { port, ..self.clone() }
    }

    /// The origin with `www.` before its host, or without it if it has it already; `None` for an address.
    pub(crate) fn with_www_toggled(&self) -> Option<Self> {
        let host = match self.host.strip_prefix("www.") {
            Some(host) => host.to_owned(),
            None => format!("www.{}", self.host),
        };
        let kind = host::check(&host).ok().filter(|kind| *kind == HostKind::Name)?;
        Some(Self { host: host.into(), kind, ..*self })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        if self.port == self.scheme.default_port() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_gives_back_its_parts_and_its_text() {
        for (text, scheme, host, port) in [
            ("https://app.example.com", Scheme::Https, "app.example.com", 443),
            ("http://app.example.com:443", Scheme::Http, "app.example.com", 443),
            ("https://xn--bcher-kva.example", Scheme::Https, "xn--bcher-kva.example", 443),
            ("https://my_app.example.com:65535", Scheme::Https, "my_app.example.com", 65535),
            ("http://localhost:5173", Scheme::Http, "localhost", 5173),
            ("http://192.168.0.10:1", Scheme::Http, "192.168.0.10", 1),
            ("http://[::1]:5173", Scheme::Http, "[::1]", 5173),
            ("http://[2001:db8::1:0:0:1]", Scheme::Http, "[2001:db8::1:0:0:1]", 80),
            ("http://[::ffff:7f00:1]", Scheme::Http, "[::ffff:7f00:1]", 80),
            ("https://1.2.3.4a", Scheme::Https, "1.2.3.4a", 443),
        ] {
            let origin = Origin::parse(text).unwrap();
            assert_eq!((origin.scheme(), origin.host_str(), origin.port()), (scheme, host, port));
            assert_eq!(origin.to_string(), text);
            assert_eq!(origin.is_https(), scheme == Scheme::Https);
        }
    }

    #[test]
    fn loopback_is_this_machine_and_nothing_that_merely_looks_like_it() {
        for host in ["localhost", "app.localhost", "127.0.0.1", "127.8.9.10", "[::1]"] {
            assert!(Origin::parse(&format!("http://{host}:3000")).unwrap().is_loopback(), "{host}");
        }
        for host in ["notlocalhost", "localhost.example.com", "128.0.0.1", "1.0.0.0", "[::2]"] {
            assert!(!Origin::parse(&format!("http://{host}:3000")).unwrap().is_loopback(), "{host}");
        }
    }

    #[test]
    fn the_three_spellings_of_this_machine_are_aliases_of_each_other() {
        let three = ["https://localhost:5173", "https://127.0.0.1:5173", "https://[::1]:5173"];
        for text in three {
            let aliases = Origin::parse(text).unwrap().loopback_aliases();
            assert_eq!(aliases, three.map(|text| Origin::parse(text).unwrap()));
        }
        for text in ["http://app.localhost:5173", "http://127.0.0.2", "https://example.com"] {
            let origin = Origin::parse(text).unwrap();
            assert_eq!(origin.loopback_aliases(), [origin]);
        }
    }
}
