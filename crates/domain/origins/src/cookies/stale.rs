//! Cookies that earlier settings, or another topology, left in a browser beside those of today.

use super::{CookieAttributes, CookieDomain, CookiePrefix, CookieProfile, SameSite};
use crate::Origin;

/// Where a cookie of the API may have stood under earlier settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormerScopes {
    /// Paths, that of today not needed.
    pub paths: Vec<String>,
    /// `Domain`s, that of today not needed. Name none that another API shares: its cookies would be expired too.
    pub domains: Vec<CookieDomain>,
}

impl CookieProfile {
    /// The cookies to expire beside the one with this path: each is to be set with these attributes, an empty value
    /// and `Max-Age=0`.
    ///
    /// `received` tells how many cookies the request carried whose name is the cookie's with that prefix. It is what
    /// makes expiring safe: a cookie that the browser did not send is none of this frontend's, and may be the living
    /// one of a frontend of another site. So every place of a name that is not today's is listed if one came, and the
    /// other places of today's name if two came. Which place a cookie stood in a request does not say; expiring one
    /// that is not there does nothing. With a single cookie of today's name nothing is expired, for it may be the
    /// living one.
    ///
    /// `living` are today's cookies of the API's other profiles with this path. A page of another site may send the login
    /// within the API's own site beside its own, where that is `SameSite=None`: it is not stale, and its place is not listed.
    /// `Lax` and `Strict` cookies do not come along, so what came from their place is no living one, unless several domains
    /// leave open where it stood. Partitioned ones of other sites are out of reach anyway. What earlier settings have left at a
    /// place that is not listed stays until it ages; of two cookies of a name the newest counts.
    ///
    /// What a server can expire at all (tested with Chromium 156):
    ///
    /// - Name, `Domain` and path must be those it was set with; a cookie with a `Domain` and one without are two.
    /// - A name with a prefix is heeded only with all that the prefix asks for, `Secure` included.
    /// - A partitioned cookie is expired with `Partitioned`, and only that of the top-level site that the request comes
    ///   from; those of other sites wait for their own requests. Without `Partitioned` only the other jar is touched.
    /// - From a page of another site nothing is heeded but `SameSite=None; Secure`, and where third-party cookies are
    ///   blocked nothing but a partitioned one. That is also why nothing can be expired between two sites over http.
    /// - A cookie whose path does not match the request is not sent, so it is not seen, and not expired, either.
    pub fn stale_variants<'a>(
        &'a self,
        api: &Origin,
        path: &'a str,
        living: &[CookieAttributes<'_>],
        former: &'a FormerScopes,
        received: impl Fn(CookiePrefix) -> usize,
    ) -> Vec<CookieAttributes<'a>> {
        let today = self.attributes(path);
        // Elsewhere no browser takes what Secure cookies, and so partitioned and prefixed ones, need.
        let trustworthy = api.is_https() || api.is_loopback();
        let paths = [path].into_iter().chain(former.paths.iter().map(String::as_str).filter(|p| *p != path));
        let domains = [None].into_iter().chain(self.domain().map(Some));
        let domains = domains.chain(former.domains.iter().filter(|d| Some(*d) != self.domain()).map(Some));
        let places: Vec<_> =
            paths.flat_map(|path| domains.clone().map(move |domain| (path, domain))).collect();
        let one_domain = domains.count() == 1;
        let may_have_come = |living: &&CookieAttributes<'_>| {
            !living.partitioned && (living.same_site == SameSite::None || !one_domain)
        };
        let living: Vec<_> = living.iter().filter(may_have_come).collect();
        let mut stale = Vec::new();
        for prefix in CookiePrefix::ALL {
            let noticed = received(prefix) > usize::from(prefix == today.prefix);
            if !noticed || (prefix != CookiePrefix::None && !trustworthy) {
                continue;
            }
            for (path, domain) in &places {
                if domain.is_some_and(|domain| domain.fault(api).is_some())
                    || (prefix == CookiePrefix::Host && (domain.is_some() || *path != "/"))
                {
                    continue;
                }
                for partitioned in [false, true] {
                    if partitioned && !trustworthy {
                        continue;
                    }
                    let variant = CookieAttributes { prefix, path, domain: *domain, partitioned, ..today };
                    let is_living = living.iter().any(|living| is_one_cookie(&variant, living));
                    if !is_living && !is_one_cookie(&variant, &today) {
                        stale.push(expiring(variant, api.is_https()));
                    }
                }
            }
        }
        stale
    }
}

/// Whether a browser holds the two for one cookie.
fn is_one_cookie(a: &CookieAttributes<'_>, b: &CookieAttributes<'_>) -> bool {
    (a.prefix, a.path, a.domain, a.partitioned) == (b.prefix, b.path, b.domain, b.partitioned)
}

/// With what browsers ask of such a cookie, so that they heed its end.
fn expiring(variant: CookieAttributes<'_>, https: bool) -> CookieAttributes<'_> {
    // Safari takes Partitioned with SameSite=None alone, and in every context.
    let same_site = if variant.partitioned { SameSite::None } else { variant.same_site };
    // Over http only where it must be: Safari drops Secure there even on this machine.
    let demanded = variant.partitioned || variant.prefix != CookiePrefix::None || same_site == SameSite::None;
    CookieAttributes { same_site, secure: https || variant.secure || demanded, ..variant }
}
