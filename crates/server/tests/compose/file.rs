//! `docker-compose.yml`, as far as it is used: what stands there and not here fails to be read, so that nothing goes unjudged.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::repository;

/// The whole stack. Names beginning with `x-` are templates, which YAML has put where they belong.
#[derive(Clone, Deserialize)]
pub(crate) struct Stack {
    pub(crate) services: BTreeMap<String, Service>,
    pub(crate) secrets: BTreeMap<String, Secret>,
    pub(crate) networks: BTreeMap<String, Network>,
    pub(crate) volumes: BTreeMap<String, Option<IgnoredAny>>,
}

/// One service.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    pub(crate) image: String,
    pub(crate) user: String,
    #[serde(default)]
    pub(crate) read_only: bool,
    #[serde(default)]
    pub(crate) cap_drop: Vec<String>,
    #[serde(default)]
    pub(crate) security_opt: Vec<String>,
    pub(crate) restart: String,
    pub(crate) healthcheck: Option<Healthcheck>,
    pub(crate) build: Option<String>,
    #[serde(default)]
    pub(crate) entrypoint: Vec<String>,
    #[serde(default)]
    pub(crate) command: Vec<String>,
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) secrets: Vec<String>,
    #[serde(default)]
    pub(crate) volumes: Vec<String>,
    #[serde(default)]
    pub(crate) tmpfs: Vec<String>,
    #[serde(default)]
    pub(crate) ports: Vec<String>,
    pub(crate) networks: Networks,
    #[serde(default)]
    pub(crate) depends_on: BTreeMap<String, Dependency>,
    #[serde(default)]
    pub(crate) profiles: Vec<String>,
    #[serde(rename = "stop_grace_period")]
    _stop_grace_period: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Network {
    /// Without a way out or in.
    #[serde(default)]
    pub(crate) internal: bool,
    #[serde(rename = "ipam")]
    _addresses: Option<IgnoredAny>,
}

/// Where a service is reached.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Networks {
    Names(Vec<String>),
    Places(BTreeMap<String, Place>),
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    pub(crate) ipv4_address: Option<String>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Healthcheck {
    pub(crate) test: Vec<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dependency {
    pub(crate) condition: String,
    #[serde(default = "yes")]
    pub(crate) required: bool,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Secret {
    pub(crate) file: String,
}

/// What a service sees of the outside at a path of its own.
pub(crate) struct Mount {
    pub(crate) source: String,
    pub(crate) target: String,
    pub(crate) read_only: bool,
}

fn yes() -> bool {
    true
}

/// The file's text.
pub(crate) fn text() -> String {
    std::fs::read_to_string(repository("docker-compose.yml")).unwrap()
}

impl Stack {
    pub(crate) fn read() -> Self {
        Self::parse(&text())
    }

    pub(crate) fn parse(text: &str) -> Self {
        serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("docker-compose.yml: {error}"))
    }

    pub(crate) fn service(&self, name: &str) -> &Service {
        &self.services[name]
    }
}

impl Networks {
    /// Their names.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Names(names) => names.iter().map(String::as_str).collect(),
            Self::Places(places) => places.keys().map(String::as_str).collect(),
        }
    }
}

impl Service {
    /// `SOURCE:TARGET[:ro]`, with the defaults of the variables in it.
    pub(crate) fn mounts(&self) -> impl Iterator<Item = Mount> {
        self.volumes.iter().map(|volume| {
            let volume = with_defaults(volume);
            let parts: Vec<_> = volume.split(':').collect();
            let [source, target, options @ ..] = &parts[..] else { panic!("{volume:?} is no mount") };
            let read_only = options.contains(&"ro");
            Mount { source: (*source).to_owned(), target: (*target).to_owned(), read_only }
        })
    }

    /// Its paths in memory, without their options.
    pub(crate) fn in_memory(&self) -> impl Iterator<Item = &str> {
        self.tmpfs.iter().map(|path| path.split(':').next().unwrap_or(path))
    }
}

/// `${NAME:-default}` as it is where nobody sets the variable.
fn with_defaults(text: &str) -> String {
    match text.split_once("${").and_then(|(before, rest)| Some((before, rest.split_once('}')?))) {
        Some((before, (variable, after))) => {
            let (_, default) = variable.split_once(":-").unwrap_or_else(|| panic!("{text:?} has no default"));
            format!("{before}{default}{after}")
        }
        None => text.to_owned(),
    }
}
