//! The parts of an act beyond its kind, as stores and answers write them.

use std::collections::BTreeMap;

/// Named parts of an act; no name comes twice. They have an order of their own, whichever they were put together in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details(BTreeMap<String, Detail>);

/// One part of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A text.
    Text(String),
    /// How many.
    Number(u64),
    /// Several names, in an order that counts.
    Names(Vec<String>),
}

impl Details {
    /// The part of this name.
    pub fn get(&self, name: &str) -> Option<&Detail> {
        self.0.get(name)
    }

    /// Every part with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Detail)> {
        self.0.iter().map(|(name, detail)| (name.as_str(), detail))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Detail::Text(text) => Some(text),
            Detail::Number(_) | Detail::Names(_) => None,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        match self.get(name)? {
            Detail::Number(number) => Some(*number),
            Detail::Text(_) | Detail::Names(_) => None,
        }
    }

    pub(crate) fn names(&self, name: &str) -> Option<Vec<String>> {
        match self.get(name)? {
            Detail::Names(names) => Some(names.clone()),
            Detail::Text(_) | Detail::Number(_) => None,
        }
    }
}

impl<N: Into<String>> FromIterator<(N, Detail)> for Details {
    fn from_iter<I: IntoIterator<Item = (N, Detail)>>(details: I) -> Self {
        Self(details.into_iter().map(|(name, detail)| (name.into(), detail)).collect())
    }
}
