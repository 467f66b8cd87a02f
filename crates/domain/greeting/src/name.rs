//! The name of whoever is greeted.

use std::fmt;

/// A visitor's name: trimmed, not empty, at most [`Name::MAX_CHARS`] characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left of it once it is trimmed.
    #[error("Field 'name' cannot be empty")]
    Empty,
    /// Longer than [`Name::MAX_CHARS`] characters.
    #[error("Field 'name' cannot be longer than {} characters", Name::MAX_CHARS)]
    TooLong,
}

impl Name {
    /// The most characters (Unicode scalar values) a name may have.
    pub const MAX_CHARS: usize = 1000;

    /// Reads a name, trimming white space around it.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            Err(NameError::Empty)
        } else if trimmed.chars().count() > Self::MAX_CHARS {
            Err(NameError::TooLong)
        } else {
            Ok(Self(trimmed.to_owned()))
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_may_have_a_thousand_characters_of_any_script() {
        assert_eq!(Name::parse("\t Ünal\u{3000}").unwrap().to_string(), "Ünal");
        assert!(Name::parse(&"é".repeat(1000)).is_ok());
    }

    #[test]
    fn blank_and_endless_names_are_refused() {
        assert_eq!(Name::parse(" \n"), Err(NameError::Empty));
        assert_eq!(Name::parse(&"é".repeat(1001)), Err(NameError::TooLong));
    }
}
