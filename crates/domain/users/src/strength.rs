//! How hard a newly chosen password must be to guess.

use std::fmt;

use zxcvbn::matching::Match;
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Entropy, Score};

use crate::{Password, PasswordError, Username};

/// The lowest score of zxcvbn that a new password may have, 0 (anything goes) to 4; 3 by default, which takes
/// an attacker with the hash more than 10^8 guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StrengthFloor(Score);

/// The number is no score of zxcvbn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password's strength is a number from 0 to 4")]
pub struct InvalidStrengthFloor;

impl StrengthFloor {
    /// The floor at `score`, 0 to 4.
    pub fn new(score: u8) -> Result<Self, InvalidStrengthFloor> {
        Score::try_from(score).map(Self).map_err(|_| InvalidStrengthFloor)
    }
}

impl Default for StrengthFloor {
    fn default() -> Self {
        Self(Score::Three)
    }
}

/// A password that somebody may choose: valid, and hard enough to guess for whoever knows their username.
#[derive(Debug)]
pub struct NewPassword(Password);

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NewPasswordError {
    /// It is no password at all.
    #[error(transparent)]
    Invalid(#[from] PasswordError),
    /// It is too easy to guess.
    #[error(transparent)]
    TooWeak(#[from] Weakness),
}

impl NewPassword {
    /// Reads a password that the user of this name chooses. Takes a millisecond of CPU, up to ten for a text made of
    /// look-alikes (`4@8({[<`): never on a thread that serves others.
    pub fn parse(text: &str, username: &Username, floor: StrengthFloor) -> Result<Self, NewPasswordError> {
        Ok(Self::judge(Password::parse(text)?, username, floor)?)
    }

    /// The same of a password that was read already.
    pub(crate) fn judge(
        password: Password,
        username: &Username,
        floor: StrengthFloor,
    ) -> Result<Self, Weakness> {
        let known = words_known_of(username);
        let estimate = zxcvbn::zxcvbn(beginning(password.expose()), &known);
        if estimate.score() < floor.0 {
            return Err(Weakness(why(&estimate, &known)));
        }
        Ok(Self(password))
    }

    /// The password, for a hasher.
    pub fn as_password(&self) -> &Password {
        &self.0
    }
}

/// How much of a password is judged, at most. What comes after only makes it stronger, and zxcvbn's work grows with the
/// square of the length.
const JUDGED_CHARS: usize = 32;
/// In how many ways the look-alikes in what is judged may be read, at most. zxcvbn looks every one up in all its
/// dictionaries: 576 ways, which are the most there are, took fifty milliseconds for 32 characters where these take seven.
/// Those that people mix into words, and what generators make, have less.
const MOST_READINGS: usize = 64;

/// The look-alikes of one letter each that zxcvbn knows: `a` to `z`.
const LOOK_ALIKES: [&str; 12] = ["4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2"];

fn readings(text: &str) -> usize {
    let of_letter = |alike: &str| alike.chars().filter(|alike| text.contains(*alike)).count().max(1);
    LOOK_ALIKES.into_iter().map(of_letter).product()
}

fn beginning(password: &str) -> &str {
    let ends = password.char_indices().map(|(start, char)| start + char.len_utf8()).take(JUDGED_CHARS);
    let end = ends.take_while(|end| readings(&password[..*end]) <= MOST_READINGS).last();
    &password[..end.unwrap_or(0)]
}

/// What makes a password easy to guess. Displays as one or two sentences for whoever chose it, which say what
/// would help and repeat no part of the password.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weakness(Why);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Why {
    /// It is made from the username or from our own name.
    Known,
    /// zxcvbn says what is wrong.
    Warning(zxcvbn::feedback::Warning),
    /// zxcvbn found no one thing to blame.
    Guessable,
}

impl std::error::Error for Weakness {}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Why::Known => {
                f.write_str("A password made from your username or this service's name is easy to guess.")
            }
            Why::Warning(warning) => warning.fmt(f),
            Why::Guessable => f.write_str("This password is too easy to guess."),
        }?;
        // The suggestion zxcvbn puts first, always; its others say what does not help.
        f.write_str(" Add another word or two; uncommon words are better.")
    }
}

