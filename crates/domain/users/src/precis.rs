//! What usernames and passwords share: a PRECIS profile (RFC 8264) applied until nothing changes any more.

use std::borrow::Cow;

use precis_core::{Error, UnexpectedError};
use secrecy::zeroize::Zeroizing;

/// Why a profile refuses a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The profile forbids this character, here or everywhere.
    Character(char),
    /// The text as a whole breaks a rule; of the profiles in use only the directionality rule (RFC 5893) can.
    Whole,
    /// Every round changes the text again.
    Unstable,
}

/// The first application of the rules and the three more that RFC 8264, section 7, grants. The library's own
/// `stabilize` grants one fewer.
const ROUNDS: usize = 4;

/// `text` enforced until a round leaves it as it was. Every copy made here is zeroised, for it may be a
/// password; those inside the libraries are beyond reach.
pub(crate) fn enforce_until_stable(
    text: &str,
    enforce: impl for<'a> Fn(&'a str) -> Result<Cow<'a, str>, Error>,
) -> Result<Zeroizing<String>, Refusal> {
    let mut current = Zeroizing::new(text.to_owned());
    for _ in 0..ROUNDS {
        let next = Zeroizing::new(enforce(&current).map_err(Refusal::from)?.into_owned());
        if next == current {
            return Ok(current);
        }
        current = next;
    }
    Err(Refusal::Unstable)
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let info = match error {
            Error::BadCodepoint(info)
            | Error::Unexpected(
                UnexpectedError::ContextRuleNotApplicable(info) | UnexpectedError::MissingContextRule(info),
            ) => info,
            Error::Invalid
            | Error::Unexpected(UnexpectedError::ProfileRuleNotApplicable | UnexpectedError::Undefined) => {
                return Self::Whole;
            }
        };
        char::from_u32(info.cp).map_or(Self::Whole, Self::Character)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Appends to the text until it has `length` characters.
    fn grow_to(length: usize) -> impl for<'a> Fn(&'a str) -> Result<Cow<'a, str>, Error> {
        move |text| Ok(if text.len() < length { Cow::Owned(format!("{text}x")) } else { Cow::Borrowed(text) })
    }

    #[test]
    fn three_changes_and_a_round_that_changes_nothing_are_granted_but_no_more() {
        assert_eq!(*enforce_until_stable("", grow_to(3)).unwrap(), "xxx");
        assert_eq!(enforce_until_stable("", grow_to(4)), Err(Refusal::Unstable));
    }
}
