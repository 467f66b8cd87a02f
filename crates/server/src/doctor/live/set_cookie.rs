//! A `Set-Cookie` header that came, held against the one that was expected.

use concierge_probe::Answer;

use super::trouble::{Trouble, excerpt};
use crate::doctor::report::{CookieReport, VALUE};

/// What is wrong with how an answer sets a cookie.
pub(super) fn judge(cookie: &CookieReport, answer: &Answer) -> Option<Trouble> {
    let lines: Vec<_> = lines(answer).filter(|line| base_name(line) == cookie.base_name).collect();
    let expected = attributes(&cookie.line);
    match lines.first() {
        None => Some(Trouble::CookieLost { name: cookie.base_name }),
        Some(_) if lines.iter().any(|line| attributes(line) == expected) => None,
        Some(other) => {
            Some(Trouble::CookieChanged { expected: cookie.line.clone(), found: without_value(other) })
        }
    }
}

/// The cookie as a browser would send it back.
pub(super) fn pair<'a>(base_name_wanted: &str, answer: &'a Answer) -> Option<&'a str> {
    let line = lines(answer).find(|line| base_name(line) == base_name_wanted)?;
    line.split(';').next().map(str::trim)
}

fn lines(answer: &Answer) -> impl Iterator<Item = &str> {
    let named = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Set-Cookie"));
    named.map(|(_, value)| value.as_str())
}

fn base_name(line: &str) -> &str {
    let name = line.split(['=', ';']).next().unwrap_or_default().trim();
    let bare = ["__Host-", "__Secure-"].into_iter().find_map(|prefix| name.strip_prefix(prefix));
    bare.unwrap_or(name)
}

/// Name and attributes in an order of their own. The age is left out: it says for how long, not whether.
fn attributes(line: &str) -> Vec<String> {
    let mut parts = line.split(';').map(str::trim);
    let name = parts.next().and_then(|pair| pair.split('=').next()).unwrap_or_default();
    let mut attributes: Vec<_> = parts.map(normal).filter(|part| !is_age(part)).collect();
    attributes.sort_unstable();
    attributes.insert(0, name.to_owned());
    attributes
}

/// Names of attributes and the values of `SameSite` and `Domain` are compared in any case (RFC 6265bis, section 5.6).
fn normal(attribute: &str) -> String {
    match attribute.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("path") => format!("path={value}"),
        _ => attribute.to_ascii_lowercase(),
    }
}

fn is_age(attribute: &str) -> bool {
    attribute.starts_with("max-age") || attribute.starts_with("expires")
}

fn without_value(line: &str) -> String {
    let (pair, rest) = line.split_once(';').map_or((line, ""), |(pair, rest)| (pair, rest));
    let name = pair.split('=').next().unwrap_or_default();
    let kept: Vec<_> =
        rest.split(';').map(str::trim).filter(|part| !part.is_empty() && !is_age(&normal(part))).collect();
    excerpt(&[&[format!("{name}={VALUE}").as_str()], &kept[..]].concat().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(line: Option<&str>) -> Option<Trouble> {
        let cookie = CookieReport {
            base_name: "visitor",
            line: "__Host-visitor=…; HttpOnly; SameSite=Lax; Secure; Path=/".to_owned(),
            verdicts: concierge_origins::Browser::ALL
                .map(|browser| (browser, concierge_origins::Verdict::Kept)),
        };
        let headers = line.map(|line| ("set-cookie".to_owned(), line.to_owned()));
        judge(&cookie, &Answer { status: 200, headers: headers.into_iter().collect(), body: Vec::new() })
    }

    #[test]
    fn order_case_and_age_do_not_matter_and_everything_else_does() {
        for same in [
            "__Host-visitor=abc; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60",
            "__Host-visitor=; path=/; secure; samesite=lax; httponly; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        ] {
            assert_eq!(judged(Some(same)), None, "{same}");
        }
        for other in [
            "visitor=abc; HttpOnly; SameSite=Lax; Secure; Path=/",
            "__Host-visitor=abc; HttpOnly; SameSite=None; Secure; Path=/",
            "__Host-visitor=abc; HttpOnly; SameSite=Lax; Secure; Path=/api",
            "__Host-visitor=abc; HttpOnly; SameSite=Lax; Path=/",
            "__Host-visitor=abc; HttpOnly; SameSite=Lax; Secure; Path=/; Domain=example.com",
        ] {
            let Some(Trouble::CookieChanged { found, .. }) = judged(Some(other)) else { panic!("{other}") };
            assert!(!found.contains("abc"), "{found}");
        }
        assert_eq!(judged(None), Some(Trouble::CookieLost { name: "visitor" }));
        assert_eq!(judged(Some("other=abc")), Some(Trouble::CookieLost { name: "visitor" }));
    }
}
