//! Placeholders: what of a text is known only when a deployment is asked.

use crate::row::Need;

/// Every placeholder without an argument, and what a row that uses it needs: one of these.
pub(crate) const KNOWN: &[(&str, &[Need])] = &[
    ("own", &[]),
    ("stranger", &[]),
    ("origin", &[Need::Origin]),
    ("origin_upper", &[Need::Origin]),
    ("scheme", &[Need::Origin]),
    ("other_scheme", &[Need::Origin]),
    ("host", &[Need::Origin]),
    ("port", &[Need::Origin]),
    ("new_username", &[Need::Write]),
    ("username", &[Need::Account, Need::Session, Need::FreshSession, Need::Tokens]),
    ("new_password", &[Need::Write]),
    ("password", &[Need::Account, Need::Session, Need::FreshSession, Need::Tokens]),
    ("access", &[Need::Session, Need::FreshSession]),
    ("refresh", &[Need::Session, Need::FreshSession]),
    ("csrf", &[Need::Session, Need::FreshSession]),
    ("session_id", &[Need::Session, Need::FreshSession]),
    ("bearer", &[Need::Tokens]),
    ("bearer_refresh", &[Need::Tokens]),
];

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    /// `{name}` or `{name:argument}`.
    Placeholder(&'a str, Option<&'a str>),
}

/// Cuts a text at its placeholders. Braces around anything else, as in JSON, are text.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((start, end)) = next_placeholder(rest) {
        let inner = &rest[start + 1..end];
        let (name, argument) =
            inner.split_once(':').map_or((inner, None), |(name, argument)| (name, Some(argument)));
        parts.push(Part::Text(&rest[..start]));
        parts.push(Part::Placeholder(name, argument));
        rest = &rest[end + 1..];
    }
    parts.push(Part::Text(rest));
    parts
}

fn next_placeholder(text: &str) -> Option<(usize, usize)> {
    text.match_indices('{').find_map(|(start, _)| {
        let end = start + text[start..].find('}')?;
        let inner = &text[start + 1..end];
        let (name, argument) = inner.split_once(':').unwrap_or((inner, "x"));
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let is_argument = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        (is_name && !argument.is_empty() && argument.bytes().all(is_argument)).then_some((start, end))
    })
}

/// What is wrong with the placeholders of a text in a row with these needs; `in_expectation` also allows `{answer:…}`.
pub(crate) fn fault(text: &str, needs: &[Need], in_expectation: bool) -> Option<String> {
    parts(text).into_iter().find_map(|part| match part {
        Part::Text(_) | Part::Placeholder("cookie", Some(_)) => None,
        Part::Placeholder("answer", Some(_)) if in_expectation => None,
        Part::Placeholder(name, None) => match KNOWN.iter().find(|(known, _)| *known == name) {
            None => Some(format!("{{{name}}} is no placeholder")),
            Some((_, of)) if of.is_empty() || of.iter().any(|need| needs.contains(need)) => None,
            Some((_, of)) => Some(format!("{{{name}}} asks for {of:?} among the row's needs")),
        },
        Part::Placeholder(name, Some(_)) => Some(format!("{{{name}:…}} is no placeholder here")),
    })
}

/// Puts in what `value` knows for each placeholder.
///
/// # Errors
/// The placeholder that nothing is known for.
pub(crate) fn fill(
    text: &str,
    value: impl Fn(&str, Option<&str>) -> Option<String>,
) -> Result<String, String> {
    let mut filled = String::new();
    for part in parts(text) {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Placeholder(name, argument) => {
                let known = value(name, argument);
                let whole = || argument.map_or(name.to_owned(), |argument| format!("{name}:{argument}"));
                filled.push_str(&known.ok_or_else(|| format!("there is nothing for {{{}}}", whole()))?);
            }
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_the_braces_of_json_are_not_taken_for_any() {
        let value = |name: &str, argument: Option<&str>| match (name, argument) {
            ("a", None) => Some("1".to_owned()),
            ("cookie", Some(name)) => Some(format!("{name}=2")),
            _ => None,
        };
        let text = r#"{"a": {}, "b": "{a}", "c": ["{cookie:x_y-Z}"], "d": {"e": "{"}}{a}"#;
        let filled = fill(text, value).unwrap();
        assert_eq!(filled, r#"{"a": {}, "b": "1", "c": ["x_y-Z=2"], "d": {"e": "{"}}1"#);
        assert_eq!(fill("{b}", value).unwrap_err(), "there is nothing for {b}");
        assert_eq!(fill("{b:c}", value).unwrap_err(), "there is nothing for {b:c}");
    }

    #[test]
    fn a_row_has_to_need_what_it_uses() {
        assert_eq!(fault("{own} {stranger} {cookie:visitor}", &[], false), None);
        assert_eq!(fault("{origin}", &[Need::Origin], false), None);
        assert!(fault("{origin}", &[], false).unwrap().contains("Origin"));
        assert!(fault("{orign}", &[Need::Origin], false).unwrap().contains("no placeholder"));
        assert!(fault("{answer:Vary}", &[], false).is_some());
        assert_eq!(fault("{answer:Vary}", &[], true), None);
    }
}
