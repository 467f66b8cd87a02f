//! The name a user logs in with.

use std::borrow::Cow;
use std::fmt;

use precis_core::profile::PrecisFastInvocation;
use precis_profiles::UsernameCaseMapped;

use crate::precis::{self, Refusal};

/// A username in its one canonical form: RFC 8265, UsernameCaseMapped, 3 to 64 characters (code points).
///
/// Upper and lower case, full and half width, composed and decomposed spellings are one name: `Ａlice` and
/// `alice` are equal. An e-mail address is a username, too; blanks are not allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(String);

/// Why a text is no username. Each says so in a sentence that may be shown to whoever typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    /// Fewer than [`Username::MIN_CHARS`] characters.
    #[error("A username must have at least {} characters.", Username::MIN_CHARS)]
    TooShort,
    /// More than [`Username::MAX_CHARS`] characters.
    #[error("A username may have at most {} characters.", Username::MAX_CHARS)]
    TooLong,
    /// A character that RFC 8264 forbids in identifiers: blanks, symbols, control characters and the like.
    #[error("A username cannot contain {0:?}.")]
    Character(char),
    /// Left-to-right and right-to-left letters are mixed against RFC 5893.
    #[error("A username cannot mix left-to-right and right-to-left letters like this.")]
    Direction,
    /// The text has no canonical form, for every round of RFC 8264, section 7, changes it again.
    #[error("This username has no unambiguous spelling.")]
    Unstable,
}

/// Why a stored text is no username in canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoredUsernameError {
    /// It is no username at all.
    #[error("not a username")]
    Invalid(#[from] UsernameError),
    /// It is a username, but spelled differently from its canonical form.
    #[error("a username that is not in canonical form")]
    NotCanonical,
}

impl Username {
    /// The fewest characters of the canonical form.
    pub const MIN_CHARS: usize = 3;
    /// The most characters of the canonical form.
    pub const MAX_CHARS: usize = 64;
    /// The most bytes that are looked at, so that a megabyte is refused before it costs anything: 64
    /// characters, each decomposed into four of four bytes.
    const MAX_INPUT_BYTES: usize = 1024;

    /// Reads a username in whatever spelling and keeps its canonical form.
    pub fn parse(text: &str) -> Result<Self, UsernameError> {
        if text.is_empty() {
            return Err(UsernameError::TooShort);
        }
        if text.len() > Self::MAX_INPUT_BYTES {
            return Err(UsernameError::TooLong);
        }
        let canonical = precis::enforce_until_stable(text, enforce)?;
        match canonical.chars().count() {
            ..Self::MIN_CHARS => Err(UsernameError::TooShort),
            Self::MIN_CHARS..=Self::MAX_CHARS => Ok(Self(canonical.as_str().to_owned())),
            _ => Err(UsernameError::TooLong),
        }
    }

    /// Reads a username that a store has kept: one that is not in canonical form was not written by
    /// concierge, and would never be found by its name.
    pub fn from_canonical(text: &str) -> Result<Self, StoredUsernameError> {
        let username = Self::parse(text)?;
        (username.0 == text).then_some(username).ok_or(StoredUsernameError::NotCanonical)
    }

    /// The canonical form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One round of the profile. The library maps case letter by letter; RFC 8264, section 5.2.3, asks for Unicode's
/// toLowercase, which knows a final sigma. So that one comes first, after what is forbidden has been refused.
fn enforce(text: &str) -> Result<Cow<'_, str>, precis_core::Error> {
    let lower = UsernameCaseMapped::prepare(text)?.to_lowercase();
    UsernameCaseMapped::enforce(lower)
}

impl From<Refusal> for UsernameError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Character(character) => Self::Character(character),
            Refusal::Whole => Self::Direction,
            Refusal::Unstable => Self::Unstable,
        }
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(text: &str) -> String {
        Username::parse(text).unwrap().to_string()
    }

    #[test]
    fn spellings_that_differ_in_case_width_or_composition_are_one_name() {
        for text in ["alice", "Alice", "ALICE", "Ａlice", "ＡＬＩＣＥ"] {
            assert_eq!(canonical(text), "alice", "{text}");
        }
        assert_eq!(canonical("Zoe\u{308}"), "zo\u{eb}");
        assert_eq!(canonical("ΣΊΣΥΦΟΣ"), "σίσυφος");
        assert_eq!(canonical("Σίσυφος"), "σίσυφος");
    }

    #[test]
    fn an_e_mail_address_is_a_username() {
        assert_eq!(canonical("Alice.B+news@Example.com"), "alice.b+news@example.com");
    }

    #[test]
    fn lengths_are_counted_in_characters_of_the_canonical_form() {
        assert_eq!(Username::parse(""), Err(UsernameError::TooShort));
        assert_eq!(Username::parse("ab"), Err(UsernameError::TooShort));
        assert_eq!(canonical("abc"), "abc");
        assert_eq!(canonical(&"é".repeat(64)), "é".repeat(64));
        assert_eq!(canonical(&"e\u{301}".repeat(64)), "é".repeat(64), "128 characters that compose to 64");
        assert_eq!(Username::parse(&"é".repeat(65)), Err(UsernameError::TooLong));
        assert_eq!(Username::parse(&"a".repeat(1 << 20)), Err(UsernameError::TooLong));
        assert_eq!(Username::parse("e\u{301}e"), Err(UsernameError::TooShort), "three that compose to two");
    }

    #[test]
    fn what_is_no_identifier_is_refused_with_the_culprit() {
        for (text, culprit) in [
            ("a b c", ' '),
            (" alice", ' '),
            ("ali\0ce", '\0'),
            ("ali\u{200b}ce", '\u{200b}'),
            ("ali☠ce", '☠'),
        ] {
            assert_eq!(Username::parse(text), Err(UsernameError::Character(culprit)), "{text:?}");
        }
        assert_eq!(Username::parse("\u{5d0}\u{5d1}abc"), Err(UsernameError::Direction));
        assert!(Username::parse("\u{5d0}\u{5d1}\u{5d2}").is_ok());
        assert_eq!(UsernameError::Character('\0').to_string(), "A username cannot contain '\\0'.");
        assert_eq!(UsernameError::TooShort.to_string(), "A username must have at least 3 characters.");
    }

    #[test]
    fn a_store_gets_back_nothing_but_canonical_names() {
        assert_eq!(Username::from_canonical("alice"), Ok(Username::parse("alice").unwrap()));
        assert_eq!(Username::from_canonical("Alice"), Err(StoredUsernameError::NotCanonical));
        assert_eq!(Username::from_canonical("a"), Err(StoredUsernameError::Invalid(UsernameError::TooShort)));
    }

    proptest! {
        #[test]
        fn every_name_is_canonical_once_parsed(text in "\\PC{0,70}") {
            if let Ok(name) = Username::parse(&text) {
                prop_assert_eq!(Username::from_canonical(name.as_str()), Ok(name.clone()));
                prop_assert!((3..=64).contains(&name.as_str().chars().count()));
            }
        }

        // Not the other way round: of a few pairs only the small letter was assigned when the profile's tables
        // were made.
        #[test]
        fn a_name_in_capitals_is_the_name_in_small_letters(
            text in "[\\p{Lu}&&[\\p{Latin}\\p{Greek}\\p{Cyrillic}]]{3,20}",
        ) {
            if let Ok(name) = Username::parse(&text) {
                prop_assert_eq!(Username::parse(&text.to_lowercase()), Ok(name));
            }
        }
    }
}
