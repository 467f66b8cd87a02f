//! `concierge doctor`: whether cookies and CORS can work between the API and its frontends, and whether they do.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use concierge_kernel::Clock as _;
use concierge_probe::{Probe, Trust, TrustError};

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

/// Examines, reports, and fails when something cannot work.
pub(super) fn doctor(command: &DoctorCommand, sources: &Sources) -> Result<ExitCode, DoctorFailure> {
    let DoctorCommand { api, frontends, live, ca, json } = command;
    let outline = Outline::read(sources);
    let subject = Subject::new(api.as_deref(), frontends, &outline, SystemClock.now());
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
    Ok(if report.works() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
