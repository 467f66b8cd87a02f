//! Where log lines go, and what a panic leaves in them.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use crate::settings::{Log, LogFormat};

/// Sends log lines to standard error from now on, panics included.
pub(crate) fn start(log: &Log) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(log.filter.as_str()))
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    let started = match log.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    if let Err(error) = started {
        tracing::warn!("logging had been started before: {error}");
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("with something that is no text");
        tracing::error!(place, "panicked: {message}");
    }));
}
