//! The hash of a password, as stores keep it and hashers read it.

use std::fmt;

/// A password's hash as a PHC string (`$argon2id$v=19$m=…$salt$hash`), opaque to all but its hasher.
///
/// `Debug` shows the algorithm alone. Equality is for the store's compare-and-swap between two hashes it
/// already holds; it is not constant-time, and nothing that a visitor sends is compared with it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// The text cannot be a PHC string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a PHC string")]
pub struct MalformedPasswordHash;

impl PasswordHash {
    /// The most bytes a hash may have: three times what argon2id needs, and small enough for any column.
    pub const MAX_BYTES: usize = 512;

    /// Reads a PHC string, as far as every algorithm has in common: `$`, the algorithm's name, `$` and more
    /// visible ASCII, [`PasswordHash::MAX_BYTES`] at most. Only a hasher can tell whether it makes sense.
    pub fn parse(text: &str) -> Result<Self, MalformedPasswordHash> {
        let visible = text.len() <= Self::MAX_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic());
        let named = matches!(algorithm(text), Some((name, rest)) if !name.is_empty() && !rest.is_empty());
        (visible && named).then(|| Self(text.to_owned())).ok_or(MalformedPasswordHash)
    }

    /// The PHC string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The algorithm's name and all that follows it.
fn algorithm(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('$')?.split_once('$')
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = algorithm(&self.0).map_or("", |(name, _)| name);
        write!(f, "PasswordHash(${name}$[REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phc_string_is_kept_to_the_letter_and_hidden_from_debug() {
        let text = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA";
        let hash = PasswordHash::parse(text).unwrap();
        assert_eq!(hash.as_str(), text);
        assert_eq!(format!("{hash:?}"), "PasswordHash($argon2id$[REDACTED])");
    }

    #[test]
    fn what_cannot_be_a_phc_string_is_refused() {
        let long = format!("$a${}", "x".repeat(PasswordHash::MAX_BYTES));
        for text in ["", "$", "$$", "$argon2id", "$argon2id$", "hunter2", "$a$b c", "$a$é", &long] {
            assert_eq!(PasswordHash::parse(text), Err(MalformedPasswordHash), "{text}");
        }
    }
}
