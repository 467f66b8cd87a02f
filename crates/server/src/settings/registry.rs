//! Which keys concierge knows, what each is set to and by which layer.

use super::layers::Layer;
use super::shown::HIDDEN;

/// Every key that was read, in the order of reading.
#[derive(Clone, Debug, Default)]
pub struct Registry(Vec<Registered>);

/// One key that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    key: &'static str,
    secret: bool,
    set: Option<(String, Layer)>,
}

impl Registry {
    /// Every key, in the order of reading.
    pub fn iter(&self) -> impl Iterator<Item = &Registered> {
        self.0.iter()
    }

    /// The entry of `key`, when concierge knows such a key.
    pub fn get(&self, key: &str) -> Option<&Registered> {
        self.0.iter().find(|registered| registered.key == key)
    }

    pub(super) fn add(&mut self, key: &'static str, secret: bool, set: Option<(String, Layer)>) {
        let set = set.map(|(value, layer)| (if secret { HIDDEN.to_owned() } else { value }, layer));
        self.0.push(Registered { key, secret, set });
    }
}

impl Registered {
    /// The dotted key.
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// Whether the value must never be shown.
    pub fn is_secret(&self) -> bool {
        self.secret
    }

    /// The value as a settings file would write it, `(hidden)` for a secret; `None` while unset.
    pub fn value(&self) -> Option<&str> {
        self.set.as_ref().map(|(value, _)| value.as_str())
    }

    /// The layer that set the value; `None` while unset.
    pub fn layer(&self) -> Option<&Layer> {
        self.set.as_ref().map(|(_, layer)| layer)
    }
}
