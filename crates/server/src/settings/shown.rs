//! Values as people may see them: on one line, bounded in length, without credentials.

use config::ValueKind;

/// Stands in for every secret.
pub(super) const HIDDEN: &str = "(hidden)";

const LONGEST: usize = 200;

/// The value as TOML would write it.
pub(super) fn shown(value: &ValueKind) -> String {
    match value {
        ValueKind::String(text) => quoted(text),
        ValueKind::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| shown(&item.kind)).collect();
            format!("[{}]", items.join(", "))
        }
        ValueKind::Table(_) => "{ … }".to_owned(),
        other => other.to_string(),
    }
}

/// The text in quotes, escaped, cut when long, and without what may be a URL's user and password.
pub(super) fn quoted(text: &str) -> String {
    let text = without_password_parameter(&without_credentials(text));
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// A URL that is known to be one: its scheme, its hosts and what follows them, without who connects and what its query says.
pub(super) fn address(url: &str) -> String {
    let (before, query) = url.split_once('?').unwrap_or((url, ""));
    let shown = without_credentials(before);
    quoted(&if query.is_empty() { shown } else { format!("{shown}?{HIDDEN}") })
}

/// Hides all before the last `@` but the first scheme, rather too much than too little: passwords hold any character.
fn without_credentials(text: &str) -> String {
    let Some((before, host)) = text.rsplit_once('@') else { return text.to_owned() };
    match before.split_once("://") {
        Some((scheme, _)) => format!("{scheme}://{HIDDEN}@{host}"),
        None if before.contains(':') => format!("{HIDDEN}@{host}"),
        None => text.to_owned(),
    }
}

/// Hides what a URL's query says of a password.
fn without_password_parameter(text: &str) -> String {
    let Some((before, query)) = text.split_once('?') else { return text.to_owned() };
    let shown = |parameter: &str| match parameter.split_once('=') {
        Some((name, _)) if name.to_lowercase().contains("password") => format!("{name}={HIDDEN}"),
        _ => parameter.to_owned(),
    };
    let parameters: Vec<_> = query.split('&').map(shown).collect();
    format!("{before}?{}", parameters.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_shows_as_toml_writes_it() {
        assert_eq!(shown(&5.into()), "5");
        assert_eq!(shown(&true.into()), "true");
        assert_eq!(shown(&"a\nb".into()), r#""a\nb""#);
        assert_eq!(shown(&vec!["a", "b"].into()), r#"["a", "b"]"#);
    }

    #[test]
    fn credentials_in_a_url_are_hidden() {
        assert_eq!(quoted("postgres://me:p@ss/w@db/x"), r#""postgres://(hidden)@db/x""#);
        let parameters = quoted("postgres:///x?user=me&password=p=w&host=db");
        assert_eq!(parameters, r#""postgres:///x?user=me&password=(hidden)&host=db""#);
        assert_eq!(quoted("me:pass@db"), r#""(hidden)@db""#);
        assert_eq!(quoted("me@example.com"), r#""me@example.com""#);
    }

    #[test]
    fn of_a_url_scheme_hosts_and_path_are_seen() {
        assert_eq!(
            address("postgres://me:pw@a:1,b/x?sslmode=require"),
            r#""postgres://(hidden)@a:1,b/x?(hidden)""#
        );
        assert_eq!(address("redis://localhost/1"), r#""redis://localhost/1""#);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(quoted(&"é".repeat(201)), format!("\"{}\"…", "é".repeat(200)));
    }
}
