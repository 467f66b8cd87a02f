//! `[origins]`: the frontends that may call.

use concierge_kernel::Timestamp;
use concierge_origins::OriginPattern;

use super::locations;
use super::reader::{Read, Reader};

/// Which frontends may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    /// Exact origins and patterns; none means that only the API's own origins may.
    pub allowed: Vec<Listing>,
}

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Whom it lets in.
    pub pattern: OriginPattern,
    /// From when on it no longer does, as for the preview of a branch; `None` for one that stays.
    pub until: Option<Timestamp>,
}

impl Listing {
    /// Reads `https://app.example.com` or `https://pr-7.example.com until 2026-12-24T18:00:00Z`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // No origin has a blank in it.
        let (pattern, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim_start();
        let word = rest.split_whitespace().next().unwrap_or_default();
        if !word.eq_ignore_ascii_case("until") {
            return Ok(Self { pattern: locations::pattern(text)?, until: None });
        }
        let until = rest[word.len()..].trim().parse().map_err(|_| {
            "after `until` a moment was expected, such as https://pr-7.example.com until 2026-12-24T18:00:00Z".to_owned()
        })?;
        Ok(Self { pattern: locations::pattern(pattern)?, until: Some(until) })
    }

    /// Whether it lets anybody in at `now`.
    pub fn lives(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl std::fmt::Display for Listing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.pattern.fmt(f)?;
        self.until.map_or(Ok(()), |until| write!(f, " until {until}"))
    }
}

impl Origins {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let allowed = reader.list("origins.allowed", Listing::parse)?;
        let now = reader.now();
        for listing in allowed.iter().filter(|listing| !listing.lives(now)) {
            reader
                .warn(format!("origins.allowed: the time of {listing} is over, and its pages may not call"));
        }
        if !allowed.iter().any(|listing| listing.lives(now)) && reader.environment().is_production() {
            reader.warn("origins.allowed lets nobody in: no frontend on another origin can call".to_owned());
        }
        Ok(Self { allowed })
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{faults, with, with_local};

    fn shown(settings: &super::super::Settings) -> Vec<String> {
        settings.origins.allowed.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn origins_come_with_commas_and_blanks_or_as_an_array() {
        let expected = ["https://app.example.com", "https://*.preview.example.com"];
        let commas =
            with(&[("ORIGINS__ALLOWED", " https://app.example.com ,\thttps://*.preview.example.com ")]);
        assert_eq!(shown(&commas.unwrap()), expected);
        let array = r#"origins.allowed = ["https://app.example.com", "https://*.preview.example.com"]"#;
        assert_eq!(shown(&with_local(array, &[]).unwrap()), expected);
        let text = r#"origins.allowed = "https://app.example.com, https://*.preview.example.com""#;
        assert_eq!(shown(&with_local(text, &[]).unwrap()), expected);
    }

    #[test]
    fn an_entry_may_say_until_when_it_counts() {
        let line = "https://app.example.com, https://pr-7.example.com until 2026-12-24T18:00:00+01:00";
        let settings = with(&[("ORIGINS__ALLOWED", line)]).unwrap();
        let until = "https://pr-7.example.com until 2026-12-24T17:00:00.000000Z";
        assert_eq!(shown(&settings), ["https://app.example.com", until]);
        let [stays, ends] = &settings.origins.allowed[..] else { panic!("{:?}", settings.origins) };
        let end = ends.until.unwrap();
        assert_eq!([stays.lives(end), ends.lives(end)], [true, false]);
        assert!(ends.lives(end.minus(std::time::Duration::from_secs(1))));
        let upper =
            with(&[("ORIGINS__ALLOWED", "https://pr-7.example.com\tUNTIL  2026-12-24T18:00:00Z")]).unwrap();
        assert!(upper.origins.allowed[0].until.is_some());
        for wrong in ["https://pr-7.example.com until Christmas", "https://pr-7.example.com until"] {
            let faults = faults(&[("ORIGINS__ALLOWED", wrong)]);
            assert!(faults[0].contains("after `until` a moment was expected"), "{faults:?}");
        }
    }

    #[test]
    fn blank_text_allows_nobody() {
        assert_eq!(shown(&with(&[("ORIGINS__ALLOWED", "")]).unwrap()), [""; 0]);
    }

    #[test]
    fn a_pattern_that_lets_strangers_in_warns() {
        let settings = with(&[("ORIGINS__ALLOWED", "https://app-*.github.io")]).unwrap();
        let strangers =
            |warning: &String| warning.starts_with("origins.allowed: ") && warning.contains("strangers");
        assert!(settings.warnings.iter().any(strangers), "{:?}", settings.warnings);
    }

    #[test]
    fn each_bad_item_is_a_fault_of_its_own() {
        let items = "*, null, https://ok.example.com,, https://a.example.com/, https://me:pass@b.example.com";
        let faults = faults(&[("ORIGINS__ALLOWED", items)]);
        assert_eq!(faults.len(), 5, "{faults:?}");
        assert!(faults[0].starts_with("origins.allowed = \"*\" (from CONCIERGE__ORIGINS__ALLOWED): "));
        assert!(!faults.concat().contains("pass"), "{faults:?}");
    }

    #[test]
    fn an_array_holds_texts_alone() {
        let error = with_local("origins.allowed = [5]", &[]).unwrap_err().to_string();
        assert!(error.contains("origins.allowed = 5 (from "), "{error}");
    }
}
