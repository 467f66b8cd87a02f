//! Why a text is no origin, as a sentence for whoever wrote it.

use std::fmt;

use crate::{Fault, repair};

/// A text that is no origin, or no pattern of origins, with what to write instead.
///
/// Displays as one sentence: "`http://localhost:5173/` has a trailing slash; write `http://localhost:5173`".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct OriginError {
    given: Box<str>,
    fault: Fault,
    instead: Option<Box<str>>,
}

/// How many characters of a faulty text are repeated in its error.
const EXCERPT: usize = 100;

impl OriginError {
    /// The error for `text`, with a suggestion if one can be guessed that `is_valid` accepts.
    pub(crate) fn new(text: &str, fault: Fault, is_valid: impl Fn(&str) -> bool) -> Self {
        let guess = match fault {
            // They name nobody, so whatever else they look like would be a guess at random.
            Fault::Null | Fault::Star | Fault::Empty | Fault::EmptyItem { .. } => None,
            _ => repair::guess(text),
        };
        let instead = guess.filter(|guess| is_valid(guess)).map(String::into_boxed_str);
        Self { given: excerpt(text), fault, instead }
    }

    /// What is wrong with the text.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// What was probably meant: always valid where the faulty text stood. `None` where a guess would mislead.
    pub fn instead(&self) -> Option<&str> {
        self.instead.as_deref()
    }
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { given, fault, instead } = self;
        match &**given {
            "" => f.write_str("the origin")?,
            given => write!(f, "`{given}`")?,
        }
        match instead {
            Some(instead) => write!(f, " {fault}; write `{instead}`"),
            None => write!(f, " {fault}; {}", fault.advice()),
        }
    }
}

/// The start of the text, with whatever could forge or disturb a line of the log escaped.
fn excerpt(text: &str) -> Box<str> {
    let mut shown = String::new();
    for c in text.chars().take(EXCERPT) {
        match c {
            '"' | '\'' | '\\' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    if text.chars().nth(EXCERPT).is_some() {
        shown.push('…');
    }
    shown.into_boxed_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_text_is_shown_short_and_cannot_break_the_line() {
        let error = OriginError::new(&format!("a\r\nb\u{202e}{}", "c".repeat(5000)), Fault::Blank, |_| true);
        let shown = error.to_string();
        assert!(shown.starts_with(r"`a\r\nb\u{202e}ccc"), "{shown}");
        assert!(
            shown.ends_with("ccc…` contains a blank or a control character; write it without"),
            "{shown}"
        );
        assert!(shown.len() < 200, "{shown}");
    }
}
