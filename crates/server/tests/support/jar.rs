//! Cookies as a browser keeps them, as far as tests care (RFC 6265, section 5).

use std::collections::BTreeMap;

use super::response::Response;

/// Cookies by name and path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar(BTreeMap<(String, String), String>);

impl Jar {
    /// The cookies that an answer sets.
    pub(crate) fn of(response: &Response) -> Self {
        let mut jar = Self::default();
        jar.keep(response);
        jar
    }

    /// Does what the answer's `Set-Cookie` headers say.
    pub(crate) fn keep(&mut self, response: &Response) {
        for line in response.headers("Set-Cookie") {
            let mut parts = line.split(';').map(str::trim);
            let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).unwrap();
            let attributes: Vec<_> = parts.collect();
            let attribute = |wanted: &str| {
                let pairs = attributes.iter().filter_map(|attribute| attribute.split_once('='));
                pairs.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value).next()
            };
            let key = (name.to_owned(), attribute("Path").unwrap_or("/").to_owned());
            if attribute("Max-Age").is_some_and(|age| age == "0" || age.starts_with('-')) {
                self.0.remove(&key);
            } else {
                self.0.insert(key, value.to_owned());
            }
        }
    }

    /// The value of a cookie, whatever its path.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|((found, _), _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The CSRF token, under whichever prefix its cookie has.
    pub(super) fn csrf_token(&self) -> Option<&str> {
        ["csrf_token", "__Host-csrf_token", "__Secure-csrf_token"].into_iter().find_map(|name| self.get(name))
    }

    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The cookies that go along to a target, the longest path first.
    pub(super) fn sent_to(&self, target: &str) -> impl Iterator<Item = (&str, &str)> {
        let path = target.split('?').next().unwrap_or_default();
        let mut sent: Vec<_> = self.0.iter().filter(|((_, prefix), _)| covers(prefix, path)).collect();
        sent.sort_by_key(|((_, prefix), _)| std::cmp::Reverse(prefix.len()));
        sent.into_iter().map(|((name, _), value)| (name.as_str(), value.as_str()))
    }
}

/// RFC 6265, section 5.1.4.
fn covers(prefix: &str, path: &str) -> bool {
    let rest = path.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.is_empty() || prefix.ends_with('/') || rest.starts_with('/'))
}
