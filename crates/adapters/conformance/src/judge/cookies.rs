//! Judges what becomes of cookies.

use crate::cookie::SetCookie;
use crate::expect::{Becomes, CookieRule};
use crate::http::Answer;
use crate::report::Fault;

/// `earlier` are the cookies that were set before the request, the last of a name being the one in the browser.
pub(super) fn faults(rule: &CookieRule, answer: &Answer, earlier: &[SetCookie]) -> Vec<Fault> {
    let name = &rule.name;
    let all = SetCookie::all(answer);
    let named: Vec<&SetCookie> = all.iter().filter(|cookie| cookie.base_name() == name).collect();
    let cookie = match named[..] {
        [] if rule.becomes == Becomes::Untouched => return Vec::new(),
        [] => {
            let expected = if rule.becomes == Becomes::Set { "set" } else { "cleared" };
            return vec![Fault::new(format!("the cookie {name} {expected}"), "no word of it")];
        }
        [cookie] => cookie,
        // RFC 6265bis, section 4.1.1.
        _ => return vec![Fault::new(format!("the cookie {name} once"), format!("{} times", named.len()))],
    };
    let mut faults = Vec::new();
    // Its value is somebody's token and told to nobody.
    let came =
        || cookie.identity() + &cookie.max_age().map_or_else(String::new, |age| format!("; Max-Age={age}"));
    let mut check = |holds: bool, expected: String| {
        if !holds {
            faults.push(Fault::new(expected, came()));
        }
    };
    match rule.becomes {
        Becomes::Set => {
            check(!cookie.is_cleared() && !cookie.value.is_empty(), format!("the cookie {name} set"));
        }
        Becomes::Cleared => check(cookie.is_cleared(), format!("the cookie {name} cleared")),
        Becomes::Untouched => check(false, format!("no word of the cookie {name}")),
    }
    for attribute in &rule.has {
        check(cookie.attribute(attribute).is_some(), format!("{attribute} on {name}"));
    }
    for attribute in &rule.lacks {
        check(cookie.attribute(attribute).is_none(), format!("no {attribute} on {name}"));
    }
    for (attribute, wanted) in &rule.values {
        let wanted = wanted.as_slice();
        let found = cookie.attribute(attribute).unwrap_or_default();
        // Paths are the only ones whose case counts.
        let path = attribute.eq_ignore_ascii_case("Path");
        let holds =
            wanted.iter().any(|one| if path { one == found } else { one.eq_ignore_ascii_case(found) });
        check(holds, format!("{attribute}={} on {name}", wanted.join(" or ")));
    }
    if let Some((least, greatest)) = rule.max_age {
        let holds = cookie.max_age().is_some_and(|age| (least..=greatest).contains(&age));
        check(holds, format!("a Max-Age from {least} to {greatest} on {name}"));
    }
    if let Some(prefixes) = &rule.prefix {
        let prefixes = prefixes.as_slice();
        let holds = prefixes.iter().any(|prefix| prefix == cookie.prefix());
        let told =
            prefixes.iter().map(|prefix| if prefix.is_empty() { "no prefix" } else { prefix.as_str() });
        check(holds, format!("{} on {name}", told.collect::<Vec<_>>().join(" or ")));
    }
    if rule.keeps_prefix
        && let Some(promise) = cookie.broken_promise()
    {
        check(false, format!("{promise} on {}, as its prefix promises", cookie.name));
    }
    if rule.mirrors {
        let before = earlier.iter().rev().find(|before| before.base_name() == name);
        let wanted = before.map_or("it had been set before".to_owned(), SetCookie::identity);
        check(cookie.identity() == wanted, format!("the attributes it was set with, {wanted}"));
    }
    faults
}
