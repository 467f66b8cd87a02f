//! `concierge explain`: why a request is let through or not.

use std::io::{self, Write as _};

use clap::Args;
use concierge_kernel::Clock as _;
use concierge_web::{ExplainError, ExplainRequest, explanation_body};

use crate::origins::registry;
use crate::settings::Settings;
use crate::system::SystemClock;
use crate::wiring::cors_options;

/// The request to explain.
#[derive(Args)]
pub(super) struct ExplainCommand {
    /// The page's origin as the browser's console names it, such as http://localhost:5173; none without a page.
    #[arg(long)]
    origin: Option<String>,
    /// The request's method.
    #[arg(long, default_value = "GET", value_parser = method)]
    method: String,
    /// The request's path, such as /auth/login.
    #[arg(long, value_parser = path)]
    path: String,
    /// A header the page sends, as 'Name: value'; may be repeated.
    #[arg(long = "header", value_name = "HEADER", value_parser = header)]
    headers: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Why nothing was explained.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExplainFailure {
    #[error(transparent)]
    Request(#[from] ExplainError),
    #[error("cannot tell where the API lives: set server.public_url")]
    PublicUrl,
    #[error("cannot write the explanation")]
    Output(#[from] io::Error),
}

pub(super) fn explain(command: &ExplainCommand, settings: &Settings) -> Result<(), ExplainFailure> {
    let ExplainCommand { origin, method, path, headers, json } = command;
    let request = ExplainRequest::parse(method, path, origin.as_deref(), headers.iter().map(String::as_str))?;
    let lives_at = settings.server.lives_at(settings.server.port).ok_or(ExplainFailure::PublicUrl)?;
    let own = settings.server.own_origins_at(&lives_at, settings.environment);
    let registry = registry(own, &settings.origins, SystemClock.now());
    let explanation = request.explain(&registry, &cors_options(settings));
    let mut out = io::stdout().lock();
    if *json {
        writeln!(out, "{:#}", explanation_body(&explanation))?;
        return Ok(out.flush()?);
    }
    for step in &explanation.steps {
        let verdict = if step.passes { "pass" } else { "STOP" };
        writeln!(out, "{verdict}  {rule:<12} {because}", rule = step.rule.as_str(), because = step.because)?;
    }
    writeln!(out, "{}", explanation.outcome)?;
    Ok(out.flush()?)
}

// Each looked at by itself, so that a command line with one that is none makes no sense.

fn method(text: &str) -> Result<String, ExplainError> {
    ExplainRequest::parse(text, "/", None, []).map(|_| text.to_owned())
}

fn path(text: &str) -> Result<String, ExplainError> {
    ExplainRequest::parse("GET", text, None, []).map(|_| text.to_owned())
}

fn header(text: &str) -> Result<String, ExplainError> {
    ExplainRequest::parse("GET", "/", None, [text]).map(|_| text.to_owned())
}
