//! `concierge keys`.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use concierge_kernel::Clock as _;
use concierge_signing::{FolderError, KeyAlgorithm, KeyFolder, ListedKey, Standing};

use crate::settings::Settings;
use crate::system::SystemClock;

/// What can be done with keys.
#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Make a key pair. It is published and verifies at once, and signs when `rotate` names it.
    Generate {
        /// What it signs with.
        #[arg(long, value_enum, default_value_t = Algorithm::Eddsa)]
        algorithm: Algorithm,
    },
    /// Keep a private key that was made elsewhere: PEM of PKCS#8 without a passphrase.
    Import {
        /// The file.
        file: PathBuf,
    },
    /// Make a key the signing one, a new one unless KID names it. The old one verifies on.
    Rotate {
        /// The key; `concierge keys list` shows them.
        kid: Option<String>,
        /// What a new one signs with.
        #[arg(long, value_enum, default_value_t = Algorithm::Eddsa, conflicts_with = "kid")]
        algorithm: Algorithm,
    },
    /// Show every key: its name, its algorithm, what it is for and since or until when.
    List,
    /// Take away a key that no longer signs, and delete its file. `secret` names the token secret.
    Retire {
        /// The key; `concierge keys list` shows them.
        kid: String,
        /// Even if sessions depend on it, which this ends: for a key that was stolen.
        #[arg(long)]
        now: bool,
    },
}

/// What a key pair signs with.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Algorithm {
    /// Ed25519.
    Eddsa,
    /// ECDSA on P-256.
    Es256,
    /// RSA of 3072 bits.
    Rs256,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeysError {
    #[error("keys have no place yet: name a folder in tokens.keys_dir (CONCIERGE__TOKENS__KEYS_DIR)")]
    NoFolder,
    #[error("cannot read {path}", path = .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("standard output is closed")]
    Output(#[from] io::Error),
}

pub(super) fn run(command: &KeysCommand, settings: &Settings) -> Result<(), KeysError> {
    let path = settings.tokens.keys_dir.as_ref().ok_or(KeysError::NoFolder)?;
    let folder = KeyFolder::new(path);
    let now = SystemClock.now();
    let mut out = io::stdout().lock();
    match command {
        KeysCommand::Generate { algorithm } => {
            let kid = folder.generate((*algorithm).into(), now)?;
            writeln!(out, "{kid}")?;
        }
        KeysCommand::Import { file } => {
            let text = std::fs::read_to_string(file)
                .map_err(|source| KeysError::Unreadable { path: file.clone(), source })?;
            let kid = folder.import(&text.into(), now)?;
            writeln!(out, "{kid}")?;
        }
        KeysCommand::Rotate { kid, algorithm } => {
            let kid = match kid {
                Some(kid) => kid.clone(),
                None => folder.generate((*algorithm).into(), now)?.to_string(),
            };
            let lifetime = settings.tokens.refresh_ttl + settings.tokens.leeway;
            let begins = folder.rotate(&kid, now, lifetime)?;
            writeln!(out, "{kid} signs from {begins}")?;
        }
        KeysCommand::List => {
            writeln!(out, "{:43}  {:9}  {:27}  STATE", "KID", "ALGORITHM", "MADE")?;
            for key in folder.plan()?.list(now) {
                writeln!(out, "{}", line(&key))?;
            }
        }
        KeysCommand::Retire { kid, now: at_once } => {
            folder.retire(kid, now, *at_once)?;
            writeln!(out, "{kid} is retired")?;
        }
    }
    Ok(())
}

fn line(key: &ListedKey) -> String {
    let kid = key.kid.as_ref().map_or("secret", |kid| kid.as_str());
    let algorithm = key.algorithm.map_or("HS256", KeyAlgorithm::name);
    let made = key.created.map_or_else(String::new, |moment| moment.to_string());
    let state = match key.standing {
        Standing::Standby => "standby: verifies, has never signed".to_owned(),
        Standing::Next(from) => format!("signs from {from}"),
        Standing::Signing(_) if key.kid.is_none() => "signing".to_owned(),
        Standing::Signing(since) => format!("signing since {since}"),
        Standing::Verifying(until) => format!("verifies until {until}"),
        Standing::Expired(since) => format!("no longer needed since {since}"),
    };
    format!("{kid:43}  {algorithm:9}  {made:27}  {state}")
}

impl From<Algorithm> for KeyAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Eddsa => Self::EdDsa,
            Algorithm::Es256 => Self::Es256,
            Algorithm::Rs256 => Self::Rs256,
        }
    }
}
