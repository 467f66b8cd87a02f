//! When a browser asks before it sends a page's request, and what it makes of the answer (Fetch standard, sections 2.2.1,
//! 2.2.2 and 4.8). No part of what the server decides: it is what the page's author sees of it.

mod unasked;

use crate::METHODS;
use unasked::{goes_unasked, is_dropped, is_forbidden_method};

/// What of a request makes a browser ask first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreflightCauses {
    /// The method, when it is none of GET, HEAD and POST.
    pub method: Option<String>,
    /// The names of the headers, as they were given, that no page may send unasked.
    pub headers: Vec<String>,
}

/// How long the values that go unasked may be together, in bytes.
const LONGEST_TOGETHER: usize = 1024;

/// The method that a browser sends where a script names this one, and `None` where it sends nothing, for no script may
/// use it. Some are put into capital letters, `patch` is not (Fetch standard, "normalize a method").
pub(crate) fn method_as_sent(method: &str) -> Option<&str> {
    if is_forbidden_method(method) {
        return None;
    }
    let normalized = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
    Some(normalized.into_iter().find(|known| known.eq_ignore_ascii_case(method)).unwrap_or(method))
}

impl PreflightCauses {
    /// Of a request by this method, as it is sent, with these headers; several of one name count once each.
    pub fn of<'a>(method: &str, headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let (unasked, mut asked): (Vec<_>, Vec<_>) = headers
            .into_iter()
            .filter(|(name, value)| !is_dropped(name, value))
            .partition(|(name, value)| goes_unasked(name, value));
        if unasked.iter().map(|(_, value)| value.len()).sum::<usize>() > LONGEST_TOGETHER {
            asked.extend(unasked);
        }
        Self {
            method: (!matches!(method, "GET" | "HEAD" | "POST")).then(|| method.to_owned()),
            headers: asked.into_iter().map(|(name, _)| name.to_owned()).collect(),
        }
    }

    /// Whether the browser sends the request without asking.
    pub fn is_empty(&self) -> bool {
        self.method.is_none() && self.headers.is_empty()
    }

    /// What the browser would not find in the lists of the answer, with `extra_headers` the operator's own; empty when
    /// it would go on.
    pub fn missing<'a>(&'a self, extra_headers: &[String]) -> Vec<&'a str> {
        // Methods are compared in their case, headers in any.
        let method = self.method.as_deref().filter(|method| !METHODS.contains(method));
        let listed = |name: &str| {
            let extra = extra_headers.iter().map(String::as_str);
            crate::REQUEST_HEADERS.into_iter().chain(extra).any(|listed| listed.eq_ignore_ascii_case(name))
        };
        let headers = self.headers.iter().map(String::as_str).filter(|name| !listed(name));
        method.into_iter().chain(headers).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn causes(method: &str, headers: &[(&str, &str)]) -> Vec<String> {
        let causes = PreflightCauses::of(method, headers.iter().copied());
        causes.method.into_iter().chain(causes.headers).collect()
    }

    #[test]
    fn a_browser_asks_before_what_no_form_could_send() {
        for (method, headers, expected) in [
            ("GET", &[][..], &[][..]),
            ("POST", &[("Content-Type", "text/plain; charset=utf-8")], &[]),
            ("POST", &[("Content-Type", "Application/JSON")], &["Content-Type"]),
            ("PUT", &[], &["PUT"]),
            ("patch", &[], &["patch"]),
            ("GET", &[("X-CSRF-Token", "x"), ("Accept", "*/*")], &["X-CSRF-Token"]),
            ("GET", &[("Cookie", "a=b"), ("Sec-Fetch-Site", "cross-site"), ("Origin", "null")], &[]),
            ("GET", &[("Authorization", "Bearer x")], &["Authorization"]),
        ] {
            assert_eq!(causes(method, headers), expected, "{method} {headers:?}");
        }
        let long = "a".repeat(128);
        assert_eq!(causes("GET", &[("Accept", &*long); 8]), [""; 0]);
        assert_eq!(causes("GET", &[("Accept", &*long); 9]), ["Accept"; 9]);
    }

    #[test]
    fn a_browser_writes_some_methods_in_capital_letters_and_sends_some_never() {
        for (method, sent) in [
            ("get", Some("GET")),
            ("Delete", Some("DELETE")),
            ("options", Some("OPTIONS")),
            ("patch", Some("patch")),
            ("brew", Some("brew")),
            ("TRACE", None),
            ("Connect", None),
            ("track", None),
        ] {
            assert_eq!(method_as_sent(method), sent, "{method}");
        }
    }

    #[test]
    fn what_the_lists_lack_is_named_methods_in_their_case_and_headers_in_any() {
        let missing = |method: &str, names: &[&str], extra: &[String]| {
            let causes = PreflightCauses::of(method, names.iter().map(|name| (*name, "")));
            causes.missing(extra).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(missing("PATCH", &["x-csrf-token", "TRACEPARENT"], &[]), [""; 0]);
        assert_eq!(missing("patch", &["X-Mine"], &[]), ["patch", "X-Mine"]);
        assert_eq!(missing("DELETE", &["X-Mine"], &["x-mine".to_owned()]), [""; 0]);
    }
}
