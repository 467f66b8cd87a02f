//! The attributes of one cookie, and those that an operator sets by hand.

use std::fmt;

use super::CookieDomain;

/// The attribute `SameSite` (RFC 6265bis, section 4.1.2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SameSite {
    /// Sent with requests of the same site, and with links followed from others.
    Lax,
    /// Sent with requests of the same site.
    Strict,
    /// Sent always; browsers take it with `Secure` alone.
    None,
}

/// The prefix of a cookie's name, by which browsers refuse a weaker cookie of the same name (RFC 6265bis,
/// section 4.1.3). To a browser `__Host-x`, `__Secure-x` and `x` are three cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CookiePrefix {
    /// No prefix.
    None,
    /// `__Secure-`: with `Secure`, from a trustworthy origin.
    Secure,
    /// `__Host-`: besides with the path `/` and without `Domain`, so no other host can have set it.
    Host,
}

/// What an operator sets by hand; whatever is `None` is derived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CookieOverrides {
    /// `SameSite`, for frontends of every site.
    pub same_site: Option<SameSite>,
    /// Whether cookies are `Secure`.
    pub secure: Option<bool>,
    /// `Domain`: whose subdomains share the cookies. Derived, the API's host keeps them to itself.
    pub domain: Option<CookieDomain>,
    /// Whether cookies are `Partitioned`.
    pub partitioned: Option<bool>,
    /// The strongest prefix to use; a cookie whose path is not `/` never gets more than `__Secure-`.
    pub prefix: Option<CookiePrefix>,
}

/// Everything of a cookie but its name, value and age, and whether scripts may read it.
///
/// A browser tells cookies apart by their names, prefix included, by `domain` and `path` (RFC 6265bis, section 5.7) and
/// by the partition that `partitioned` puts them in (draft-cutler-httpbis-partitioned-cookies); the other attributes say
/// when it takes and sends them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookieAttributes<'a> {
    /// The prefix of the name.
    pub prefix: CookiePrefix,
    /// The path.
    pub path: &'a str,
    /// The attribute `Domain`, if it has one.
    pub domain: Option<&'a CookieDomain>,
    /// The attribute `SameSite`.
    pub same_site: SameSite,
    /// Whether it has the attribute `Secure`.
    pub secure: bool,
    /// Whether it has the attribute `Partitioned`: each top-level site has a cookie of its own.
    pub partitioned: bool,
}

impl SameSite {
    /// The attribute's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lax => "Lax",
            Self::Strict => "Strict",
            Self::None => "None",
        }
    }
}

impl CookiePrefix {
    /// Every prefix, the strongest last.
    pub const ALL: [Self; 3] = [Self::None, Self::Secure, Self::Host];

    /// What stands before the name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Secure => "__Secure-",
            Self::Host => "__Host-",
        }
    }
}

impl fmt::Display for SameSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
