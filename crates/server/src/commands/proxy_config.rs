//! `concierge proxy-config`.

use std::io::{self, Write};

use clap::Args;
use concierge_kernel::Clock as _;
use concierge_origins::Origin;

use crate::proxy::{Printed, Proxy, ProxyError, Target};
use crate::settings::Settings;
use crate::system::SystemClock;

/// Which configuration is asked for.
#[derive(Args)]
pub(super) struct ProxyConfig {
    /// What is to be configured.
    #[arg(long = "for", value_enum)]
    target: Target,
    /// The frontend's origin; unless given, the first that origins.allowed names exactly.
    #[arg(long, value_parser = Origin::parse, value_name = "ORIGIN")]
    frontend: Option<Origin>,
    /// Where the proxy reaches the API; unless given, server.public_url, or where it listens if that is this machine. Once
    /// for each replica.
    #[arg(long, value_parser = super::address, value_name = "ORIGIN")]
    upstream: Vec<Origin>,
}

/// Why nothing was printed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProxyConfigError {
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    #[error("standard output is closed")]
    Output(#[from] io::Error),
}

pub(super) fn run(wanted: ProxyConfig, settings: &Settings) -> Result<(), ProxyConfigError> {
    let ProxyConfig { target, frontend, upstream } = wanted;
    let printed = Proxy::new(settings, frontend, upstream, SystemClock.now())?.print(target, settings)?;
    write(&printed, &mut io::stdout().lock(), &mut io::stderr().lock())?;
    Ok(())
}

/// Everything to `out`, but the remarks to `aside` where the format has no comments.
fn write(printed: &Printed, out: &mut impl Write, aside: &mut impl Write) -> io::Result<()> {
    for line in &printed.remarks {
        match printed.comment {
            Some(comment) => writeln!(out, "{}", format!("{comment} {line}").trim_end())?,
            None => writeln!(aside, "{line}")?,
        }
    }
    if printed.comment.is_some() {
        writeln!(out)?;
    }
    write!(out, "{}", printed.configuration)?;
    out.flush()
}
