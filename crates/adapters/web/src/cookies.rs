//! Reading, setting and clearing cookies, in one place, so that a cookie is cleared with the attributes it was set with.
//!
//! The attributes are those of the profile that suits where the request comes from; see [`Profiles`].

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::cookie::{self, Cookie};
use actix_web::http::header::{COOKIE, HOST, HeaderName, HeaderValue, ORIGIN};
use concierge_origins::{
    Caller, CookieAttributes, CookiePrefix, CookieProfile, FetchSite, FormerScopes, Origin, Profiles,
    SameSite,
};

pub(crate) const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The cookies concierge sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieKind {
    /// The access token.
    Access,
    /// The refresh token.
    Refresh,
    /// The CSRF token.
    Csrf,
    /// What is remembered of a visitor.
    Visitor,
    /// Shows what a browser does with cookies such as the others; for a minute.
    Probe,
    /// Shows what it does with those of third parties that are not partitioned, whatever the profile; for a minute.
    ThirdPartyProbe,
}

impl CookieKind {
    /// Every one that is more than a probe.
    pub const ALL: [Self; 4] = [Self::Access, Self::Refresh, Self::Csrf, Self::Visitor];

    /// Its name without a prefix.
    pub fn base_name(self) -> &'static str {
        match self {
            Self::Access => "access_token",
            Self::Refresh => "refresh_token",
            Self::Csrf => "csrf_token",
            Self::Visitor => "visitor",
            Self::Probe => "diagnostics",
            Self::ThirdPartyProbe => "diagnostics_third_party",
        }
    }

    /// The refresh token goes where it is used and nowhere else.
    pub fn path(self) -> &'static str {
        match self {
            Self::Refresh => "/auth",
            Self::Access | Self::Csrf | Self::Visitor | Self::Probe | Self::ThirdPartyProbe => "/",
        }
    }

    /// A frontend's script reads the CSRF token; no script reads any other.
    pub fn is_http_only(self) -> bool {
        self != Self::Csrf
    }

    /// The line of a `Set-Cookie` header, for `max_age` or, without it, until the browser closes.
    pub fn line(self, value: &str, attributes: &CookieAttributes<'_>, max_age: Option<Duration>) -> String {
        let same_site = match attributes.same_site {
            SameSite::Lax => cookie::SameSite::Lax,
            SameSite::Strict => cookie::SameSite::Strict,
            SameSite::None => cookie::SameSite::None,
        };
        let name = format!("{}{}", attributes.prefix.as_str(), self.base_name());
        let mut cookie = Cookie::build(name, value)
            .path(attributes.path)
            .http_only(self.is_http_only())
            .secure(attributes.secure)
            .same_site(same_site);
        if let Some(domain) = attributes.domain {
            cookie = cookie.domain(domain.as_str());
        }
        if let Some(max_age) = max_age {
            let seconds = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
            cookie = cookie.max_age(cookie::time::Duration::seconds(seconds));
        }
        // An attribute that actix-web's cookies do not know yet.
        let partitioned = if attributes.partitioned { "; Partitioned" } else { "" };
        format!("{}{partitioned}", cookie.finish())
    }
}

/// Reads cookies, and makes `Set-Cookie` headers.
#[derive(Clone, Debug)]
pub struct Cookies {
    profiles: Profiles,
    former: FormerScopes,
}

impl Cookies {
    /// Cookies with the attributes of `profiles`. Those that stand in `former` scopes are expired when they are met.
    pub fn new(profiles: Profiles, former: FormerScopes) -> Self {
        Self { profiles, former }
    }

