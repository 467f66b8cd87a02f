//! Origins in settings, and why a text is none without repeating a password in it.

use concierge_origins::{Origin, OriginError, OriginPattern};

/// One origin.
pub(super) fn origin(text: &str) -> Result<Origin, String> {
    Origin::parse(text).map_err(|error| explained(text, &error))
}

/// An origin, or a pattern of origins.
pub(super) fn pattern(text: &str) -> Result<OriginPattern, String> {
    OriginPattern::parse(text).map_err(|error| explained(text, &error))
}

/// Whether what travels to this origin can be read on the way: http, and not within one machine.
pub(super) fn is_exposed(origin: &Origin) -> bool {
    !origin.is_https() && !origin.is_loopback()
}

fn explained(text: &str, error: &OriginError) -> String {
    // The error's own sentence begins with the text, and before an @ stands what may be a password.
    match (text.contains('@'), error.instead()) {
        (false, _) => error.to_string(),
        (true, Some(instead)) => format!("it {}; write `{instead}`", error.fault()),
        (true, None) => format!("it {}", error.fault()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_explained_with_what_to_write_instead() {
        let expected = "`https://a.example/` has a trailing slash; write `https://a.example`";
        assert_eq!(origin("https://a.example/"), Err(expected.to_owned()));
    }

    #[test]
    fn a_password_in_an_origin_is_not_repeated() {
        let expected = "it names a user; write `https://a.example`";
        assert_eq!(origin("https://me:hunter2@a.example"), Err(expected.to_owned()));
        for text in ["me:hunter2@a b", "https://me:hunter2@", "ftp://me:hunter2@a.example"] {
            assert!(!pattern(text).unwrap_err().contains("hunter2"), "{text}");
        }
    }
}
