//! The site of an origin: what browsers compare when they ask whether a request stays at home.

use std::fmt;

use psl::Psl;

use crate::address::ends_in_a_number;
use crate::{Origin, Scheme};

/// The schemeful site of an origin (HTML standard, "obtain a site"). The port is no part of it.
///
/// The host is the registrable domain: the public suffix and one label more. A host that has none stands for
/// itself: an IP address, a single label (`localhost`), and a name that is a public suffix (`github.io`). Under a
/// top-level domain that the list does not know, the list's own default rule holds, by which that one label is the
/// suffix. So `foo.localhost` is a site of its own, neither that of `localhost` nor that of `bar.localhost`.
/// Tested with Chromium 156, which sends `Sec-Fetch-Site: cross-site` between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Site<'a> {
    scheme: Scheme,
    host: &'a str,
}

impl<'a> Site<'a> {
    /// The site of an origin.
    pub fn of(origin: &'a Origin) -> Self {
        Self { scheme: origin.scheme(), host: registrable(origin.host_str()) }
    }

    /// The site of the text of an `Origin` header; `None` for `null` and whatever else has no host. Allocates
    /// nothing, and so checks little: what no browser sends may get a site too. Nobody gains by that, for a site only
    /// chooses attributes; who may call is the registry's business.
    pub(crate) fn of_text(origin: &'a [u8]) -> Option<Self> {
        let (scheme, authority) = std::str::from_utf8(origin).ok()?.split_once("://")?;
        let scheme = [Scheme::Http, Scheme::Https].into_iter().find(|known| known.as_str() == scheme)?;
        let host = match authority.rfind([':', ']']) {
            Some(colon) if authority.as_bytes().get(colon) == Some(&b':') => authority.get(..colon)?,
            _ => authority,
        };
        (!host.is_empty()).then(|| Self { scheme, host: registrable(host) })
    }

    /// The scheme.
    pub fn scheme(self) -> Scheme {
        self.scheme
    }

    /// The registrable domain, or the whole host where there is none.
    pub fn host(self) -> &'a str {
        self.host
    }

    /// Whether the two differ in nothing but their schemes, if in anything. Firefox and Safari still compare sites
    /// so when they apply `SameSite`.
    pub fn is_same_but_for_scheme(self, other: Site<'_>) -> bool {
        self.host == other.host
    }
}

impl fmt::Display for Site<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)
    }
}

/// The registrable domain of a host, or the host where there is none.
pub(crate) fn registrable(host: &str) -> &str {
    if host.starts_with('[') || ends_in_a_number(host) {
        return host;
    }
    let length = psl::List.domain(host.as_bytes()).map_or(host.len(), |domain| domain.as_bytes().len());
    host.get(host.len() - length..).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The host of each site.
    const TABLE: [(&str, &str); 18] = [
        ("https://example.com", "example.com"),
        ("https://app.example.com:8443", "example.com"),
        ("https://a.b.c.example.co.uk", "example.co.uk"),
        ("https://co.uk", "co.uk"),
        ("https://me.github.io", "me.github.io"),
        ("https://deep.me.github.io", "me.github.io"),
        ("https://github.io", "github.io"),
        ("https://a.b.kawasaki.jp", "a.b.kawasaki.jp"),
        ("https://x.city.kawasaki.jp", "city.kawasaki.jp"),
        ("http://localhost:5173", "localhost"),
        ("http://foo.localhost:5173", "foo.localhost"),
        ("http://a.foo.localhost", "foo.localhost"),
        ("http://intranet", "intranet"),
        ("http://api.corp.internal", "corp.internal"),
        ("http://127.0.0.1:5000", "127.0.0.1"),
        ("http://192.168.0.10", "192.168.0.10"),
        ("http://[::1]:5000", "[::1]"),
        ("http://[2001:db8::1]", "[2001:db8::1]"),
    ];

    #[test]
    fn a_site_is_the_scheme_and_the_registrable_domain_or_else_the_host() {
        for (text, host) in TABLE {
            let origin = Origin::parse(text).unwrap();
            let site = Site::of(&origin);
            assert_eq!((site.scheme(), site.host()), (origin.scheme(), host), "{text}");
            assert_eq!(site.to_string(), format!("{}://{host}", origin.scheme()));
        }
    }

    #[test]
    fn a_header_has_the_site_of_its_origin_and_null_has_none() {
        for (text, _) in TABLE {
            let origin = Origin::parse(text).unwrap();
            assert_eq!(Site::of_text(text.as_bytes()), Some(Site::of(&origin)), "{text}");
        }
        for text in ["null", "", "https://", "https://:443", "ftp://a.example", "a.example"] {
            assert_eq!(Site::of_text(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Site::of_text(b"https://\xff.example"), None);
    }
}
