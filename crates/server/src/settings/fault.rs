//! What is wrong with the settings, in lines an operator can act on.

use std::fmt;

use super::layers::Layer;

/// One thing wrong with the settings. Never holds a secret's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A key is set to what it cannot be.
    Value {
        /// The dotted key.
        key: String,
        /// The value as shown to people, `(hidden)` for secrets; `None` for unknown keys, which may be misspelt
        /// secrets.
        value: Option<String>,
        /// Where it was set.
        layer: Layer,
        /// What is wrong, as one sentence.
        problem: String,
    },
    /// A key must be set and is not.
    Missing {
        /// The dotted key.
        key: String,
        /// Why it must be set.
        problem: String,
    },
    /// A file or a variable that yields no settings at all.
    Source {
        /// The file's path or the variable's name.
        place: String,
        /// What is wrong, as one sentence.
        problem: String,
    },
}

impl Fault {
    pub(super) fn source(place: impl fmt::Display, problem: impl Into<String>) -> Self {
        Self::Source { place: place.to_string(), problem: problem.into() }
    }

    /// The dotted key it is about; `None` for a file or a variable as a whole.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Value { key, .. } | Self::Missing { key, .. } => Some(key),
            Self::Source { .. } => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { key, value: Some(value), layer, problem } => {
                write!(f, "{key} = {value} (from {layer}): {problem}")
            }
            Self::Value { key, value: None, layer, problem } => write!(f, "{key} (from {layer}): {problem}"),
            Self::Missing { key, problem } => write!(f, "{key} (not set): {problem}"),
            Self::Source { place, problem } => write!(f, "{place}: {problem}"),
        }
    }
}

/// The settings do not allow a start. Displays as a headline and one line for each fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    faults: Vec<Fault>,
}

impl SettingsError {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self { faults }
    }

    /// Every fault found, files and variables first, unknown keys last.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, are) = match self.faults.len() {
            1 => (1, "setting is"),
            count => (count, "settings are"),
        };
        write!(f, "{count} {are} wrong:")?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for SettingsError {}