/// The username, the parts of it when it is an e-mail address or has several, and our own name: what an
/// attacker tries first.
fn words_known_of(username: &Username) -> Vec<&str> {
    /// Shorter parts would find their way into many good passwords by chance.
    const SHORTEST_PART: usize = 3;
    let whole = username.as_str();
    let sides = whole.split('@');
    let parts = whole.split(|c: char| !c.is_alphanumeric());
    let parts = sides.chain(parts).filter(|part| part.chars().count() >= SHORTEST_PART);
    ["concierge", whole].into_iter().chain(parts).collect()
}

fn why(estimate: &Entropy, known: &[&str]) -> Why {
    let uses_known = |found: &Match| match &found.pattern {
        MatchPattern::Dictionary(dictionary) => known.contains(&dictionary.matched_word.as_str()),
        _ => false,
    };
    if estimate.sequence().iter().any(uses_known) {
        return Why::Known;
    }
    let warning = estimate.feedback().and_then(|feedback| feedback.warning());
    warning.map_or(Why::Guessable, Why::Warning)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn choose(username: &str, password: &str, floor: u8) -> Result<NewPassword, NewPasswordError> {
        NewPassword::parse(password, &Username::parse(username).unwrap(), StrengthFloor::new(floor).unwrap())
    }

    fn weakness(username: &str, password: &str) -> String {
        match choose(username, password, 3) {
            Err(NewPasswordError::TooWeak(weakness)) => weakness.to_string(),
            other => panic!("{password} is not too weak: {other:?}"),
        }
    }

    #[test]
    fn a_guessable_password_is_refused_with_a_reason_and_a_remedy() {
        assert_eq!(
            weakness("alice", "password"),
            "This is a top-10 common password. Add another word or two; uncommon words are better."
        );
        assert_eq!(
            weakness("alice", "aaaaaaaaaaaa"),
            "Repeats like \"aaa\" are easy to guess. Add another word or two; uncommon words are better."
        );
    }

    #[test]
    fn a_password_made_from_what_is_known_is_refused() {
        let expected = "A password made from your username or this service's name is easy to guess. \
                        Add another word or two; uncommon words are better.";
        for password in ["Zebulonquix", "zebulonquix1", "Qu1xotlan99", "concierge1", "quixotlan.example"] {
            assert_eq!(weakness("zebulonquix@quixotlan.example", password), expected, "{password}");
        }
    }

    #[test]
    fn a_password_that_is_hard_to_guess_may_be_chosen() {
        let chosen = choose("alice", "umbrella flew over porcelain", 3).unwrap();
        assert_eq!(chosen.as_password().expose(), "umbrella flew over porcelain");
        assert_eq!(format!("{chosen:?}"), "NewPassword(Password([REDACTED]))");
    }

    #[test]
    fn the_floor_can_be_moved_but_not_beyond_zxcvbn() {
        assert!(choose("alice", "password", 0).is_ok());
        assert!(choose("alice", "umbrella flew over porcelain", 4).is_ok());
        assert_eq!(StrengthFloor::new(5), Err(InvalidStrengthFloor));
        assert_eq!(StrengthFloor::new(3), Ok(StrengthFloor::default()));
    }

    #[test]
    fn what_is_no_password_is_no_matter_of_strength() {
        let error = choose("alice", "short", 0).unwrap_err();
        assert_eq!(error, NewPasswordError::Invalid(PasswordError::TooShort));
    }

    #[test]
    fn of_many_look_alikes_only_the_beginning_is_judged() {
        let look_alikes = "4@8({[<369&#!1/|0$5+7%2".repeat(2);
        assert_eq!(beginning(&look_alikes), "4@8({[<369&#!1/");
        assert_eq!(beginning(&"({[<".repeat(20)), "({[<".repeat(8));
        assert_eq!(beginning("Tr0ub4dor&3 and 4@8({[<369!1|"), "Tr0ub4dor&3 and 4@8({[<369!1");
        assert!(choose("alice", "xK9$mQ2!vB7@nZ4%wR5(", 4).is_ok(), "what a generator makes is judged whole");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_text_gets_a_verdict(text in "\\PC{8,140}") {
            let _ = choose("alice@example.com", &text, 3);
        }

        #[test]
        fn what_is_judged_is_a_beginning_of_few_readings(text in "[4@8({\\[<369!1|0$5+7%2a-zé]{8,140}") {
            let judged = beginning(&text);
            prop_assert!(text.starts_with(judged) && judged.chars().count() >= 8);
            prop_assert!(judged.chars().count() <= JUDGED_CHARS && readings(judged) <= MOST_READINGS);
        }
    }
}
