//! `concierge health`: whether the server of these settings can serve.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use concierge_origins::Origin;
use concierge_probe::{Answer, Probe, ProbeError, Request, Trust, TrustError};
use serde_json::Value;

use crate::settings::Settings;
use crate::system::SystemClock;

/// How long the server may take. What watches over containers waits for five seconds or so, then ends this command, and nobody
/// hears why.
const PATIENCE: Duration = Duration::from_secs(3);

/// What to ask.
#[derive(Args)]
pub(super) struct HealthCommand {
    /// Ask only whether it runs, not whether what it needs does.
    #[arg(long)]
    live: bool,
}

/// Why it is not known to be healthy.
#[derive(Debug, thiserror::Error)]
pub(super) enum HealthError {
    #[error("whom to ask? server.port is 0, any free one: set the port that the server listens on")]
    AnyPort,
    #[error("cannot ask")]
    Trust(#[from] TrustError),
    #[error("{0} does not tell")]
    Silent(Origin, #[source] ProbeError),
    #[error("{0} takes the connection and does not answer within {seconds} seconds", seconds = PATIENCE.as_secs())]
    Hung(Origin),
    #[error("{0}")]
    Unhealthy(String),
    #[error("standard output is closed")]
    Output(#[from] io::Error),
}

/// Asks where the server listens, past any proxy, and says what it answers.
pub(super) fn health(command: &HealthCommand, settings: &Settings) -> Result<(), HealthError> {
    let target = if command.live { "/health/live" } else { "/health/ready" };
    let listener = settings.server.listener().ok_or(HealthError::AnyPort)?;
    let request = Request { method: "GET".to_owned(), target: target.to_owned(), ..Request::default() };
    let probe = Probe::new(Arc::new(SystemClock), Trust::new(None)?).patient(PATIENCE);
    let answer = probe.send(&listener, &request).map_err(|error| match error {
        ProbeError::TooSlow => HealthError::Hung(listener.clone()),
        error => HealthError::Silent(listener.clone(), error),
    })?;
    if answer.status != 200 {
        return Err(HealthError::Unhealthy(refusal(&listener, &answer)));
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{}", String::from_utf8_lossy(&answer.body).trim_end())?;
    Ok(out.flush()?)
}

/// The problem's own words where there is one.
fn refusal(listener: &Origin, answer: &Answer) -> String {
    let problem: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let detail = problem.as_ref().and_then(|problem| problem["detail"].as_str()).unwrap_or("no reason");
    format!("{listener} answers {}: {detail}", answer.status)
}
