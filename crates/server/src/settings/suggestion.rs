//! What an operator may have meant by a key that concierge does not know.

/// Below this share of equal letters a suggestion confuses more than it helps.
const SIMILAR: f64 = 0.6;

/// One sentence about `unknown`: the nearest of the `known` keys, or what its section holds.
pub(super) fn about(unknown: &str, known: &[&str]) -> String {
    let inside =
        |section: &str, key: &str| key.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'));
    if let Some(key) = known.iter().find(|key| inside(unknown, key)) {
        return format!("{unknown} is a section, not a key; it has keys such as {key}");
    }
    if let Some(key) = known.iter().find(|key| inside(key, unknown)) {
        return format!("unknown key; {key} takes one value and has no keys of its own");
    }
    let likeness = |key: &str| strsim::normalized_damerau_levenshtein(unknown, key);
    let nearest = known.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    if let Some(key) = nearest.filter(|key| likeness(key) >= SIMILAR) {
        return format!("unknown key; did you mean {key}?");
    }
    let section = unknown.split('.').next().unwrap_or_default();
    let keys: Vec<_> = known.iter().copied().filter(|key| inside(section, key)).collect();
    if keys.is_empty() {
        "unknown key".to_owned()
    } else {
        format!("unknown key; known are {}", keys.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["server.host", "server.port", "log.filter"];

    #[test]
    fn a_misspelt_key_gets_the_nearest_one() {
        assert_eq!(about("server.prot", &KNOWN), "unknown key; did you mean server.port?");
        assert_eq!(about("sever.host", &KNOWN), "unknown key; did you mean server.host?");
    }

    #[test]
    fn a_key_like_no_other_gets_what_its_section_holds() {
        assert_eq!(about("log.colours", &KNOWN), "unknown key; known are log.filter");
        assert_eq!(about("mail.smtp_relay", &KNOWN), "unknown key");
    }

    #[test]
    fn sections_and_keys_taken_for_each_other_are_told_so() {
        let section = "server is a section, not a key; it has keys such as server.host";
        assert_eq!(about("server", &KNOWN), section);
        let value = "unknown key; log.filter takes one value and has no keys of its own";
        assert_eq!(about("log.filter.level", &KNOWN), value);
    }
}
