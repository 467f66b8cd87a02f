//! Which headers a page may send unasked, and which it may not set at all (Fetch standard, section 2.2.2).

/// What a page may put into a body unasked, the three types of HTML forms.
const FORM_TYPES: [&str; 3] = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

/// What the browser itself writes, whatever a script says ("forbidden request-header").
const WRITTEN_BY_BROWSERS: [&str; 22] = [
    "accept-charset",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// What frameworks take for the method, and so forbidden where it smuggles in a forbidden one.
const METHOD_OVERRIDES: [&str; 3] = ["x-http-method", "x-http-method-override", "x-method-override"];

/// The longest value that goes unasked, in bytes.
const LONGEST_VALUE: usize = 128;

/// Whether no script may send a request by this method: `fetch` throws ("forbidden method").
pub(super) fn is_forbidden_method(method: &str) -> bool {
    ["CONNECT", "TRACE", "TRACK"].iter().any(|forbidden| forbidden.eq_ignore_ascii_case(method))
}

/// Whether a script's header is dropped without a word.
pub(super) fn is_dropped(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    WRITTEN_BY_BROWSERS.contains(&name.as_str())
        || name.starts_with("sec-")
        || name.starts_with("proxy-")
        || (METHOD_OVERRIDES.contains(&name.as_str())
            && value.split(',').any(|method| is_forbidden_method(method.trim())))
}

/// Whether a header goes along unasked ("CORS-safelisted request-header").
pub(super) fn goes_unasked(name: &str, value: &str) -> bool {
    let unasked = match name.to_ascii_lowercase().as_str() {
        "accept" => !value.bytes().any(is_unsafe),
        "accept-language" | "content-language" => {
            value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" *,-.;=".contains(&byte))
        }
        "content-type" => {
            let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            !value.bytes().any(is_unsafe) && FORM_TYPES.contains(&essence.as_str())
        }
        "range" => is_one_range_from_a_start(value),
        _ => false,
    };
    unasked && value.len() <= LONGEST_VALUE
}

/// "CORS-unsafe request-header byte".
fn is_unsafe(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || b"\"():<>?@[\\]{}\x7f".contains(&byte)
}

/// `bytes=0-10` and `bytes=5-`, but not `bytes=-5`, nor several.
fn is_one_range_from_a_start(value: &str) -> bool {
    let Some((start, end)) = value.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| text.parse::<u128>().ok();
    digits(start) && digits(end) && !start.is_empty() && (end.is_empty() || number(start) <= number(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_unasked_is_short_and_harmless() {
        for (name, value, unasked) in [
            ("Accept", "text/html;q=0.5, */*", true),
            ("Accept", "text/html;q=\"x\"", false),
            ("Accept", "a:b", false),
            ("Accept-Language", "de-CH, *;q=0.5", true),
            ("Content-Language", "de_CH", false),
            ("Content-Type", "Text/Plain; charset=utf-8", true),
            ("Content-Type", "multipart/form-data; boundary=\"x\"", false),
            ("Content-Type", "application/json", false),
            ("Range", "bytes=0-10", true),
            ("range", "bytes=5-", true),
            ("Range", "bytes=-5", false),
            ("Range", "bytes=10-0", false),
            ("Range", "bytes=0-1,3-4", false),
            ("Range", "bytes = 0-1", false),
            ("X-Mine", "", false),
        ] {
            assert_eq!(goes_unasked(name, value), unasked, "{name}: {value}");
        }
        assert!(goes_unasked("Accept", &"a".repeat(128)) && !goes_unasked("Accept", &"a".repeat(129)));
    }

    #[test]
    fn what_scripts_may_not_set_is_dropped() {
        for (name, value, dropped) in [
            ("DNT", "1", true),
            ("Via", "", true),
            ("Set-Cookie", "a=b", true),
            ("Sec-Anything", "", true),
            ("Proxy-Authorization", "", true),
            ("X-HTTP-Method-Override", "PUT, trace", true),
            ("X-HTTP-Method-Override", "PUT", false),
            ("User-Agent", "x", false),
            ("Authorization", "Bearer x", false),
        ] {
            assert_eq!(is_dropped(name, value), dropped, "{name}: {value}");
        }
    }
}
