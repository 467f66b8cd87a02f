//! What the binary can be told to do, and how it ends.
//!
//! Exit codes: 0 when all went well, 1 when it did not, 2 when the command line makes no sense, 78
//! (`EX_CONFIG` of sysexits) when the settings are wrong. `--help` tells them too.

mod backup;
mod config;
mod conformance;
mod doctor;
mod explain;
mod health;
mod keys;
mod migrate;
mod prompt;
mod proxy_config;
mod record;
mod serve;
mod sessions;
mod users;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use concierge_kernel::Clock as _;
use concierge_origins::{Origin, OriginError};

use crate::causes::chain;
use crate::settings::{Settings, Sources};
use crate::system::SystemClock;
use crate::wiring::{Desk, DeskError};

const EX_CONFIG: u8 = 78;

const EXIT_CODES: &str =
    "Exit codes: 0 done, 1 not done, 2 the command line makes no sense, 78 the settings are wrong.";

/// The API behind a separate frontend: greetings, visitor cookies, and users with sessions that last.
#[derive(Parser)]
#[command(name = "concierge", version, arg_required_else_help = true, after_help = EXIT_CODES)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API until SIGTERM or ctrl-C.
    ///
    /// Settings come from the config folder and from variables CONCIERGE__SECTION__KEY; the README lists them.
    Serve,
    /// Ask the server that runs with these settings whether it can serve.
    ///
    /// For whoever watches over it on its own machine, a container's health check for one. Exit code 1 when it cannot, or
    /// does not answer.
    Health(health::HealthCommand),
    /// Explain, rule by rule, what CORS and CSRF make of a request, by the present settings.
    Explain(explain::ExplainCommand),
    /// Examine whether cookies and CORS can work between the API and its frontends, and what to change where they cannot.
    ///
    /// By the present settings, or by --api and --frontend before there are any. Exit code 1 when something cannot work, 78
    /// when a setting that it needs is wrong; what can be examined without it is.
    Doctor(doctor::DoctorCommand),
    /// Look at the settings without serving.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Keep the key pairs that sign the tokens, in the folder tokens.keys_dir.
    ///
    /// A running server takes changes up by itself, within seconds.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Bring the database's schema up to date, and say what was done.
    ///
    /// Every server and every command that opens the database does so first; this does nothing else.
    Migrate,
    /// Copy the SQLite database, as it is at one moment, to a new file. Servers may go on writing.
    ///
    /// Nothing is migrated and nothing is overwritten. Postgres has pg_dump for this; docs/operations.md tells how.
    Backup(backup::BackupCommand),
    /// Look after users: the first admin, for one.
    ///
    /// Works on the database, beside running servers or without any. A server notices within 2 seconds whose sessions
    /// ended, and roles that were given at a session's next refresh.
    #[command(subcommand, after_help = EXIT_CODES)]
    Users(users::UsersCommand),
    /// End sessions.
    ///
    /// Works on the database, beside running servers or without any; a server notices within 2 seconds.
    #[command(subcommand, after_help = EXIT_CODES)]
    Sessions(sessions::SessionsCommand),
    /// Print the configuration of a reverse proxy that makes the API same-origin with a frontend.
    ///
    /// For browsers that block third-party cookies. The comments say where to put it and which settings go with it.
    ProxyConfig(proxy_config::ProxyConfig),
    /// Ask a running deployment whether it keeps the rules of CORS, CSRF protection and cookies.
    ///
    /// Exit code 0 when all that could be asked was answered well, 1 when something was not or nothing could be asked.
    Conformance(conformance::ConformanceArguments),
}

/// Runs what the process's arguments ask for.
pub fn run() -> ExitCode {
    let CommandLine { command } = CommandLine::parse();
    let sources = Sources::from_variables(std::env::vars_os(), SystemClock.now());
    match command {
        // It tells what is wrong with the settings, so they need not be right.
        Command::Doctor(command) => doctor::doctor(&command, &sources).unwrap_or_else(|error| fail(&error)),
        // It asks another process, and says itself what it misses in the settings of this one.
        Command::Conformance(arguments) => {
            conformance::run(arguments, &sources).unwrap_or_else(|error| fail(&error))
        }
        Command::Serve => with_settings(sources, |settings, sources| Ok(serve::serve(settings, sources)?)),
        Command::Health(command) => {
            with_settings(sources, |settings, _| Ok(health::health(&command, settings)?))
        }
        Command::Explain(command) => {
            with_settings(sources, |settings, _| Ok(explain::explain(&command, settings)?))
        }
        Command::Config(command) => {
            with_settings(sources, |settings, _| Ok(config::config(&command, settings)?))
        }
        Command::Keys(command) => with_settings(sources, |settings, _| Ok(keys::run(&command, settings)?)),
        Command::Migrate => with_desk(sources, |desk| {
            migrate::migrate(desk);
            Ok(())
        }),
        Command::Backup(command) => with_settings(sources, |settings, _| backup::backup(&command, settings)),
        Command::Users(command) => with_desk(sources, |desk| Ok(users::run(&command, desk)?)),
        Command::Sessions(command) => with_desk(sources, |desk| Ok(sessions::run(&command, desk)?)),
        Command::ProxyConfig(wanted) => {
            with_settings(sources, |settings, _| Ok(proxy_config::run(wanted, settings)?))
        }
    }
}

fn with_settings(
    sources: Sources,
    act: impl FnOnce(&Settings, Sources) -> Result<(), Box<dyn Error>>,
) -> ExitCode {
    let settings = match Settings::load(&sources) {
        Ok(settings) => settings,
        Err(error) => return refuse(&error),
    };
    match act(&settings, sources) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if matches!(error.downcast_ref(), Some(DeskError::NothingKept)) => refuse(error.as_ref()),
        Err(error) => fail(error.as_ref()),
    }
}

/// For what works on the database that the settings name.
fn with_desk(sources: Sources, act: impl FnOnce(&Desk<'_>) -> Result<(), Box<dyn Error>>) -> ExitCode {
    with_settings(sources, |settings, _| act(&Desk::open(settings)?))
}

fn refuse(error: &dyn Error) -> ExitCode {
    complain(&format!("concierge cannot start: {error}"));
    ExitCode::from(EX_CONFIG)
}

fn fail(error: &dyn Error) -> ExitCode {
    complain(&format!("concierge: {}", chain(error)));
    ExitCode::FAILURE
}

/// Where an API is. A slash at the end is what an address bar shows, and no part of an origin.
fn address(text: &str) -> Result<Origin, OriginError> {
    Origin::parse(text.strip_suffix('/').unwrap_or(text))
}

/// Says on standard output what was done. It is done whether or not that can be told: a failure to tell must not pass for
/// one to do it.
fn tell(done: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = writeln!(out, "{done}").and_then(|()| out.flush()) {
        complain(&format!("concierge: it was done, but standard output cannot tell: {error}\n{done}"));
    }
}

/// Says it on standard error. If even that is closed, the exit code has to do.
fn complain(message: &str) {
    writeln!(io::stderr(), "{message}").unwrap_or_default();
}
