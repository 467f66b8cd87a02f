//! Hands out one key after another, and collects what is wrong instead of stopping at it.

use std::collections::HashMap;

use concierge_kernel::Timestamp;
use config::ValueKind;
use secrecy::SecretString;

use super::environment::Environment;
use super::fault::Fault;
use super::layers::{Entry, Layer, Layers};
use super::parse::{self, BadItem};
use super::registry::Registry;
use super::shown::{self, HIDDEN, quoted, shown};
use super::sources::Sources;
use super::suggestion;

/// Proof that a fault was noted; there is nothing more to say about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Faulted;

/// What a getter yields. Use `?` only after every key of a section was read, or later faults stay unseen.
pub(super) type Read<T> = Result<T, Faulted>;

/// Reads the merged layers. A key that was never asked for is an unknown one.
pub(super) struct Reader {
    environment: Environment,
    now: Timestamp,
    variables: HashMap<String, String>,
    layers: Layers,
    registry: Registry,
    warnings: Vec<String>,
}

impl Reader {
    pub(super) fn new(environment: Environment, sources: &Sources, layers: Layers) -> Self {
        Self {
            environment,
            now: sources.now,
            variables: sources.env.clone(),
            layers,
            registry: Registry::default(),
            warnings: Vec::new(),
        }
    }

    pub(super) fn environment(&self) -> Environment {
        self.environment
    }

    /// The present moment.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// A variable that another program's library reads as well; see [`Sources`] for those that are known.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    /// The value of a key that `default.toml` sets.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&Entry) -> Result<T, String>,
    ) -> Read<T> {
        self.register(key, false);
        let Some(entry) = self.layers.entries.get(key) else {
            return Err(self.missing(key, "it must have a value"));
        };
        parse(entry).map_err(|problem| self.refuse(key, problem))
    }

    /// The value of a key that may be unset; blank text unsets it.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&Entry) -> Result<T, String>,
    ) -> Read<Option<T>> {
        self.register(key, false);
        match self.layers.entries.get(key) {
            Some(entry) if !is_blank(entry) => {
                parse(entry).map(Some).map_err(|problem| self.refuse(key, problem))
            }
            _ => Ok(None),
        }
    }

    /// The value of a secret that may be unset; blank text unsets it.
    pub(super) fn secret(&mut self, key: &'static str) -> Read<Option<SecretString>> {
        self.register(key, true);
        match self.layers.entries.get(key) {
            Some(entry) if !is_blank(entry) => match parse::text(entry) {
                Ok(text) => Ok(Some(text.into())),
                Err(problem) => Err(self.refuse(key, problem)),
            },
            _ => Ok(None),
        }
    }

    /// A URL that may be unset and may hold a password; blank text unsets it. One that `parse` refuses is not shown at all,
    /// for nobody knows where in it the password stands.
    pub(super) fn url<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Read<Option<T>> {
        let Some(entry) = self.layers.entries.get(key) else {
            self.registry.add(key, false, None);
            return Ok(None);
        };
        let read = if is_blank(entry) { Ok(None) } else { parse::parsed(parse)(entry).map(Some) };
        let value = match (&read, &entry.value) {
            (Ok(_), ValueKind::String(text)) => shown::address(text.trim()),
            _ => HIDDEN.to_owned(),
        };
        self.registry.add(key, false, Some((value, entry.layer.clone())));
        read.map_err(|problem| self.refuse(key, problem))
    }

    /// A list: an array of texts, or one text with commas, where blanks around an item do not count.
    /// Each bad item is a fault of its own.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Read<Vec<T>> {
        self.register(key, false);
        let Some(entry) = self.layers.entries.get(key) else {
            return Err(self.missing(key, "it must have a value"));
        };
        let items = parse::items(entry).map_err(|problem| self.refuse(key, problem))?;
        let mut list = Vec::with_capacity(items.len());
        let mut faulted = None;
        for item in items {
            let value = item
                .and_then(|text| parse(&text).map_err(|problem| BadItem { shown: quoted(&text), problem }));
            match value {
                Ok(value) => list.push(value),
                Err(bad) => faulted = Some(self.fault(key, Some(bad.shown), bad.problem)),
            }
        }
        faulted.map_or(Ok(list), Err)
    }

    /// Notes that the value of `key`, already read, cannot stay.
    pub(super) fn refuse(&mut self, key: &'static str, problem: impl Into<String>) -> Faulted {
        let value = self.registry.get(key).and_then(|registered| registered.value()).map(str::to_owned);
        self.fault(key, value, problem.into())
    }

    /// Notes that `key` must be set, unless it may be in a file that could not be read.
    pub(super) fn missing(&mut self, key: &'static str, problem: &str) -> Faulted {
        if self.layers.files_read {
            let fault = Fault::Missing { key: key.to_owned(), problem: problem.to_owned() };
            self.layers.faults.push(fault);
        }
        Faulted
    }

    /// Notes what is allowed and still deserves attention.
    pub(super) fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// The layer that set `key`, already read.
    pub(super) fn layer(&self, key: &str) -> Option<&Layer> {
        self.registry.get(key).and_then(|registered| registered.layer())
    }

    /// What was read, the warnings and the faults, unknown keys now among them.
    pub(super) fn finish(mut self) -> (Registry, Vec<String>, Vec<Fault>) {
        let known: Vec<_> = self.registry.iter().map(|registered| registered.key()).collect();
        let unknown = self.layers.entries.into_iter().filter(|(key, _)| !known.contains(&key.as_str()));
        self.layers.faults.extend(unknown.map(|(key, Entry { layer, .. })| {
            let problem = suggestion::about(&key, &known);
            Fault::Value { key, value: None, layer, problem }
        }));
        (self.registry, self.warnings, self.layers.faults)
    }

    fn register(&mut self, key: &'static str, secret: bool) {
        let set = self.layers.entries.get(key).map(|entry| (shown(&entry.value), entry.layer.clone()));
        self.registry.add(key, secret, set);
    }

    fn fault(&mut self, key: &'static str, value: Option<String>, problem: String) -> Faulted {
        let key = key.to_owned();
        let fault = match self.layer(&key).cloned() {
            Some(layer) => Fault::Value { key, value, layer, problem },
            None => Fault::Missing { key, problem },
        };
        self.layers.faults.push(fault);
        Faulted
    }
}

fn is_blank(entry: &Entry) -> bool {
    matches!(&entry.value, ValueKind::String(text) if text.trim().is_empty())
}
