//! The languages a visitor can be greeted in.

/// A language, by its ISO 639-1 code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// `en`, the default.
    #[default]
    English,
    /// `es`
    Spanish,
    /// `fr`
    French,
}

/// Nobody here speaks that language. Carries what was asked for, cut to forty characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Invalid or unsupported language selection: '{0}'")]
pub struct UnsupportedLanguage(String);

/// As much of a mistake as is worth repeating to whoever made it.
const REPEATED_CHARS: usize = 40;

impl Language {
    /// Every language.
    pub const ALL: [Self; 3] = [Self::English, Self::Spanish, Self::French];

    /// Reads a language's code, in any case.
    pub fn parse(code: &str) -> Result<Self, UnsupportedLanguage> {
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(code))
            .ok_or_else(|| UnsupportedLanguage(code.chars().take(REPEATED_CHARS).collect()))
    }

    /// The ISO 639-1 code, in lower case.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
            Self::French => "fr",
        }
    }

    pub(crate) fn hello(self) -> &'static str {
        match self {
            Self::English => "Hello",
            Self::Spanish => "Hola",
            Self::French => "Bonjour",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_in_any_case() {
        assert_eq!(Language::parse("ES"), Ok(Language::Spanish));
        assert_eq!(Language::parse("fR"), Ok(Language::French));
    }

    #[test]
    fn any_other_code_is_repeated_in_the_error_but_not_at_length() {
        let error = Language::parse("foo").unwrap_err();
        assert_eq!(error.to_string(), "Invalid or unsupported language selection: 'foo'");
        let error = Language::parse(&"é".repeat(10_000)).unwrap_err();
        assert!(error.to_string().chars().count() < 100);
        assert!(Language::parse("").is_err());
        assert!(Language::parse(" en").is_err());
    }
}
