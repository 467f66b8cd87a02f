//! Reads every layer and lays each over the former, key by key, remembering where a value came from.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use config::{File, FileFormat, Map, Source, Value, ValueKind};

use super::environment::{Environment, UnknownEnvironment};
use super::fault::Fault;
use super::sources::{CONFIG_DIR, ENVIRONMENT, Sources};
use super::variables;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layer {
    /// `default.toml` as compiled in.
    Default,
    /// The environment's file as compiled in.
    Environment(Environment),
    /// A file on disk.
    File(PathBuf),
    /// A variable, by its exact name.
    Variable(String),
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("compiled-in default"),
            Self::Environment(environment) => write!(f, "compiled-in {environment}.toml"),
            Self::File(path) => path.display().fmt(f),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// A value as a layer wrote it.
pub(super) struct Entry {
    pub(super) value: ValueKind,
    pub(super) layer: Layer,
}

/// All layers merged.
///
/// They are flattened to dotted keys before they meet. Merged as trees, `server = 5` in one file would wipe out the
/// whole section of the layers below it, and one mistake would read as ten.
pub(super) struct Layers {
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) faults: Vec<Fault>,
    /// Whether every file could be read. If not, what seems unset may be in the one that could not.
    pub(super) files_read: bool,
}

const DEFAULT: &str = include_str!("../../../../config/default.toml");

impl Layers {
    /// Reads every layer of `sources`. What cannot be read is a fault and counts as empty; an environment of unknown
    /// name is one too, and development stands in for it so that the remaining layers are still checked.
    pub(super) fn gather(sources: &Sources) -> (Environment, Self) {
        let mut layers = Self { entries: BTreeMap::new(), faults: Vec::new(), files_read: true };
        let environment = layers.environment(sources);
        layers.toml(Layer::Default, DEFAULT);
        layers.toml(Layer::Environment(environment), environment.compiled_in());
        layers.folder(sources, environment);
        layers.variables(sources);
        (environment, layers)
    }

    fn environment(&mut self, sources: &Sources) -> Environment {
        let Some(name) = sources.env.get(ENVIRONMENT) else { return Environment::default() };
        name.parse().unwrap_or_else(|error: UnknownEnvironment| {
            self.faults.push(Fault::source(ENVIRONMENT, format!("{error}, not {name:?}")));
            Environment::default()
        })
    }

    fn folder(&mut self, sources: &Sources, environment: Environment) {
        let folder = &sources.config_dir;
        if sources.env.contains_key(CONFIG_DIR) && !folder.is_dir() {
            let problem = format!("{:?} is no folder that can be read", folder.display().to_string());
            self.unread(Fault::source(CONFIG_DIR, problem));
        }
        for path in sources.files(environment) {
            self.file(&path);
        }
    }

    fn file(&mut self, path: &Path) {
        match std::fs::read_to_string(path) {
            Ok(text) => self.toml(Layer::File(path.to_owned()), &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.unread(Fault::source(path.display(), format!("cannot be read: {error}"))),
        }
    }

    fn toml(&mut self, layer: Layer, text: &str) {
        match File::from_str(text, FileFormat::Toml).collect() {
            Ok(table) => self.table("", table, &layer),
            Err(error) => self.unread(broken_toml(&layer, &error.to_string())),
        }
    }

    fn table(&mut self, prefix: &str, table: Map<String, Value>, layer: &Layer) {
        for (name, value) in table {
            // A quoted name with a dot in it must not pass for a key of a section.
            let bare = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            let name = if bare { name } else { format!("{name:?}") };
            match value.kind {
                ValueKind::Table(table) => self.table(&format!("{prefix}{name}."), table, layer),
                value => self.put(format!("{prefix}{name}"), value, layer.clone()),
            }
        }
    }

    fn variables(&mut self, sources: &Sources) {
        let sorted: BTreeMap<_, _> = sources.env.iter().collect();
        for (name, value) in sorted {
            let Some(rest) = name.strip_prefix(variables::PREFIX) else {
                if variables::is_misspelt(name) {
                    let problem = "two underscores belong after CONCIERGE: CONCIERGE__SECTION__KEY";
                    self.faults.push(Fault::source(name, problem));
                }
                continue;
            };
            match variables::key_of(rest) {
                None => self.faults.push(Fault::source(
                    name,
                    "malformed name: expected CONCIERGE__SECTION__KEY in capital letters, such as \
                     CONCIERGE__SERVER__PORT",
                )),
                Some(_) if value.contains(char::REPLACEMENT_CHARACTER) => {
                    self.faults.push(Fault::source(name, "its value is not UTF-8"));
                }
                Some(key) => self.put(key, value.as_str().into(), Layer::Variable(name.clone())),
            }
        }
    }

    fn unread(&mut self, fault: Fault) {
        self.files_read = false;
        self.faults.push(fault);
    }

    fn put(&mut self, key: String, value: ValueKind, layer: Layer) {
        self.entries.insert(key, Entry { value, layer });
    }
}

/// The parser's message without the line it quotes, which may hold a secret: it says
/// `TOML parse error at line 3, column 9`, then three lines of quotation, then what is wrong.
fn broken_toml(layer: &Layer, message: &str) -> Fault {
    let mut lines = message.lines();
    let position = lines.next().and_then(|first| first.strip_prefix("TOML parse error at "));
    match (position, lines.next_back()) {
        (Some(position), Some(problem)) => {
            Fault::source(layer, format!("broken TOML at {position}: {problem}"))
        }
        // Two things the TOML grammar allows and its reader cannot hold, neither of which quotes the file.
        _ => Fault::source(layer, format!("broken TOML: {}", message.trim())),
    }
}
