//! Setting and clearing cookies, in one place, so that a cookie is cleared with the attributes it was set with.

use std::time::Duration;

use actix_web::cookie::{self, Cookie};
use actix_web::http::header::HeaderValue;

/// How an operator wants cookies to be set.
#[derive(Clone, Debug)]
pub struct CookieOptions {
    /// The attribute `Secure`: the cookie travels by https alone.
    pub secure: bool,
    /// The attribute `SameSite`.
    pub same_site: SameSite,
    /// The attribute `Domain`; without it the API's host alone gets the cookie.
    pub domain: Option<String>,
    /// Whether names carry the `__Host-` or `__Secure-` prefix, by which browsers refuse a weaker cookie of
    /// the same name (RFC 6265bis, section 4.1.3). Only over https.
    pub prefixed: bool,
}

/// The attribute `SameSite` (RFC 6265bis, section 4.1.2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Sent with requests of the same site, and with links followed from others.
    Lax,
    /// Sent with requests of the same site.
    Strict,
    /// Sent always; browsers take it with `Secure` alone.
    None,
}

/// The cookies concierge sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CookieKind {
    Access,
    Refresh,
    Csrf,
    Visitor,
}

impl CookieKind {
    const ALL: [Self; 4] = [Self::Access, Self::Refresh, Self::Csrf, Self::Visitor];

    fn base_name(self) -> &'static str {
        match self {
            Self::Access => "access_token",
            Self::Refresh => "refresh_token",
            Self::Csrf => "csrf_token",
            Self::Visitor => "visitor",
        }
    }

    /// The refresh token goes where it is used and nowhere else.
    fn path(self) -> &'static str {
        match self {
            Self::Refresh => "/auth",
            Self::Access | Self::Csrf | Self::Visitor => "/",
        }
    }

    /// A frontend's script reads the CSRF token; no script reads any other.
    fn http_only(self) -> bool {
        self != Self::Csrf
    }
}

/// Makes `Set-Cookie` headers.
#[derive(Clone, Debug)]
pub struct Cookies {
    options: CookieOptions,
    names: [String; 4],
}

impl Cookies {
    /// Cookies as `options` ask for.
    pub fn new(options: CookieOptions) -> Self {
        let names = CookieKind::ALL.map(|kind| prefixed_name(kind, &options));
        Self { options, names }
    }

    /// The cookie's name, with its prefix.
    pub(crate) fn name(&self, kind: CookieKind) -> &str {
        &self.names[kind as usize]
    }

    /// Sets a cookie, for `max_age` or, without it, until the browser closes.
    pub(crate) fn set(&self, kind: CookieKind, value: &str, max_age: Option<Duration>) -> HeaderValue {
        let same_site = match self.options.same_site {
            SameSite::Lax => cookie::SameSite::Lax,
            SameSite::Strict => cookie::SameSite::Strict,
            SameSite::None => cookie::SameSite::None,
        };
        let mut cookie = Cookie::build(self.name(kind), value)
            .path(kind.path())
            .http_only(kind.http_only())
            .secure(self.options.secure)
            .same_site(same_site);
        if let Some(domain) = &self.options.domain {
            cookie = cookie.domain(domain);
        }
        if let Some(max_age) = max_age {
            let seconds = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
            cookie = cookie.max_age(cookie::time::Duration::seconds(seconds));
        }
        header(&cookie.finish())
    }

    /// Clears a cookie.
    pub(crate) fn clear(&self, kind: CookieKind) -> HeaderValue {
        self.set(kind, "", Some(Duration::ZERO))
    }
}

fn prefixed_name(kind: CookieKind, options: &CookieOptions) -> String {
    let prefix = match (options.prefixed, kind.path(), &options.domain) {
        (false, ..) => "",
        (true, "/", None) => "__Host-",
        (true, ..) => "__Secure-",
    };
    format!("{prefix}{}", kind.base_name())
}

/// Names, values, paths and domains are all checked to be visible ASCII before they come here.
fn header(cookie: &Cookie<'_>) -> HeaderValue {
    HeaderValue::try_from(cookie.to_string()).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> CookieOptions {
        CookieOptions { secure: true, same_site: SameSite::Lax, domain: None, prefixed: true }
    }

    fn lines(options: CookieOptions) -> Vec<String> {
        let cookies = Cookies::new(options);
        let set = |kind| cookies.set(kind, "v", Some(Duration::from_secs(60)));
        CookieKind::ALL.into_iter().map(|kind| set(kind).to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn over_https_names_carry_the_strongest_prefix_that_fits() {
        assert_eq!(
            lines(options()),
            [
                "__Host-access_token=v; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60",
                "__Secure-refresh_token=v; HttpOnly; SameSite=Lax; Secure; Path=/auth; Max-Age=60",
                "__Host-csrf_token=v; SameSite=Lax; Secure; Path=/; Max-Age=60",
                "__Host-visitor=v; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60",
            ]
        );
    }

    #[test]
    fn a_domain_rules_the_host_prefix_out() {
        let wide = CookieOptions { domain: Some("example.com".to_owned()), ..options() };
        assert!(
            lines(wide)
                .iter()
                .all(|line| line.starts_with("__Secure-") && line.contains("Domain=example.com"))
        );
    }

    #[test]
    fn over_http_there_is_neither_prefix_nor_secure() {
        let plain = CookieOptions { secure: false, prefixed: false, ..options() };
        assert!(lines(plain).iter().all(|line| !line.contains("__") && !line.contains("Secure")));
    }

    #[test]
    fn clearing_repeats_every_attribute_of_setting() {
        let cookies = Cookies::new(CookieOptions { domain: Some("example.com".to_owned()), ..options() });
        for kind in CookieKind::ALL {
            let set = cookies.set(kind, "", Some(Duration::from_secs(7)));
            let cleared = cookies.clear(kind);
            assert_eq!(cleared.to_str().unwrap(), set.to_str().unwrap().replace("Max-Age=7", "Max-Age=0"));
        }
    }

    #[test]
    fn without_an_age_a_cookie_ends_with_the_browser() {
        let cookies = Cookies::new(options());
        assert!(!cookies.set(CookieKind::Access, "v", None).to_str().unwrap().contains("Max-Age"));
    }
}
