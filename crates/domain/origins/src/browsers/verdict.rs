//! The browsers, their verdicts, and the reasons for which they drop a cookie.

use std::fmt;

/// A browser, as its current version behaves out of the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Browser {
    /// Chrome, Edge and what else is built on Chromium. Its rules were tested with Chromium 156.
    Chrome,
    /// Firefox, from version 141. Its rules are documented, not tested by us.
    Firefox,
    /// Safari, from version 26.2, and every browser of iOS. Its rules are documented, not tested by us.
    Safari,
}

/// How we know what a browser does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// We tried it.
    Tested,
    /// Its makers or its documentation say so.
    Documented,
}

/// What a browser does with a cookie that comes in an answer to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It keeps the cookie and sends it with further calls.
    Kept,
    /// It does so in a jar of its own for the top-level site: frontends of two sites never share the cookie.
    ///
    /// `Partitioned`: Chrome 114 (tested), Firefox 141, Safari 26.2, <https://developer.mozilla.org/en-US/docs/Web/Privacy/Guides/Third-party_cookies/Partitioned_cookies>.
    /// Safari before 26.2 drops the cookie as any third party's, but for 18.4, and does not send it after
    /// redirects over several sites (<https://bugs.webkit.org/show_bug.cgi?id=306194>), which calls do not take.
    KeptPartitioned,
    /// It drops the cookie, and says so in the developer tools at best.
    Dropped(DropReason),
}

/// Why a browser drops a cookie. Displays as a sentence that names what to change.
///
/// Tested means: with Chromium 156 and a server of our own. Everything else is documented where the links say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum DropReason {
    /// The page is https and the API http, so the call is not even made.
    ///
    /// Mixed Content, section 4.4, <https://www.w3.org/TR/mixed-content/>. Not for an API on this machine, which is
    /// potentially trustworthy (Secure Contexts, section 3.1), in Chrome (tested) and Firefox 84; Safari blocks that too by
    /// <https://developer.mozilla.org/en-US/docs/Web/Security/Mixed_content>, though WebKit has begun to let it pass
    /// (<https://bugs.webkit.org/show_bug.cgi?id=279249>).
    #[error("an https page may not call an http API; serve the API over https")]
    MixedContent,
    /// `Domain` is neither the API's host nor above it: RFC 6265bis, section 5.7. Tested.
    #[error("the cookie's Domain does not cover the API's host; name a domain above it, or none")]
    DomainMismatch,
    /// `Domain` is a public suffix: RFC 6265bis, section 5.7. Tested.
    #[error(
        "the cookie's Domain is a public suffix, where strangers have names; name a domain below it, or none"
    )]
    PublicSuffixDomain,
    /// `__Host-` with a `Domain`: RFC 6265bis, section 4.1.3.2. Tested.
    #[error("a `__Host-` cookie has no Domain; unset the Domain, or use the prefix `__Secure-`")]
    HostPrefixWithDomain,
    /// `__Host-` with a path other than `/`: RFC 6265bis, section 4.1.3.2. Tested.
    #[error("a `__Host-` cookie has the path `/`; use that path, or the prefix `__Secure-`")]
    HostPrefixWithPath,
    /// A prefix without `Secure`: RFC 6265bis, section 4.1.3. Tested.
    #[error("a cookie with a prefix is Secure; make it so, or use no prefix")]
    PrefixWithoutSecure,
    /// A prefix over http: RFC 6265bis, section 4.1.3. On this machine Chrome (tested) and Firefox keep it, Safari does not
    /// (<https://github.com/httpwg/http-extensions/issues/2605>); Chromium did not either in 2023.
    #[error("a cookie with a prefix comes over https; serve the API so, or use no prefix")]
    PrefixOverHttp,
    /// `Partitioned` without `Secure`: draft-cutler-httpbis-partitioned-cookies, section 2.1. Tested.
    #[error("a Partitioned cookie is Secure; make it so, or do not partition it")]
    PartitionedWithoutSecure,
    /// `Partitioned` without `SameSite=None`, in Safari: <https://github.com/WebKit/WebKit/pull/67742>. Chrome keeps it
    /// within a site (tested), and Firefox is taken to.
    #[error("Safari takes a Partitioned cookie with SameSite=None alone; set that, or do not partition it")]
    PartitionedWithoutSameSiteNone,
    /// `SameSite=None` without `Secure`: RFC 6265bis, section 5.7. Chrome 80 (tested) and Firefox 131 drop it, Safari does
    /// not: <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie>.
    #[error(
        "browsers take SameSite=None with Secure alone; make the cookie Secure, which takes https anywhere but on \
         this machine"
    )]
    SameSiteNoneWithoutSecure,
    /// `Secure` over http: RFC 6265bis, section 5.7. On this machine Chrome 89 (tested, 127.0.0.1 and names below
    /// `localhost` included) and Firefox 75 keep it, Safari does not: <https://bugs.webkit.org/show_bug.cgi?id=281149>.
    #[error("browsers drop Secure cookies that come over http; serve the API over https")]
    SecureOverHttp,
    /// `SameSite=Lax` or `Strict`, in an answer to a page of another site: RFC 6265bis, section 5.7. To Chrome two schemes
    /// are two sites (tested), to Firefox and Safari not yet
    /// (<https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie>).
    #[error(
        "SameSite=Lax and Strict keep cookies from pages of other sites; set SameSite=None for this frontend"
    )]
    SameSiteForbidsCrossSite,
    /// A third party's cookie that is not partitioned: Safari blocks them all,
    /// <https://webkit.org/tracking-prevention/>, but partitioned ones (see [`Verdict::KeptPartitioned`]).
    /// Chrome keeps them unless its user or whoever built it says otherwise (tested both ways;
    /// <https://natlawreview.com/article/google-announces-next-steps-privacy-sandbox-and-tracking-protections-chrome-browser>),
    /// Firefox 103 partitions them (<https://developer.mozilla.org/en-US/docs/Web/Privacy/Guides/State_Partitioning>).
    #[error(
        "the browser blocks other sites' cookies; partition it, or serve the frontend and the API from one site"
    )]
    BlockedThirdParty,
}

