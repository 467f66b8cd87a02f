//! What an operator may set, read from every layer, checked at once and turned into domain types.
//!
//! The layers, each over the former: the compiled-in `config/default.toml`; the environment's own file, compiled in
//! and then as it lies in the config folder; `local.toml` in that folder; variables `CONCIERGE__SECTION__KEY`.
//! A later layer replaces single keys. Nothing is read from the process: [`Sources`] carries it in.
//!
//! To add a key: read it in its section's module (`settings/SECTION.rs`) with a getter of `reader` and a parser of
//! `parse`, give it a commented line in `config/default.toml` (a test compares the two), and a case in the
//! section's tests for each way it can be wrong. A rule between two keys is checked after both are read, by
//! `Reader::refuse`. A new section is a module here and a field of [`Settings`].

mod cookies;
mod cors;
mod database;
pub(crate) mod deployment;
mod diagnostics;
mod environment;
mod fault;
mod file;
mod layers;
mod locations;
mod log;
mod origins;
mod outline;
mod parse;
mod passwords;
mod rate_limit;
mod reader;
mod redis;
mod registry;
mod server;
mod shown;
mod sources;
mod suggestion;
mod tokens;
mod variables;
mod visitor_sessions;

#[cfg(test)]
mod support;
#[cfg(test)]
mod tests;

pub use cookies::Cookies;
pub use cors::{Cors, FieldName, PublicCors};
pub use database::{Database, DatabaseUrl, PostgresUrl};
pub use diagnostics::Diagnostics;
pub use environment::{Environment, UnknownEnvironment};
pub use fault::{Fault, SettingsError};
pub use layers::Layer;
pub use log::{Log, LogFilter, LogFormat};
pub use origins::{Listing, Origins};
pub use outline::Outline;
pub use passwords::Passwords;
pub use rate_limit::RateLimit;
pub use redis::{Redis, RedisUrl};
pub use registry::{Registered, Registry};
pub use server::Server;
pub use sources::Sources;
pub use tokens::Tokens;
pub use visitor_sessions::{VisitorSessionStore, VisitorSessions};

use layers::Layers;
use reader::{Read, Reader};

/// Everything an operator may set, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which of the three environments this is.
    pub environment: Environment,
    /// Where the API listens and where it lives.
    pub server: Server,
    /// What is logged, and how.
    pub log: Log,
    /// Which store, and its connections.
    pub database: Database,
    /// What replicas share beside it.
    pub redis: Redis,
    /// Which frontends may call.
    pub origins: Origins,
    /// What CORS allows beyond the listed origins.
    pub cors: Cors,
    /// What of the cookies' attributes is set by hand.
    pub cookies: Cookies,
    /// How tokens are signed and how long they live.
    pub tokens: Tokens,
    /// How passwords are hashed and how strong they must be.
    pub passwords: Passwords,
    /// Where visitor sessions live.
    pub visitor_sessions: VisitorSessions,
    /// How often somebody may guess.
    pub rate_limit: RateLimit,
    /// Who may diagnose.
    pub diagnostics: Diagnostics,
    /// What deserves the operator's attention though it is allowed; a sentence each, to be logged at the start.
    pub warnings: Vec<String>,
    /// Every key that was asked for, with its value and the layer it came from: `concierge config show`.
    pub sources: Registry,
}

impl Settings {
    /// Reads every layer and checks the whole, with the same checks in every build profile.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] holds every fault found, not the first alone: unknown keys, wrong types, values out of
    /// range, sets that cannot work together, files and variables that cannot be read.
    pub fn load(sources: &Sources) -> Result<Self, SettingsError> {
        let (environment, layers) = Layers::gather(sources);
        let mut reader = Reader::new(environment, sources, layers);
        let read = Self::read(&mut reader);
        let (registry, warnings, faults) = reader.finish();
        match read {
            Ok(settings) if faults.is_empty() => Ok(Self { warnings, sources: registry, ..settings }),
            _ => Err(SettingsError::new(faults)),
        }
    }

    /// Reads every section before it gives up on any, so that all faults come to light.
    fn read(reader: &mut Reader) -> Read<Self> {
        let public_url = server::public_url(reader);
        let server = Server::read(reader, public_url.clone());
        let log = Log::read(reader);
        let database = Database::read(reader);
        let redis = Redis::read(reader);
        let origins = Origins::read(reader);
        let cors = Cors::read(reader);
        let cookies = Cookies::read(reader);
        if let (Ok(public_url), Ok(cookies)) = (&public_url, &cookies) {
            // Whatever else is wrong with the server, its public URL is right.
            let own = match &server {
                Ok(server) => server.own_origins(reader.environment()),
                Err(_) => public_url.iter().cloned().collect(),
            };
            deployment::check(reader, &own, origins.as_ref().ok(), cookies);
        }
        let tokens = Tokens::read(reader);
        let passwords = Passwords::read(reader);
        let visitor_sessions = VisitorSessions::read(reader, &redis);
        let rate_limit = RateLimit::read(reader);
        let diagnostics = Diagnostics::read(reader);
        Ok(Self {
            environment: reader.environment(),
            server: server?,
            log: log?,
            database: database?,
            redis: redis?,
            origins: origins?,
            cors: cors?,
            cookies: cookies?,
            tokens: tokens?,
            passwords: passwords?,
            visitor_sessions: visitor_sessions?,
            rate_limit: rate_limit?,
            diagnostics: diagnostics?,
            warnings: Vec::new(),
            sources: Registry::default(),
        })
    }
}
