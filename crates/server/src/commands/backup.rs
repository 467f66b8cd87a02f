//! `concierge backup`.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::Args;

use super::tell;
use crate::settings::{DatabaseUrl, Settings};
use crate::token_secret;
use crate::wiring::DeskError;

/// Where to.
#[derive(Args)]
pub(super) struct BackupCommand {
    /// The new file. It is made readable by its owner alone, for it holds password hashes.
    file: PathBuf,
}

/// Postgres has tools of its own, which know more.
#[derive(Debug, thiserror::Error)]
#[error(
    "database.url is a Postgres server, which is backed up by its own tools: pg_dump --format=custom --file={} URL, with \
     database.url as URL (docs/operations.md tells how to restore)",
    .0.display()
)]
struct OfPostgres(PathBuf);

pub(super) fn backup(command: &BackupCommand, settings: &Settings) -> Result<(), Box<dyn Error>> {
    let BackupCommand { file } = command;
    let path = match &settings.database.url {
        DatabaseUrl::Sqlite { path } => path,
        DatabaseUrl::Postgres(_) => return Err(OfPostgres(file.clone()).into()),
        DatabaseUrl::Memory => return Err(DeskError::NothingKept.into()),
    };
    concierge_store_sqlite::back_up(path, file, settings.database.busy_timeout)?;
    tell(&format!("backed up {} to {}", path.display(), file.display()));
    tell(&format!("not in it: {}; without it everybody has to log in again", what_signs(path, settings)));
    Ok(())
}

/// What the tokens in the backup are worth nothing without.
fn what_signs(database: &Path, settings: &Settings) -> String {
    let secret = match settings.tokens.secret {
        Some(_) => "tokens.secret".to_owned(),
        None => token_secret::beside(database).display().to_string(),
    };
    match &settings.tokens.keys_dir {
        Some(folder) => format!("{secret} and the keys in {}", folder.display()),
        None => secret,
    }
}
