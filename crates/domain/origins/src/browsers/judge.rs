//! The rules by which a browser keeps or drops a cookie, in the order in which they stop it.

use super::{Browser, DropReason, Verdict};
use crate::cookies::DomainFault;
use crate::{CookieAttributes, CookiePrefix, Origin, SameSite, Site};

/// A call of the API by a frontend's page, which stands at the top of its tab.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The origin by which the API is called.
    pub api: &'a Origin,
    /// The origin of the page.
    pub frontend: &'a Origin,
}

impl Browser {
    /// What the browser does with a cookie that comes in the answer to a call.
    ///
    /// [`DropReason`] names the source of each rule. Of several reasons it tells the first.
    pub fn judge(self, cookie: &CookieAttributes<'_>, call: Call<'_>) -> Verdict {
        let refusals = [
            self.refuse_call(call),
            refuse_domain(cookie, call.api),
            self.refuse_prefix(cookie, call.api),
            self.refuse_combination(cookie),
            self.refuse_scheme(cookie, call.api),
            self.refuse_site(cookie, call),
        ];
        match refusals.into_iter().flatten().next() {
            Some(reason) => Verdict::Dropped(reason),
            None if cookie.partitioned => Verdict::KeptPartitioned,
            // Total Cookie Protection gives every third party a jar for each top-level site.
            None if self == Self::Firefox && self.takes_for_cross_site(call) => Verdict::KeptPartitioned,
            None => Verdict::Kept,
        }
    }

    fn refuse_call(self, call: Call<'_>) -> Option<DropReason> {
        let mixed = call.frontend.is_https() && !call.api.is_https();
        (mixed && !self.trusts(call.api)).then_some(DropReason::MixedContent)
    }

    fn refuse_prefix(self, cookie: &CookieAttributes<'_>, api: &Origin) -> Option<DropReason> {
        if cookie.prefix == CookiePrefix::None {
            return None;
        }
        let host = cookie.prefix == CookiePrefix::Host;
        let broken = [
            (host && cookie.domain.is_some(), DropReason::HostPrefixWithDomain),
            (host && cookie.path != "/", DropReason::HostPrefixWithPath),
            (!cookie.secure, DropReason::PrefixWithoutSecure),
            (!self.trusts(api), DropReason::PrefixOverHttp),
        ];
        broken.into_iter().find_map(|(broken, reason)| broken.then_some(reason))
    }

    fn refuse_combination(self, cookie: &CookieAttributes<'_>) -> Option<DropReason> {
        let none = cookie.same_site == SameSite::None;
        let broken = [
            (none && !cookie.secure && self != Self::Safari, DropReason::SameSiteNoneWithoutSecure),
            (cookie.partitioned && !cookie.secure, DropReason::PartitionedWithoutSecure),
            (cookie.partitioned && !none && self == Self::Safari, DropReason::PartitionedWithoutSameSiteNone),
        ];
        broken.into_iter().find_map(|(broken, reason)| broken.then_some(reason))
    }

    fn refuse_scheme(self, cookie: &CookieAttributes<'_>, api: &Origin) -> Option<DropReason> {
        (cookie.secure && !self.trusts(api)).then_some(DropReason::SecureOverHttp)
    }

    fn refuse_site(self, cookie: &CookieAttributes<'_>, call: Call<'_>) -> Option<DropReason> {
        if !self.takes_for_cross_site(call) {
            return None;
        }
        if cookie.same_site != SameSite::None {
            return Some(DropReason::SameSiteForbidsCrossSite);
        }
        (self == Self::Safari && !cookie.partitioned).then_some(DropReason::BlockedThirdParty)
    }

    /// Whether the browser takes an origin for as good as https: Safari does not so with this machine.
    fn trusts(self, api: &Origin) -> bool {
        api.is_https() || (api.is_loopback() && self != Self::Safari)
    }

    /// Whether to this browser the call is one to another site. Only Chrome minds the scheme.
    fn takes_for_cross_site(self, call: Call<'_>) -> bool {
        let (api, frontend) = (Site::of(call.api), Site::of(call.frontend));
        match self {
            Self::Chrome => api != frontend,
            Self::Firefox | Self::Safari => !api.is_same_but_for_scheme(frontend),
        }
    }
}

fn refuse_domain(cookie: &CookieAttributes<'_>, api: &Origin) -> Option<DropReason> {
    cookie.domain.and_then(|domain| domain.fault(api)).map(|fault| match fault {
        DomainFault::NotCovered => DropReason::DomainMismatch,
        DomainFault::PublicSuffix => DropReason::PublicSuffixDomain,
    })
}
