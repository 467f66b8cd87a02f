//! Asking for a password: at the terminal without showing it, or from what standard input carries.

use std::io::{self, BufRead, IsTerminal as _};

use secrecy::{ExposeSecret as _, SecretString};

/// The most bytes that are read for a password; more than any password has.
const MAX_BYTES: u64 = 4096;

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
pub(super) enum PromptError {
    #[error("the two passwords differ; nothing was changed")]
    Differ,
    #[error(
        "no password was given: type it when asked, or make it the first line of standard input, as in \
         `concierge users … < FILE`"
    )]
    None,
    #[error("cannot read the password")]
    Unreadable(#[from] io::Error),
}

/// A new password: typed twice where somebody sits at a terminal, else the first line of standard input.
pub(super) fn new_password() -> Result<SecretString, PromptError> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return first_line(stdin.lock());
    }
    let ask = |prompt: &str| rpassword::prompt_password(prompt).map(SecretString::from);
    let typed = ask("New password: ")?;
    if typed.expose_secret().is_empty() {
        return Err(PromptError::None);
    }
    let again = ask("The same again: ")?;
    if typed.expose_secret() == again.expose_secret() { Ok(typed) } else { Err(PromptError::Differ) }
}

/// The first line without its end. Blanks belong to a password.
fn first_line(source: impl BufRead) -> Result<SecretString, PromptError> {
    let mut line = String::new();
    source.take(MAX_BYTES).read_line(&mut line)?;
    let line = SecretString::from(line);
    let text = line.expose_secret();
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() { Err(PromptError::None) } else { Ok(SecretString::from(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Option<String> {
        first_line(input).ok().map(|line| line.expose_secret().to_owned())
    }

    #[test]
    fn the_first_line_counts_without_its_end_and_with_its_blanks() {
        for input in [" two words ", " two words \n", " two words \r\n", " two words \nand more\n"] {
            assert_eq!(read(input.as_bytes()).as_deref(), Some(" two words "), "{input:?}");
        }
    }

    #[test]
    fn no_line_and_an_empty_one_are_no_password() {
        for input in ["", "\n", "\r\n", "\nsecond line\n"] {
            assert!(matches!(first_line(input.as_bytes()), Err(PromptError::None)), "{input:?}");
        }
        assert!(matches!(first_line(&b"\xff\xff"[..]), Err(PromptError::Unreadable(_))));
        assert_eq!(read(&[b'a'; 10_000]).map(|line| line.len()), Some(4096));
    }
}
