//! The `Domain` attribute, and for which hosts a browser takes it.

use std::fmt;
use std::net::IpAddr;

use crate::Origin;
use crate::site::registrable;

/// The `Domain` attribute: a host name in lower case, never an IP address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CookieDomain(Box<str>);

/// Why a text is no `Domain`. Displays as what to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CookieDomainError {
    /// It begins with a dot, as it did before RFC 6265.
    #[error("write the host name without a dot before it")]
    LeadingDot,
    /// It is an IP address.
    #[error("browsers drop a cookie whose Domain is an IP address, leave it unset")]
    Address,
    /// It is no host name.
    #[error("expected a host name, such as example.com")]
    NoHostName,
}

/// Why a browser drops a cookie with a `Domain` that comes from some host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainFault {
    /// The host is neither the domain nor below it.
    NotCovered,
    /// The domain is a public suffix and the host is below it: strangers' cookies would be set too.
    PublicSuffix,
}

impl CookieDomain {
    /// Reads a host name, in any case.
    ///
    /// # Errors
    /// It is no host name that browsers take for a `Domain`.
    pub fn parse(text: &str) -> Result<Self, CookieDomainError> {
        let domain = text.to_ascii_lowercase();
        if domain.starts_with('.') {
            return Err(CookieDomainError::LeadingDot);
        }
        if domain.parse::<IpAddr>().is_ok() || domain.starts_with('[') {
            return Err(CookieDomainError::Address);
        }
        match Origin::parse(&format!("https://{domain}")) {
            Ok(origin) if origin.host_str() == domain => Ok(Self(domain.into_boxed_str())),
            _ => Err(CookieDomainError::NoHostName),
        }
    }

    /// The host name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Why a browser drops a cookie with this `Domain` from `host`; `None` if it takes it.
    ///
    /// A `Domain` that is the host itself is taken even where it is a public suffix (RFC 6265bis, section 5.7).
    pub fn fault(&self, host: &Origin) -> Option<DomainFault> {
        let host = host.host_str();
        if host == self.as_str() {
            None
        } else if !is_at_or_below(host, self.as_str()) {
            Some(DomainFault::NotCovered)
        } else if is_at_or_below(self.as_str(), registrable(host)) {
            None
        } else {
            Some(DomainFault::PublicSuffix)
        }
    }
}

/// Whether `host` is `domain` or below it (RFC 6265bis, section 5.1.3).
fn is_at_or_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

impl fmt::Display for CookieDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_a_host_name_and_no_address() {
        for (text, error) in [
            (".example.com", CookieDomainError::LeadingDot),
            ("127.0.0.1", CookieDomainError::Address),
            ("::1", CookieDomainError::Address),
            ("[::1]", CookieDomainError::Address),
            ("", CookieDomainError::NoHostName),
            ("exa mple.com", CookieDomainError::NoHostName),
            ("example.com.", CookieDomainError::NoHostName),
            ("a.com:80", CookieDomainError::NoHostName),
            ("a..b", CookieDomainError::NoHostName),
            ("*.a.com", CookieDomainError::NoHostName),
            ("127.1", CookieDomainError::NoHostName),
        ] {
            assert_eq!(CookieDomain::parse(text), Err(error), "{text}");
        }
        assert_eq!(CookieDomain::parse("API.example.com").unwrap().as_str(), "api.example.com");
    }

    #[test]
    fn a_domain_covers_its_host_and_is_no_public_suffix() {
        use DomainFault::{NotCovered, PublicSuffix};
        for (domain, host, fault) in [
            ("example.com", "api.example.com", None),
            ("api.example.com", "api.example.com", None),
            ("example.com", "a.b.example.com", None),
            ("ple.com", "example.com", Some(NotCovered)),
            ("other.com", "api.example.com", Some(NotCovered)),
            ("v1.api.example.com", "api.example.com", Some(NotCovered)),
            ("co.uk", "api.example.co.uk", Some(PublicSuffix)),
            ("github.io", "me.github.io", Some(PublicSuffix)),
            ("github.io", "github.io", None),
            ("jp", "b.kawasaki.jp", Some(PublicSuffix)),
            ("kawasaki.jp", "a.b.kawasaki.jp", Some(PublicSuffix)),
            ("b.kawasaki.jp", "a.b.kawasaki.jp", Some(PublicSuffix)),
            ("localhost", "localhost", None),
            ("localhost", "foo.localhost", Some(PublicSuffix)),
            ("localhost", "127.0.0.1", Some(NotCovered)),
        ] {
            let origin = Origin::parse(&format!("https://{host}")).unwrap();
            assert_eq!(CookieDomain::parse(domain).unwrap().fault(&origin), fault, "{domain} {host}");
        }
    }
}
