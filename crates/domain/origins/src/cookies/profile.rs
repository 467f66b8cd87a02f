//! The attributes that the API's cookies get for a frontend, derived and not chosen.

use std::fmt;

use super::{CookieAttributes, CookieDomain, CookieOverrides, CookiePrefix, SameSite};
use crate::{Origin, Topology};

/// The attributes of the API's cookies towards frontends of one kind.
///
/// | | same origin or site | two sites |
/// |---|---|---|
/// | `SameSite` | `Lax` | `None` |
/// | `Secure` | if the API is https | always |
/// | `Partitioned` | no | with `SameSite=None` |
/// | prefix, over https with `Secure` | `__Host-` where the path is `/` and no `Domain` is set, else `__Secure-` | the same |
///
/// `__Host-` and `Partitioned` go together (draft-cutler-httpbis-partitioned-cookies, section 2.1). Over http there is
/// no prefix, not even on this machine: Chromium 156 and Firefox keep prefixed cookies of `http://localhost`, older
/// Chromiums and Safari drop them. The operator's overrides replace what they name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieProfile {
    same_site: SameSite,
    secure: bool,
    partitioned: bool,
    domain: Option<CookieDomain>,
    strongest: CookiePrefix,
}

/// An API over http that is not on this machine, and a frontend of another site: no browser takes `SameSite=None` without
/// `Secure`, nor `Secure` over http. An API on this machine is no such case: Chrome and Firefox take `Secure` from it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{frontend} is of another site than the API at {api}, which is http, and browsers keep no cookie between them; \
     serve the API over https, or both from one site{}", Remedy(instead.as_ref())
)]
pub struct CrossSiteOverHttp {
    api: Origin,
    /// An origin, or a pattern.
    frontend: Box<str>,
    /// The API on the frontend's host.
    instead: Option<Origin>,
}

/// By which name the API would be of the frontend's site, if it is reached there.
struct Remedy<'a>(Option<&'a Origin>);

impl fmt::Display for Remedy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(instead) = self.0 else { return Ok(()) };
        write!(f, ", as by server.aliases = {instead} if the page reaches the API there")
    }
}

impl CrossSiteOverHttp {
    /// Of a frontend whose pages are of an origin like `page`; a pattern's pages have many hosts, so none is advised.
    pub(crate) fn new(api: &Origin, frontend: &str, page: &Origin) -> Self {
        let one_page = page.scheme() == api.scheme() && page.to_string() == frontend;
        let instead = one_page.then(|| api.on_host_of(page));
        Self { api: api.clone(), frontend: frontend.into(), instead }
    }
}

impl CookieProfile {
    /// The profile of an API for a frontend.
    ///
    /// # Errors
    /// No cookie can pass between the two. Overrides that browsers would not heed are no error here: ask
    /// [`crate::Browser::judge`] of the outcome, or [`crate::Deployment::check`].
    pub fn between(
        api: &Origin,
        frontend: &Origin,
        overrides: &CookieOverrides,
    ) -> Result<Self, CrossSiteOverHttp> {
        if !Topology::between(api, frontend).is_cross_site() {
            return Ok(Self::for_same_site(api, overrides));
        }
        Self::for_cross_site(api, overrides)
            .ok_or_else(|| CrossSiteOverHttp::new(api, &frontend.to_string(), frontend))
    }

    /// The profile of an API for frontends of its own site, its own origin included.
    pub fn for_same_site(api: &Origin, overrides: &CookieOverrides) -> Self {
        Self::new(api, overrides, SameSite::Lax, api.is_https())
    }

    /// The profile of an API for frontends of other sites; `None` over http, but on this machine.
    pub fn for_cross_site(api: &Origin, overrides: &CookieOverrides) -> Option<Self> {
        let possible = api.is_https() || api.is_loopback();
        possible.then(|| {
            let mut profile = Self::new(api, overrides, SameSite::None, true);
            profile.partitioned = overrides.partitioned.unwrap_or(profile.same_site == SameSite::None);
            profile
        })
    }

    fn new(api: &Origin, overrides: &CookieOverrides, same_site: SameSite, secure: bool) -> Self {
        let secure = overrides.secure.unwrap_or(secure);
        let derived = match (api.is_https() && secure, &overrides.domain) {
            (true, None) => CookiePrefix::Host,
            (true, Some(_)) => CookiePrefix::Secure,
            (false, _) => CookiePrefix::None,
        };
        Self {
            same_site: overrides.same_site.unwrap_or(same_site),
            secure,
            partitioned: overrides.partitioned.unwrap_or(false),
            domain: overrides.domain.clone(),
            strongest: overrides.prefix.unwrap_or(derived),
        }
    }

    /// The attributes of a cookie with this path. Setting and clearing use the same.
    pub fn attributes<'a>(&'a self, path: &'a str) -> CookieAttributes<'a> {
        CookieAttributes {
            prefix: self.prefix(path),
            path,
            domain: self.domain.as_ref(),
            same_site: self.same_site,
            secure: self.secure,
            partitioned: self.partitioned,
        }
    }

    /// The prefix of the name of a cookie with this path: `__Host-` suits the path `/` alone.
    pub fn prefix(&self, path: &str) -> CookiePrefix {
        if path == "/" { self.strongest } else { self.strongest.min(CookiePrefix::Secure) }
    }

    /// The attribute `SameSite`.
    pub fn same_site(&self) -> SameSite {
        self.same_site
    }

    /// Whether cookies have the attribute `Secure`.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether cookies have the attribute `Partitioned`.
    pub fn is_partitioned(&self) -> bool {
        self.partitioned
    }

    /// The attribute `Domain`, if cookies have one.
    pub fn domain(&self) -> Option<&CookieDomain> {
        self.domain.as_ref()
    }
}
