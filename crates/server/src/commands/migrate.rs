//! `concierge migrate`.

use std::io::{self, Write as _};

use crate::settings::Settings;
use crate::wiring::{Desk, DeskError};

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum MigrateError {
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error("standard output is closed")]
    Output(#[from] io::Error),
}

pub(super) fn migrate(settings: &Settings) -> Result<(), MigrateError> {
    let desk = Desk::open(settings)?;
    let mut out = io::stdout().lock();
    match desk.applied_migrations() {
        [] => writeln!(out, "The database is up to date.")?,
        applied => {
            for name in applied {
                writeln!(out, "applied {name}")?;
            }
        }
    }
    Ok(out.flush()?)
}
