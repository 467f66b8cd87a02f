//! The beginning of usernames, as somebody who searches types it.

use std::fmt;

use precis_core::profile::Rules as _;
use precis_core::{DerivedPropertyValue, IdentifierClass, StringClass as _};
use precis_profiles::UsernameCaseMapped;

use crate::Username;

/// What the canonical form of usernames begins with; the empty one begins them all.
///
/// Case, width and composition are mapped as for a [`Username`], as far as that can be told without knowing how the
/// name goes on: a capital sigma at the end is left out, for it becomes one of two letters by what follows. Rules about
/// the whole, its length and its direction, do not apply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsernamePrefix(String);

/// Why no username begins with a text. Each says so in a sentence that may be shown to whoever typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernamePrefixError {
    /// More than [`Username::MAX_CHARS`] characters.
    #[error("A username has at most {} characters.", Username::MAX_CHARS)]
    TooLong,
    /// A character that no username has.
    #[error("No username contains {0:?}.")]
    Character(char),
}

/// A letter that goes with every other: what a name might go on with.
const ANY_LETTER: char = 'a';

impl UsernamePrefix {
    /// The most bytes that are looked at; see [`Username`].
    const MAX_INPUT_BYTES: usize = 1024;

    /// Reads the beginning of a username in whatever spelling and keeps its canonical form.
    pub fn parse(text: &str) -> Result<Self, UsernamePrefixError> {
        if text.len() > Self::MAX_INPUT_BYTES {
            return Err(UsernamePrefixError::TooLong);
        }
        // What the two have in common does not depend on what follows.
        let alone = canonical(text)?;
        let continued = canonical(&format!("{text}{ANY_LETTER}"))?;
        let common = alone.chars().zip(continued.chars()).take_while(|(one, other)| one == other);
        let prefix: String = common.map(|(letter, _)| letter).collect();
        let fits = prefix.chars().count() <= Username::MAX_CHARS;
        fits.then_some(Self(prefix)).ok_or(UsernamePrefixError::TooLong)
    }

    /// The canonical form: the least text that begins with it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A text greater than every username with this prefix and, in the order of code points, less than every other
    /// that comes after them: U+10FFFF is no character and stands in no name.
    pub fn end(&self) -> String {
        format!("{}\u{10ffff}", self.0)
    }

    /// Whether this name begins so.
    pub fn begins(&self, username: &Username) -> bool {
        username.as_str().starts_with(&self.0)
    }
}

/// The mappings of the profile without its rules about the whole.
fn canonical(text: &str) -> Result<String, UsernamePrefixError> {
    // None of these rules refuses anything today; the library keeps the right to.
    let unmappable = |_| UsernamePrefixError::Character(char::REPLACEMENT_CHARACTER);
    let profile = UsernameCaseMapped::new();
    let narrow = profile.width_mapping_rule(text).map_err(unmappable)?;
    if let Some(culprit) = narrow.chars().find(|letter| !may_stand_in_a_name(*letter)) {
        return Err(UsernamePrefixError::Character(culprit));
    }
    let lower = profile.case_mapping_rule(narrow.to_lowercase()).map_err(unmappable)?;
    Ok(profile.normalization_rule(lower).map_err(unmappable)?.into_owned())
}

/// Whether a name can contain a character at all, wherever it stands.
fn may_stand_in_a_name(letter: char) -> bool {
    use DerivedPropertyValue::{ContextJ, ContextO, PValid, SpecClassPval};
    let property = IdentifierClass::default().get_value_from_char(letter);
    matches!(property, PValid | SpecClassPval | ContextJ | ContextO)
}

impl fmt::Display for UsernamePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn prefix(text: &str) -> UsernamePrefix {
        UsernamePrefix::parse(text).unwrap()
    }

    fn name(text: &str) -> Username {
        Username::parse(text).unwrap()
    }

    #[test]
    fn a_prefix_finds_names_in_whatever_case_and_width_both_are_typed() {
        for typed in ["", "a", "A", "Ａl", "ALICE", "alice"] {
            assert!(prefix(typed).begins(&name("Alice")), "{typed}");
        }
        assert!(prefix("Zoe\u{308}").begins(&name("zoë")));
        assert!(!prefix("alicia").begins(&name("alice")));
    }

    #[test]
    fn a_sigma_at_the_end_finds_the_name_however_it_goes_on() {
        for typed in ["Σ", "ΣΊΣ", "Σίσ", "ΣΊΣΥΦΟΣ", "σίσυφος"] {
            assert!(prefix(typed).begins(&name("Σίσυφος")), "{typed}");
        }
        assert_eq!(prefix("ΣΊΣ").as_str(), "σί");
    }

    #[test]
    fn the_beginning_of_a_name_need_not_be_a_name() {
        assert_eq!(prefix("a").as_str(), "a");
        // A full stop may stand within a name of right-to-left letters but not at its end.
        assert!(Username::parse("\u{5d0}\u{5d1}\u{5d2}.").is_err());
        assert!(prefix("\u{5d0}\u{5d1}\u{5d2}.").begins(&name("\u{5d0}\u{5d1}\u{5d2}.\u{5d0}")));
    }

    #[test]
    fn what_no_name_begins_with_is_refused_with_the_reason() {
        for (typed, culprit) in [("al ice", ' '), ("\0", '\0'), ("ali☠", '☠')] {
            assert_eq!(UsernamePrefix::parse(typed), Err(UsernamePrefixError::Character(culprit)));
        }
        assert!(UsernamePrefix::parse(&"é".repeat(64)).is_ok());
        for long in ["é".repeat(65), "a".repeat(1 << 20)] {
            assert_eq!(UsernamePrefix::parse(&long), Err(UsernamePrefixError::TooLong));
        }
    }

    proptest! {
        #[test]
        fn every_beginning_of_what_was_typed_finds_the_name(text in "[\\p{L}\\p{N}.-]{3,20}", cut in 0_usize..20) {
            // A letter that is cut from its marks is another letter; those have their case above.
            if let Ok(whole) = Username::parse(&text)
                && whole.as_str().chars().count() == text.chars().count()
            {
                let typed: String = text.chars().take(cut).collect();
                prop_assert!(prefix(&typed).begins(&whole), "{typed:?} {:?}", whole.as_str());
            }
        }

        #[test]
        fn the_range_of_a_prefix_holds_its_names_and_no_others(typed in "[a-c]{0,2}", text in "[a-c]{3,4}") {
            let (prefix, name) = (prefix(&typed), name(&text));
            let within = prefix.as_str() <= name.as_str() && name.as_str() < prefix.end().as_str();
            prop_assert_eq!(within, prefix.begins(&name));
        }
    }
}
