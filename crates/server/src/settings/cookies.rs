//! `[cookies]`: the attributes of every cookie; sets that browsers drop are refused.

use std::net::IpAddr;

use concierge_origins::{Fault, Origin, OriginPattern};
use concierge_web::SameSite;

use super::layers::Entry;
use super::locations;
use super::parse::{boolean, one_of, parsed};
use super::reader::{Read, Reader};

/// The attributes of every cookie.
#[derive(Clone, Debug)]
pub struct Cookies {
    /// To which requests a browser adds the cookies.
    pub same_site: SameSite,
    /// Whether they travel over https alone.
    pub secure: SecureCookies,
    /// Whose subdomains share them; unset, the API's host keeps them to itself.
    pub domain: Option<CookieDomain>,
}

/// The `Secure` attribute, or how to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecureCookies {
    /// Set exactly when the public URL is https.
    Auto,
    /// Always set.
    Always,
    /// Never set.
    Never,
}

/// The `Domain` attribute: a host name in small letters, never an IP address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieDomain(String);

impl SecureCookies {
    /// Whether cookies are `Secure` for an API at `public_url`; unset, it is http on the loopback.
    pub fn resolve(self, public_url: Option<&Origin>) -> bool {
        match self {
            Self::Auto => public_url.is_some_and(Origin::is_https),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

impl CookieDomain {
    fn parse(text: &str) -> Result<Self, String> {
        let domain = text.to_ascii_lowercase();
        let problem = if domain.starts_with('.') {
            "write the host name without a dot before it"
        } else if domain.parse::<IpAddr>().is_ok() || domain.starts_with('[') {
            "browsers drop a cookie whose Domain is an IP address, leave it unset"
        } else {
            match Origin::parse(&format!("https://{domain}")) {
                Ok(origin) if origin.host_str() == domain => return Ok(Self(domain)),
                _ => "expected a host name, such as example.com",
            }
        };
        Err(problem.to_owned())
    }

    /// The host name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `host` is this one or below it (RFC 6265, section 5.1.3).
    pub(crate) fn covers(&self, host: &str) -> bool {
        host.strip_suffix(self.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// Whether strangers can register right below it, so that nobody may set cookies for all of it.
    fn is_public_suffix(&self) -> bool {
        OriginPattern::parse(&format!("https://*.{}", self.0))
            .is_err_and(|error| matches!(error.fault(), Fault::PublicSuffix { .. }))
    }
}

impl Cookies {
    /// Reads the section; `public_url` is `None` when it was faulted, and then nothing is checked against it.
    pub(super) fn read(reader: &mut Reader, public_url: Option<Option<&Origin>>) -> Read<Self> {
        let words = [("lax", SameSite::Lax), ("strict", SameSite::Strict), ("none", SameSite::None)];
        let same_site = reader.required("cookies.same_site", one_of(&words));
        let secure = reader.required("cookies.secure", secure);
        let domain = reader.optional("cookies.domain", parsed(CookieDomain::parse));
        if let (Some(url), Ok(secure)) = (public_url, secure) {
            check_secure(reader, secure, url);
            if let Ok(SameSite::None) = same_site {
                check_same_site_none(reader, secure, url);
            }
        }
        if let (Some(url), Ok(Some(domain))) = (public_url, &domain) {
            check_domain(reader, domain, url.map_or("localhost", Origin::host_str));
        }
        Ok(Self { same_site: same_site?, secure: secure?, domain: domain? })
    }
}

fn secure(entry: &Entry) -> Result<SecureCookies, String> {
    match boolean(entry) {
        Ok(true) => Ok(SecureCookies::Always),
        Ok(false) => Ok(SecureCookies::Never),
        Err(_) => one_of(&[("auto", SecureCookies::Auto)])(entry)
            .map_err(|_| "expected \"auto\", true or false".to_owned()),
    }
}

fn check_secure(reader: &mut Reader, secure: SecureCookies, public_url: Option<&Origin>) {
    let Some(url) = public_url else { return };
    match secure {
        SecureCookies::Always if locations::is_exposed(url) => {
            let problem =
                format!("browsers drop Secure cookies that come over http, as they would from {url}");
            reader.refuse("cookies.secure", problem);
        }
        SecureCookies::Never if url.is_https() => {
            reader.warn(format!("cookies.secure = false lets the cookies of {url} travel over http as well"));
        }
        _ => {}
    }
}

fn check_same_site_none(reader: &mut Reader, secure: SecureCookies, public_url: Option<&Origin>) {
    if !secure.resolve(public_url) {
        let problem =
            "browsers drop SameSite=None without Secure, and cookies.secure does not resolve to true here";
        reader.refuse("cookies.same_site", problem);
    }
}

fn check_domain(reader: &mut Reader, domain: &CookieDomain, host: &str) {
    if !domain.covers(host) {
        let problem = format!("browsers drop a cookie whose Domain does not cover its host, here {host}");
        reader.refuse("cookies.domain", problem);
    } else if domain.is_public_suffix() && domain.as_str() != host {
        let problem = "browsers drop a cookie whose Domain is a public suffix, where strangers can register";
        reader.refuse("cookies.domain", problem);
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{faults, with, with_local};
    use super::*;

    const HTTPS: (&str, &str) = ("SERVER__PUBLIC_URL", "https://api.example.com");
    const HTTP: (&str, &str) = ("SERVER__PUBLIC_URL", "http://api.example.com");

    #[test]
    fn secure_follows_the_public_url_unless_it_is_forced() {
        let secure = |variables: &[_]| {
            let settings = with(variables).unwrap();
            settings.cookies.secure.resolve(settings.server.public_url.as_ref())
        };
        assert!(!secure(&[]));
        assert!(!secure(&[HTTP]));
        assert!(secure(&[HTTPS]));
        assert!(secure(&[("COOKIES__SECURE", "true")]));
        assert!(!secure(&[HTTPS, ("COOKIES__SECURE", "false")]));
    }

    #[test]
    fn secure_is_a_boolean_or_auto() {
        let secure = |toml: &str| with_local(toml, &[]).map(|settings| settings.cookies.secure);
        assert_eq!(secure("cookies.secure = true").unwrap(), SecureCookies::Always);
        assert_eq!(secure("cookies.secure = \"auto\"").unwrap(), SecureCookies::Auto);
        assert!(secure("cookies.secure = \"true\"").is_err());
        assert!(secure("cookies.secure = 1").is_err());
    }

    #[test]
    fn same_site_none_needs_secure_even_on_the_loopback() {
        let none = ("COOKIES__SAME_SITE", "none");
        assert!(faults(&[none])[0].contains("browsers drop SameSite=None without Secure"));
        assert_eq!(faults(&[none, HTTPS, ("COOKIES__SECURE", "false")]).len(), 1);
        assert!(with(&[none, HTTPS]).is_ok());
        assert!(with(&[none, ("COOKIES__SECURE", "true")]).is_ok());
    }

    #[test]
    fn secure_over_http_is_refused_except_on_the_loopback() {
        let secure = ("COOKIES__SECURE", "true");
        let expected = "cookies.secure = \"true\" (from CONCIERGE__COOKIES__SECURE): browsers drop Secure cookies that \
                        come over http, as they would from http://api.example.com";
        assert_eq!(faults(&[secure, HTTP]), [expected]);
        assert!(with(&[secure, ("SERVER__PUBLIC_URL", "http://127.0.0.1:5000")]).is_ok());
    }

    #[test]
    fn cookies_that_could_be_secure_and_are_not_warn() {
        assert_eq!(with(&[HTTPS, ("COOKIES__SECURE", "false")]).unwrap().warnings.len(), 1);
    }

    #[test]
    fn a_domain_covers_the_host_of_the_public_url() {
        for domain in ["example.com", "api.example.com", "EXAMPLE.com"] {
            assert!(with(&[HTTPS, ("COOKIES__DOMAIN", domain)]).is_ok(), "{domain}");
        }
        for domain in ["other.com", "v1.api.example.com", "ple.com"] {
            let faults = faults(&[HTTPS, ("COOKIES__DOMAIN", domain)]);
            assert!(faults[0].ends_with("does not cover its host, here api.example.com"), "{faults:?}");
        }
        assert_eq!(faults(&[("COOKIES__DOMAIN", "example.com")]).len(), 1);
    }

    #[test]
    fn a_domain_that_strangers_share_is_refused() {
        for (url, domain) in [("https://api.example.co.uk", "co.uk"), ("https://me.github.io", "github.io")] {
            let faults = faults(&[("SERVER__PUBLIC_URL", url), ("COOKIES__DOMAIN", domain)]);
            assert!(faults[0].contains("public suffix"), "{faults:?}");
        }
        assert!(with(&[("COOKIES__DOMAIN", "localhost")]).is_ok());
    }

    #[test]
    fn a_domain_is_a_host_name_and_no_address() {
        for domain in [
            "127.0.0.1",
            "::1",
            "[::1]",
            ".example.com",
            "exa mple.com",
            "example.com.",
            "a.com:80",
            "a..b",
            "*.a.com",
        ] {
            assert!(CookieDomain::parse(domain).is_err(), "{domain}");
        }
    }
}
