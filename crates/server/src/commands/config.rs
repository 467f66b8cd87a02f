//! `concierge config check` and `concierge config show`.

use std::io::{self, Write};

use clap::Subcommand;

use crate::settings::{Registry, Settings};

#[derive(Subcommand)]
pub(super) enum ConfigCommand {
    /// Check the settings and start nothing: exit code 78 and every fault, or the warnings there are.
    Check,
    /// Print every setting with the layer it came from; secrets stay hidden.
    Show,
}

pub(super) fn config(command: &ConfigCommand, settings: &Settings) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match command {
        ConfigCommand::Check => check(settings, &mut out)?,
        ConfigCommand::Show => show(&settings.sources, &mut out)?,
    }
    out.flush()
}

fn check(settings: &Settings, out: &mut impl Write) -> io::Result<()> {
    for warning in &settings.warnings {
        writeln!(out, "warning: {warning}")?;
    }
    writeln!(out, "The settings can be used ({}).", settings.environment.name())
}

/// As TOML with the layers in comments, in the order in which the settings are documented.
fn show(registry: &Registry, out: &mut impl Write) -> io::Result<()> {
    let widest = registry.iter().map(|setting| line(setting.key(), setting.value()).chars().count()).max();
    let width = widest.unwrap_or(0).min(60);
    for setting in registry.iter() {
        let line = line(setting.key(), setting.value());
        match setting.layer() {
            Some(layer) => writeln!(out, "{line:width$}  # {layer}")?,
            None => writeln!(out, "{line}")?,
        }
    }
    Ok(())
}

fn line(key: &str, value: Option<&str>) -> String {
    value.map_or_else(|| format!("# {key} is unset"), |value| format!("{key} = {value}"))
}