impl Browser {
    /// Every browser.
    pub const ALL: [Self; 3] = [Self::Chrome, Self::Firefox, Self::Safari];

    /// How we know what it does.
    pub fn evidence(self) -> Evidence {
        match self {
            Self::Chrome => Evidence::Tested,
            Self::Firefox | Self::Safari => Evidence::Documented,
        }
    }
}

impl Evidence {
    /// A word for programs and people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tested => "tested",
            Self::Documented => "documented",
        }
    }
}

impl Verdict {
    /// Why the cookie is dropped, if it is.
    pub fn drop_reason(self) -> Option<DropReason> {
        match self {
            Self::Kept | Self::KeptPartitioned => None,
            Self::Dropped(reason) => Some(reason),
        }
    }
}

impl DropReason {
    /// Whether the cookie would be kept by this rule if it were `Secure`.
    pub(crate) fn is_for_want_of_secure(self) -> bool {
        matches!(
            self,
            Self::PrefixWithoutSecure | Self::PartitionedWithoutSecure | Self::SameSiteNoneWithoutSecure
        )
    }

    /// A word for programs. It stays the same from version to version.
    pub fn code(self) -> &'static str {
        match self {
            Self::MixedContent => "mixed_content",
            Self::DomainMismatch => "domain_mismatch",
            Self::PublicSuffixDomain => "public_suffix_domain",
            Self::HostPrefixWithDomain => "host_prefix_with_domain",
            Self::HostPrefixWithPath => "host_prefix_with_path",
            Self::PrefixWithoutSecure => "prefix_without_secure",
            Self::PrefixOverHttp => "prefix_over_http",
            Self::PartitionedWithoutSecure => "partitioned_without_secure",
            Self::PartitionedWithoutSameSiteNone => "partitioned_without_same_site_none",
            Self::SameSiteNoneWithoutSecure => "same_site_none_without_secure",
            Self::SecureOverHttp => "secure_over_http",
            Self::SameSiteForbidsCrossSite => "same_site_forbids_cross_site",
            Self::BlockedThirdParty => "blocked_third_party",
        }
    }
}

impl fmt::Display for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chrome => "Chrome",
            Self::Firefox => "Firefox",
            Self::Safari => "Safari",
        })
    }
}
