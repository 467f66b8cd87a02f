//! Greets a visitor in a language of theirs: the smallest complete slice of the house, and the one to read
//! first. A request becomes a [`Greet`] by fallible parsing; the use case [`Greeter`] turns it into a
//! [`Greeting`] with the help of one port, the clock.
//!
//! To add a language, add a variant to [`Language`] and to [`Language::ALL`]; the compiler asks for its code and its
//! word.

mod language;
mod name;

use std::sync::Arc;

use concierge_kernel::{Clock, Timestamp};

pub use language::{Language, UnsupportedLanguage};
pub use name::{Name, NameError};

/// What to greet whom with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greet {
    /// Whom.
    pub name: Name,
    /// In which language.
    pub language: Language,
}

/// A greeting, and the moment it was spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The words: `Hola, Alice!`.
    pub text: String,
    /// When they were spoken.
    pub spoken_at: Timestamp,
}

/// Greets.
pub struct Greeter {
    clock: Arc<dyn Clock>,
}

impl Greeter {
    /// A greeter who reads the time from `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }

    /// The greeting for `greet`. Never blocks, never fails.
    pub fn greet(&self, greet: &Greet) -> Greeting {
        let text = format!("{}, {}!", greet.language.hello(), greet.name);
        Greeting { text, spoken_at: self.clock.now() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Noon;
    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::from_secs(43_200).unwrap()
        }
    }

    #[test]
    fn each_language_greets_by_name_at_the_time_of_the_clock() {
        for (code, text) in [("en", "Hello, Alice!"), ("es", "Hola, Alice!"), ("fr", "Bonjour, Alice!")] {
            let greet =
                Greet { name: Name::parse(" Alice ").unwrap(), language: Language::parse(code).unwrap() };
            let greeting = Greeter::new(Arc::new(Noon)).greet(&greet);
            assert_eq!(greeting, Greeting { text: text.to_owned(), spoken_at: Noon.now() });
        }
    }
}
