//! `concierge doctor`: whether cookies and CORS can work between the API and its frontends, and whether they do.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use clap::error::ErrorKind;
use concierge_kernel::Clock as _;
use concierge_origins::{Origin, OriginError};
use concierge_probe::{Probe, Trust, TrustError};

use super::{EX_CONFIG, address};
use crate::doctor::{Examiner, Report, Subject, body, write};
use crate::settings::{Outline, Sources};
use crate::system::SystemClock;

/// What to examine.
#[derive(Args)]
pub(super) struct DoctorCommand {
    /// Where browsers reach the API, such as https://api.example.com; server.public_url unless given.
    #[arg(long, value_name = "URL")]
    api: Option<String>,
    /// A page's origin as the browser's console names it, such as http://localhost:5173; may be repeated;
    /// origins.allowed unless given.
    #[arg(long = "frontend", value_name = "ORIGIN", num_args = 1..)]
    frontends: Vec<String>,
    /// Ask the running API as each frontend's pages would, through whatever stands before it.
    #[arg(long)]
    live: bool,
    /// Certificate authorities to trust besides the system's, in PEM, for --live.
    #[arg(long, value_name = "FILE", requires = "live")]
    ca: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub(super) enum DoctorFailure {
    #[error("cannot ask over https")]
    Trust(#[from] TrustError),
    #[error("cannot write the report")]
    Output(#[from] io::Error),
}

impl DoctorCommand {
    /// The API and the frontends that are named. Of those that are no origins all are told at once.
    ///
    /// # Errors
    /// The command line makes no sense.
    fn named(&self) -> Result<(Option<Origin>, Vec<Origin>), clap::Error> {
        let mut faults = Vec::new();
        let mut read = |option, origin: Result<Origin, OriginError>| {
            origin.map_err(|error| faults.push(format!("{option}: {error}"))).ok()
        };
        let api = self.api.as_deref().and_then(|api| read("--api", address(api)));
        let frontends = self.frontends.iter().filter_map(|text| read("--frontend", Origin::parse(text)));
        let frontends = frontends.collect();
        match &faults[..] {
            [] => Ok((api, frontends)),
            faults => Err(clap::Error::raw(ErrorKind::ValueValidation, faults.join("\n       ") + "\n")),
        }
    }
}

/// Examines, reports, and fails when something cannot work; as for wrong settings when they do not tell what is to be
/// examined.
pub(super) fn doctor(command: &DoctorCommand, sources: &Sources) -> Result<ExitCode, DoctorFailure> {
    let DoctorCommand { live, ca, json, .. } = command;
    let (api, frontends) = command.named().unwrap_or_else(|error| error.exit());
    let outline = Outline::read(sources);
    let subject = Subject::new(api, frontends, &outline, SystemClock.now());
    let mut report = Report::of(&subject);
    if *live {
        let probe = Probe::new(Arc::new(SystemClock), Trust::new(ca.as_deref())?);
        Examiner::new(&|origin, request| probe.send(origin, request)).examine(&mut report);
    }
    let mut out = io::stdout().lock();
    if *json {
        writeln!(out, "{:#}", body(&report))?;
    } else {
        write(&report, &mut out)?;
    }
    out.flush()?;
    Ok(match (report.works(), report.has_faults()) {
        (true, _) => ExitCode::SUCCESS,
        (false, true) => ExitCode::from(EX_CONFIG),
        (false, false) => ExitCode::FAILURE,
    })
}
