//! `[cookies]`: what of the cookies' attributes is set by hand; the rest is derived.

use concierge_origins::{CookieDomain, CookieOverrides, FormerScopes, SameSite};

use super::layers::Entry;
use super::parse::{boolean, one_of, parsed};
use super::reader::{Read, Reader};

/// The attributes of every cookie, as far as they are not derived, and those they had before.
#[derive(Clone, Debug)]
pub struct Cookies {
    /// What is set by hand.
    pub overrides: CookieOverrides,
    /// Where earlier settings may have left cookies in browsers.
    pub former: FormerScopes,
}

impl Cookies {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let Attributes { same_site, secure, partitioned, domain: today } = Attributes::read(reader);
        let former = reader.list("cookies.former_domains", domain);
        let overrides = CookieOverrides {
            same_site: same_site?,
            secure: secure?,
            domain: today?,
            partitioned: partitioned?,
            prefix: None,
        };
        Ok(Self { overrides, former: FormerScopes { paths: Vec::new(), domains: former? } })
    }
}

/// What was read of each attribute.
struct Attributes {
    same_site: Read<Option<SameSite>>,
    secure: Read<Option<bool>>,
    partitioned: Read<Option<bool>>,
    domain: Read<Option<CookieDomain>>,
}

impl Attributes {
    fn read(reader: &mut Reader) -> Self {
        let words = [
            ("auto", None),
            ("lax", Some(SameSite::Lax)),
            ("strict", Some(SameSite::Strict)),
            ("none", Some(SameSite::None)),
        ];
        Self {
            same_site: reader.required("cookies.same_site", one_of(&words)),
            secure: reader.required("cookies.secure", auto_or_boolean),
            partitioned: reader.required("cookies.partitioned", auto_or_boolean),
            domain: reader.optional("cookies.domain", parsed(domain)),
        }
    }
}

/// What is set by hand; what is faulty counts as derived.
pub(super) fn readable_overrides(reader: &mut Reader) -> CookieOverrides {
    let Attributes { same_site, secure, partitioned, domain } = Attributes::read(reader);
    CookieOverrides {
        same_site: same_site.unwrap_or_default(),
        secure: secure.unwrap_or_default(),
        domain: domain.unwrap_or_default(),
        partitioned: partitioned.unwrap_or_default(),
        prefix: None,
    }
}

fn domain(text: &str) -> Result<CookieDomain, String> {
    CookieDomain::parse(text).map_err(|error| error.to_string())
}

/// `None` stands for "auto".
fn auto_or_boolean(entry: &Entry) -> Result<Option<bool>, String> {
    boolean(entry).map(Some).or_else(|_| {
        one_of(&[("auto", None)])(entry).map_err(|_| "expected \"auto\", true or false".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::super::support::{faults, with, with_local};
    use super::*;

    fn overrides(toml: &str) -> CookieOverrides {
        with_local(toml, &[("SERVER__PUBLIC_URL", "https://api.example.com")]).unwrap().cookies.overrides
    }

    #[test]
    fn everything_is_derived_unless_it_is_set() {
        assert_eq!(with(&[]).unwrap().cookies.overrides, CookieOverrides::default());
        let domain = overrides("cookies.domain = 'EXAMPLE.com'").domain.unwrap();
        assert_eq!(domain.as_str(), "example.com");
        assert_eq!(overrides("cookies.secure = true").secure, Some(true));
        assert_eq!(overrides("cookies.secure = 'auto'").secure, None);
        assert_eq!(overrides("cookies.same_site = 'strict'").same_site, Some(SameSite::Strict));
        let partitioned = "cookies.partitioned = false\norigins.allowed = 'https://app.example.com'";
        assert_eq!(overrides(partitioned).partitioned, Some(false));
    }

    #[test]
    fn a_wrong_word_is_answered_with_the_right_ones() {
        let wrong = faults(&[
            ("COOKIES__SAME_SITE", "Lax"),
            ("COOKIES__SECURE", "yes"),
            ("COOKIES__PARTITIONED", "1"),
            ("COOKIES__DOMAIN", ".example.com"),
            ("COOKIES__FORMER_DOMAINS", "example.com, 127.0.0.1"),
        ]);
        let expected = [
            r#"expected "auto" or "lax" or "strict" or "none""#,
            r#"expected "auto", true or false"#,
            r#"expected "auto", true or false"#,
            "write the host name without a dot before it",
            "browsers drop a cookie whose Domain is an IP address, leave it unset",
        ];
        assert_eq!(wrong.len(), expected.len(), "{wrong:?}");
        for (fault, expected) in wrong.iter().zip(expected) {
            assert!(fault.ends_with(expected), "{fault}");
        }
    }

    #[test]
    fn former_domains_are_a_list() {
        let settings = with(&[("COOKIES__FORMER_DOMAINS", "example.com, api.example.com")]).unwrap();
        let domains: Vec<_> = settings.cookies.former.domains.iter().map(ToString::to_string).collect();
        assert_eq!(domains, ["example.com", "api.example.com"]);
    }
}
