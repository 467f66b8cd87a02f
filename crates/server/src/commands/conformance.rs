//! `concierge conformance`: runs the conformance kit against a deployment.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use concierge_conformance::{
    Answer, Kit, NoAnswer, NoReport, Report, Request, Silence, Table, TableError, Transport,
};
use concierge_kernel::Clock as _;
use concierge_origins::{Origin, OriginPattern};
use concierge_probe::{Probe, ProbeError, Trust, TrustError};
use serde_json::json;

use super::address;
use crate::causes::chain;
use crate::settings::{Settings, Sources};
use crate::system::{SystemClock, SystemEntropy};

/// What to ask, and whom.
#[derive(Args)]
pub(super) struct ConformanceArguments {
    /// The deployment's origin, as browsers see it: https://api.example.com.
    #[arg(long, value_name = "URL", value_parser = address)]
    target: Origin,
    /// The origin of a frontend that may call; unless given, the first of origins.allowed that is no pattern.
    #[arg(long, value_parser = Origin::parse)]
    origin: Option<Origin>,
    /// Register a throw-away account there, for the rows that need one. It stays.
    #[arg(long)]
    write: bool,
    /// A PEM file of certificate authorities to believe beside the operating system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Files of rows to run instead of those that are compiled in.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    rows: Vec<PathBuf>,
    /// Run only the rows whose id fits; * stands for any characters, ? for one.
    #[arg(long, value_name = "GLOB")]
    only: Option<String>,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConformanceError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("cannot read {path}", path = .path.display())]
    Rows { path: PathBuf, source: io::Error },
    #[error("no row has an id that fits {0:?}")]
    NoRow(String),
    #[error("--ca is of no use")]
    Trust(#[from] TrustError),
    #[error("cannot ask {target}: {reason}")]
    Unreachable { target: Origin, reason: String },
    #[error(transparent)]
    UnknownOrigin(NoReport),
    #[error("standard output is closed")]
    Output(#[from] io::Error),
}

impl ConformanceError {
    /// A word for programs. It stays the same from version to version.
    fn code(&self) -> &'static str {
        match self {
            Self::Table(_) | Self::Rows { .. } => "bad_rows",
            Self::NoRow(_) => "no_row",
            Self::Trust(_) => "bad_authority",
            Self::Unreachable { .. } => "unreachable",
            Self::UnknownOrigin(_) => "unknown_origin",
            Self::Output(_) => "no_output",
        }
    }
}

/// Runs the kit. Successful is a run in which something could be judged and all of it passed. Programs are told as JSON why
/// there is no report, too.
pub(super) fn run(arguments: ConformanceArguments, sources: &Sources) -> Result<ExitCode, ConformanceError> {
    let as_json = arguments.json;
    match report(arguments, sources) {
        Err(error) if as_json => {
            print(&format!("{:#}\n", json!({"code": error.code(), "problem": chain(&error)})))?;
            Ok(ExitCode::FAILURE)
        }
        ended => ended,
    }
}

fn report(arguments: ConformanceArguments, sources: &Sources) -> Result<ExitCode, ConformanceError> {
    let table = table(&arguments)?;
    let trust = Trust::new(arguments.ca.as_deref())?;
    let probe = Probe::new(Arc::new(SystemClock), trust);
    let transport = Wire { probe, target: arguments.target.clone() };
    let (origin, note) = match arguments.origin {
        Some(origin) => (Some(origin), None),
        None => listed_origin(sources),
    };
    let kit = Kit {
        transport: &transport,
        entropy: &SystemEntropy,
        own: arguments.target.clone(),
        origin,
        write: arguments.write,
    };
    let result = kit.run(&table);
    if let Some(note) = note.filter(|_| !matches!(result, Err(NoReport::Unreachable(_)))) {
        super::complain(&note);
    }
    let report = result.map_err(|none| match none {
        NoReport::Unreachable(reason) => ConformanceError::Unreachable { target: arguments.target, reason },
        unknown @ NoReport::UnknownOrigin { .. } => ConformanceError::UnknownOrigin(unknown),
    })?;
    print(&shown(&report, arguments.json)?)?;
    Ok(if report.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn table(arguments: &ConformanceArguments) -> Result<Table, ConformanceError> {
    let mut table = if arguments.rows.is_empty() { Table::built_in()? } else { Table::default() };
    for path in &arguments.rows {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|source| ConformanceError::Rows { path: path.clone(), source })?;
        table.add(&path.display().to_string(), &text)?;
    }
    match &arguments.only {
        None => Ok(table),
        Some(pattern) => match table.only(pattern) {
            table if table.rows().is_empty() => Err(ConformanceError::NoRow(pattern.clone())),
            table => Ok(table),
        },
    }
}

/// The first frontend of the settings, and what there is to say of it. Settings that cannot be read stop nothing: the
/// deployment that is asked need not be the one they are of.
fn listed_origin(sources: &Sources) -> (Option<Origin>, Option<String>) {
    let Ok(settings) = Settings::load(sources) else {
        let note =
            "note: the settings cannot be read, so there is no frontend to call from; name one with --origin";
        return (None, Some(note.to_owned()));
    };
    let now = SystemClock.now();
    let living = settings.origins.allowed.iter().filter(|listing| listing.lives(now));
    let exact = living.filter_map(|listing| match &listing.pattern {
        OriginPattern::Exact(origin) => Some(origin.clone()),
        OriginPattern::Wildcard(_) => None,
    });
    match exact.into_iter().next() {
        Some(origin) => {
            let note =
                format!("note: calling from {origin}, the first of origins.allowed; --origin names another");
            (Some(origin), Some(note))
        }
        None => {
            let note = "note: origins.allowed names no frontend to call from; name one with --origin";
            (None, Some(note.to_owned()))
        }
    }
}

fn shown(report: &Report, as_json: bool) -> io::Result<String> {
    Ok(if as_json { serde_json::to_string_pretty(report)? + "\n" } else { report.to_string() })
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Carries the kit's requests to one deployment.
struct Wire {
    probe: Probe,
    target: Origin,
}

impl Transport for Wire {
    fn send(&self, request: &Request) -> Result<Answer, NoAnswer> {
        let headers = request.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes()));
        let request = concierge_probe::Request {
            method: request.method.clone(),
            target: request.path.clone(),
            headers: headers.collect(),
            body: request.body.clone(),
        };
        let answer = self.probe.send(&self.target, &request).map_err(no_answer)?;
        Ok(Answer { status: answer.status, headers: answer.headers, body: answer.body })
    }
}

fn no_answer(error: ProbeError) -> NoAnswer {
    let silence = match () {
        () if error.is_unreachable() => Silence::Unreachable,
        () if error.is_too_slow() => Silence::TooLong,
        () => Silence::Broken,
    };
    NoAnswer { reason: chain(&error), silence }
}
