//! From the name of a variable to the key it sets: `CONCIERGE__SECTION__KEY` sets `section.key`.

pub(super) const PREFIX: &str = "CONCIERGE__";

/// The dotted key that `rest`, a variable's name after [`PREFIX`], stands for; `None` unless it is SECTION__KEY in
/// capital letters, digits and single underscores inside.
pub(super) fn key_of(rest: &str) -> Option<String> {
    let (section, key) = rest.split_once("__")?;
    (is_segment(section) && is_segment(key)).then(|| format!("{section}.{key}").to_ascii_lowercase())
}

/// Whether a variable means to set a key but lacks an underscore: `CONCIERGE_CORS__PUBLIC`. Others of that beginning,
/// such as `CONCIERGE_PORT`, which Kubernetes sets for a service of the name, are none of ours.
pub(super) fn is_misspelt(name: &str) -> bool {
    name.strip_prefix("CONCIERGE_").and_then(key_of).is_some()
}

fn is_segment(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    text.chars().all(allowed) && text.split('_').all(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_segments_make_a_dotted_key() {
        assert_eq!(key_of("TOKENS__ACCESS_TTL").as_deref(), Some("tokens.access_ttl"));
    }

    #[test]
    fn one_underscore_too_few_is_told_from_variables_of_others() {
        assert!(is_misspelt("CONCIERGE_CORS__PUBLIC"));
        for name in
            ["CONCIERGE__CORS__PUBLIC", "CONCIERGE_ENV", "CONCIERGE_PORT_5000_TCP", "CONCIERGE", "HOME"]
        {
            assert!(!is_misspelt(name), "{name}");
        }
    }

    #[test]
    fn any_other_shape_is_no_key() {
        let malformed = [
            "",
            "PORT",
            "SERVER__",
            "__PORT",
            "SERVER__PORT__X",
            "server__port",
            "SERVER___PORT",
            "A__B-C",
            "A__B_",
        ];
        for rest in malformed {
            assert_eq!(key_of(rest), None, "{rest}");
        }
    }
}
