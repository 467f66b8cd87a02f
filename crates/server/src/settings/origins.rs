//! `[origins]`: the frontends that may call.

use concierge_origins::OriginPattern;

use super::locations;
use super::reader::{Read, Reader};

/// Which frontends may call.
#[derive(Clone, Debug)]
pub struct Origins {
    /// Exact origins and patterns; none means that only the API's own origins may.
    pub allowed: Vec<OriginPattern>,
}

impl Origins {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let allowed = reader.list("origins.allowed", locations::pattern)?;
        for warning in allowed.iter().filter_map(OriginPattern::warning) {
            reader.warn(format!("origins.allowed: {warning}"));
        }
        if allowed.is_empty() && reader.environment().is_production() {
            reader.warn("origins.allowed is empty: no frontend on another origin can call".to_owned());
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
    fn blank_text_allows_nobody() {
        assert_eq!(shown(&with(&[("ORIGINS__ALLOWED", "")]).unwrap()), [""; 0]);
    }

    #[test]
    fn a_pattern_that_lets_strangers_in_warns() {
        let settings = with(&[("ORIGINS__ALLOWED", "https://app-*.github.io")]).unwrap();
        assert_eq!(settings.warnings.len(), 1);
        assert!(settings.warnings[0].starts_with("origins.allowed: "), "{:?}", settings.warnings);
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
