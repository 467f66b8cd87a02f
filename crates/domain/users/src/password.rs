//! A password as somebody types it.

use std::fmt;

use precis_core::profile::PrecisFastInvocation;
use precis_profiles::OpaqueString;
use secrecy::{ExposeSecret, SecretString};

use crate::precis::{self, Refusal};

/// A password: RFC 8265, OpaqueString, 8 to 128 characters (code points). Zeroised when dropped, redacted in
/// `Debug`.
///
/// OpaqueString keeps case and blanks, makes every blank U+0020 and composes (NFC), so that a password
/// typed on another keyboard is still the same. Whether it is hard to guess is asked of a
/// [`NewPassword`](crate::NewPassword) alone: whoever chose theirs under older rules must still get in.
pub struct Password(SecretString);

/// Why a text is no password. Each says so in a sentence that may be shown to whoever typed it, and none
/// repeats a part of what they typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than [`Password::MIN_CHARS`] characters.
    #[error("A password must have at least {} characters.", Password::MIN_CHARS)]
    TooShort,
    /// More than [`Password::MAX_CHARS`] characters.
    #[error("A password may have at most {} characters.", Password::MAX_CHARS)]
    TooLong,
    /// A character that RFC 8264 forbids even in free text: control characters, unassigned ones and the like.
    #[error("A password cannot contain control characters or other invisible ones.")]
    Character,
}

impl Password {
    /// The fewest characters: NIST SP 800-63B, 5.1.1.2.
    pub const MIN_CHARS: usize = 8;
    /// The most characters: room for any passphrase, and a bound on the work one can cause.
    pub const MAX_CHARS: usize = 128;
    /// The most bytes that are looked at: 128 characters, each decomposed into four of four bytes.
    const MAX_INPUT_BYTES: usize = 2048;

    /// Reads a password and keeps its OpaqueString form.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        if text.is_empty() {
            return Err(PasswordError::TooShort);
        }
        if text.len() > Self::MAX_INPUT_BYTES {
            return Err(PasswordError::TooLong);
        }
        let opaque = precis::enforce_until_stable(text, |text| OpaqueString::enforce(text))?;
        match opaque.chars().count() {
            ..Self::MIN_CHARS => Err(PasswordError::TooShort),
            // From a slice, which makes a box of the exact size: from a `String` it could move and leave a copy.
            Self::MIN_CHARS..=Self::MAX_CHARS => Ok(Self(SecretString::from(opaque.as_str()))),
            _ => Err(PasswordError::TooLong),
        }
    }

    /// What to hash in place of a text that is no password, so that it costs the same. It is a password
    /// somebody could have: nothing but a decoy may be checked against it.
    pub(crate) fn stand_in() -> Self {
        Self(SecretString::from("stand-in"))
    }

    /// The password in the clear, for a hasher.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<Refusal> for PasswordError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            // OpaqueString has no rule about the whole but "not empty", and its rules are idempotent on all
            // but forbidden characters.
            Refusal::Character(_) | Refusal::Whole | Refusal::Unstable => Self::Character,
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(text: &str) -> PasswordError {
        Password::parse(text).unwrap_err()
    }

    #[test]
    fn case_and_blanks_stay_and_spellings_of_one_character_become_one() {
        assert_eq!(Password::parse("Correct Horse").unwrap().expose(), "Correct Horse");
        assert_eq!(Password::parse("correct\u{a0}horse\u{3000}").unwrap().expose(), "correct horse ");
        assert_eq!(Password::parse("cafe\u{301}-au-lait").unwrap().expose(), "café-au-lait");
        assert_eq!(Password::parse("a three-headed 🐒!").unwrap().expose(), "a three-headed 🐒!");
    }

    #[test]
    fn eight_to_128_characters_are_allowed() {
        assert_eq!(fault(""), PasswordError::TooShort);
        assert_eq!(fault("1234567"), PasswordError::TooShort);
        assert!(Password::parse("12345678").is_ok());
        assert!(Password::parse(&"🐒".repeat(128)).is_ok());
        assert_eq!(fault(&"🐒".repeat(129)), PasswordError::TooLong);
        assert_eq!(fault(&"x".repeat(1 << 20)), PasswordError::TooLong);
    }

    #[test]
    fn control_characters_are_refused_without_repeating_them() {
        assert_eq!(fault("tab\tulator"), PasswordError::Character);
        assert_eq!(fault("null\0byte"), PasswordError::Character);
    }

    #[test]
    fn debug_hides_the_password() {
        assert_eq!(format!("{:?}", Password::parse("hunter2hunter2").unwrap()), "Password([REDACTED])");
    }

    #[test]
    fn what_stands_in_for_a_password_is_one() {
        let stand_in = Password::stand_in();
        assert_eq!(Password::parse(stand_in.expose()).unwrap().expose(), stand_in.expose());
    }

    proptest! {
        #[test]
        fn every_password_is_stable_once_parsed(text in "\\PC{8,140}") {
            if let Ok(password) = Password::parse(&text) {
                let again = Password::parse(password.expose()).unwrap();
                prop_assert_eq!(again.expose(), password.expose());
            }
        }
    }
}
