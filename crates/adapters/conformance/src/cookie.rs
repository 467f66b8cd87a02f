//! `Set-Cookie` as browsers read it (RFC 6265bis, section 5.6).

use crate::http::Answer;

const PREFIXES: [&str; 2] = ["__Host-", "__Secure-"];
/// What of a cookie has to be repeated for a browser to replace or forget it, and to take the order at all.
const IDENTITY: [&str; 6] = ["Domain", "Path", "SameSite", "Secure", "HttpOnly", "Partitioned"];

/// A cookie as an answer sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetCookie {
    pub(crate) name: String,
    pub(crate) value: String,
    attributes: Vec<(String, String)>,
}

impl SetCookie {
    /// Every cookie that an answer sets or clears, in order.
    pub(crate) fn all(answer: &Answer) -> Vec<Self> {
        answer.values("Set-Cookie").map(Self::read).collect()
    }

    fn read(line: &str) -> Self {
        let mut parts = line.split(';').map(str::trim);
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.trim().to_owned(), value.trim().to_owned())
        };
        let (name, value) = pair(parts.next().unwrap_or_default());
        Self { name, value, attributes: parts.filter(|part| !part.is_empty()).map(pair).collect() }
    }

    /// The prefix of the name, which browsers know in any case; empty without one.
    pub(crate) fn prefix(&self) -> &'static str {
        let begins = |prefix: &&&str| {
            self.name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        PREFIXES.iter().find(begins).copied().unwrap_or_default()
    }

    /// The name without its prefix.
    pub(crate) fn base_name(&self) -> &str {
        &self.name[self.prefix().len()..]
    }

    /// The value of an attribute, the last one's where it stands there several times.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let mut named = self.attributes.iter().rev().filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_str())
    }

    pub(crate) fn max_age(&self) -> Option<i64> {
        self.attribute("Max-Age")?.parse().ok()
    }

    /// Whether the browser forgets it.
    pub(crate) fn is_cleared(&self) -> bool {
        match self.max_age() {
            Some(age) => age <= 0,
            None => self.attribute("Expires").is_some_and(|date| date.contains("1970")),
        }
    }

    /// What its prefix promises and it does not keep (RFC 6265bis, section 4.1.3).
    pub(crate) fn broken_promise(&self) -> Option<&'static str> {
        let host = self.prefix() == "__Host-";
        let rules = [
            (!self.prefix().is_empty() && self.attribute("Secure").is_none(), "Secure"),
            (host && self.attribute("Path") != Some("/"), "Path=/"),
            (host && self.attribute("Domain").is_some(), "no Domain"),
        ];
        rules.into_iter().find(|(broken, _)| *broken).map(|(_, promise)| promise)
    }

    /// The attributes by which a browser knows it again, for comparing and for telling.
    pub(crate) fn identity(&self) -> String {
        let mut identity = self.name.clone();
        for name in IDENTITY {
            match self.attribute(name) {
                None => {}
                Some("") => identity.push_str(&format!("; {name}")),
                Some(value) => identity.push_str(&format!("; {name}={value}")),
            }
        }
        identity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_attributes_and_their_last_values_are_read_in_any_case() {
        let cookie = SetCookie::read("__host-a = b=c ; path=/x; SECURE; Path=/; ; Max-Age=-1");
        assert_eq!((cookie.name.as_str(), cookie.value.as_str()), ("__host-a", "b=c"));
        assert_eq!((cookie.prefix(), cookie.base_name()), ("__Host-", "a"));
        assert_eq!((cookie.attribute("PATH"), cookie.attribute("secure")), (Some("/"), Some("")));
        assert_eq!(cookie.attribute("Domain"), None);
        assert!(cookie.is_cleared());
        assert_eq!(cookie.identity(), "__host-a; Path=/; Secure");
    }

    #[test]
    fn a_prefix_promises_what_browsers_hold_it_to() {
        let broken = |line| SetCookie::read(line).broken_promise();
        assert_eq!(broken("__Host-a=b; Secure; Path=/"), None);
        assert_eq!(broken("__Host-a=b; Path=/"), Some("Secure"));
        assert_eq!(broken("__Host-a=b; Secure; Path=/auth"), Some("Path=/"));
        assert_eq!(broken("__Host-a=b; Secure; Path=/; Domain=example.com"), Some("no Domain"));
        assert_eq!(broken("__Secure-a=b; Secure; Path=/auth; Domain=example.com"), None);
        assert_eq!(broken("__Secure-a=b"), Some("Secure"));
        assert_eq!(broken("a=b; Path=/auth"), None);
    }

    #[test]
    fn a_cookie_is_gone_by_its_age_or_by_a_date_long_past() {
        let cleared = |line| SetCookie::read(line).is_cleared();
        assert!(cleared("a=; Max-Age=0") && cleared("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"));
        assert!(!cleared("a=b") && !cleared("a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"));
    }
}