    /// Every value that a request's cookies of this kind have: none, one, or several when an older cookie of the
    /// same name, with another path or domain, is still in the browser.
    pub(crate) fn values<'a>(
        &'a self,
        request: &'a HttpRequest,
        kind: CookieKind,
    ) -> impl Iterator<Item = &'a str> {
        // By the `Host` alone: the profiles that are chosen for it differ in much, but never in the name.
        let prefix = self.profiles.of_api(host(request)).prefix(kind.path());
        named(request, prefix, kind).filter(|value| !value.is_empty())
    }

    /// The lines that set a cookie, for `max_age` or, without it, until the browser closes; before them those that expire
    /// what an earlier profile has left of it.
    pub(crate) fn set(
        &self,
        request: &HttpRequest,
        kind: CookieKind,
        value: &str,
        max_age: Option<Duration>,
    ) -> impl Iterator<Item = HeaderValue> + use<> {
        let line = self.line(request, kind, value, max_age);
        self.leftovers(request, kind).into_iter().chain([line])
    }

    /// The line that sets a cookie, and no more.
    pub(crate) fn line(
        &self,
        request: &HttpRequest,
        kind: CookieKind,
        value: &str,
        max_age: Option<Duration>,
    ) -> HeaderValue {
        header(kind.line(value, &self.profile(request).attributes(kind.path()), max_age))
    }

    /// The lines that expire what an earlier profile has left of a cookie in the browser, as far as the request shows it.
    pub(crate) fn leftovers(&self, request: &HttpRequest, kind: CookieKind) -> Vec<HeaderValue> {
        let received = |prefix| named(request, prefix, kind).count();
        let stale = self.profiles.stale_variants(&caller(request), kind.path(), &self.former, received);
        stale.iter().map(|variant| header(kind.line("", variant, Some(Duration::ZERO)))).collect()
    }

    /// The lines that clear a cookie, and what an earlier profile has left of it.
    pub(crate) fn clear(
        &self,
        request: &HttpRequest,
        kind: CookieKind,
    ) -> impl Iterator<Item = HeaderValue> + use<> {
        self.set(request, kind, "", Some(Duration::ZERO))
    }

    /// The origin by which a request calls the API, and whether its `Host` is one of the API's own names at all.
    pub(crate) fn api(&self, request: &HttpRequest) -> (&Origin, bool) {
        let host = host(request);
        (self.profiles.origin(host), host.is_none_or(|host| self.profiles.is_own(host)))
    }

    /// What suits a call of one of the API's own origins from a page of `frontend`.
    pub(crate) fn profile_between(&self, api: &Origin, frontend: &Origin) -> &CookieProfile {
        let (api, frontend) = (api.to_string(), frontend.to_string());
        self.profiles.choose(&Caller {
            host: api.split_once("://").map(|(_, authority)| authority.as_bytes()),
            origin: Some(frontend.as_bytes()),
            fetch_site: FetchSite::Absent,
        })
    }

    /// What suits where a request comes from.
    pub(crate) fn profile(&self, request: &HttpRequest) -> &CookieProfile {
        self.profiles.choose(&caller(request))
    }
}

fn caller(request: &HttpRequest) -> Caller<'_> {
    let values = |name: HeaderName| request.headers().get_all(name).map(HeaderValue::as_bytes);
    Caller {
        host: host(request),
        origin: values(ORIGIN).next(),
        fetch_site: FetchSite::read(values(SEC_FETCH_SITE)),
    }
}

/// By which name the API was called.
fn host(request: &HttpRequest) -> Option<&[u8]> {
    let named = request.headers().get(HOST).map(HeaderValue::as_bytes);
    named.or_else(|| request.uri().authority().map(|authority| authority.as_str().as_bytes()))
}

/// The values of the cookies of one name, empty ones included.
fn named(request: &HttpRequest, prefix: CookiePrefix, kind: CookieKind) -> impl Iterator<Item = &str> {
    let headers = request.headers().get_all(COOKIE);
    headers
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='))
        .filter(move |(name, _)| name.strip_prefix(prefix.as_str()) == Some(kind.base_name()))
        .map(|(_, value)| value)
}

/// A line as a header. Names, values, paths and domains are all checked to be visible ASCII before they come here.
pub(crate) fn header(line: String) -> HeaderValue {
    HeaderValue::try_from(line).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests;
