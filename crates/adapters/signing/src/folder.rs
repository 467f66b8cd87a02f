//! The folder that key pairs are kept in: `KID.pem` for each, and `keys.json`, the plan.

mod files;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use concierge_kernel::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use crate::plan::{Duty, Kid, Plan, PlanError, SignedBy};
use crate::{CannotGenerate, Key, KeyAlgorithm, KeyError, KeyRing, Secret, generate};

const PLAN: &str = "keys.json";

/// A folder of keys. Several processes may use one: those that change it take turns, those that read it see it
/// whole.
pub struct KeyFolder(PathBuf);

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Nobody has made a key in it.
    #[error("{path} holds no keys: make one with `concierge keys generate`, or correct tokens.keys_dir", path = .0.display())]
    NoKeys(PathBuf),
    /// A file cannot be read or written.
    #[error("cannot use {path}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The plan makes no sense.
    #[error("{path} makes no sense", path = .path.display())]
    Plan {
        /// The file.
        path: PathBuf,
        /// Where.
        source: serde_json::Error,
    },
    /// A file holds no usable key.
    #[error("{path} holds no usable key", path = .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What was expected.
        source: KeyError,
    },
    /// A file holds another key than its name says.
    #[error("{path} holds the key {kid}: the file was renamed or replaced", path = .path.display())]
    OtherKey {
        /// The file.
        path: PathBuf,
        /// The key in it.
        kid: String,
    },
    /// The plan does not allow it.
    #[error(transparent)]
    Refused(#[from] PlanError),
    /// The machine could not make a key.
    #[error(transparent)]
    Generate(#[from] CannotGenerate),
}

impl KeyFolder {
    /// The folder at `path`, which need not be there yet.
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// What is to be done when.
    ///
    /// # Errors
    /// There are no keys, or the plan cannot be read.
    pub fn plan(&self) -> Result<Plan, FolderError> {
        let path = self.0.join(PLAN);
        match std::fs::read_to_string(&path) {
            Ok(text) => Plan::from_json(&text).map_err(|source| FolderError::Plan { path, source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(FolderError::NoKeys(self.0.clone())),
            Err(source) => Err(FolderError::File { path, source }),
        }
    }

    /// The keys that `duty` asks for; `secret` is the token secret.
    ///
    /// # Errors
    /// A key cannot be read, or is not the one it is said to be.
    pub fn ring(&self, duty: &Duty, secret: &Secret) -> Result<KeyRing, FolderError> {
        let mut verifying = Vec::with_capacity(duty.verifying.len() + 1);
        for kid in &duty.verifying {
            verifying.push(self.key(kid)?);
        }
        match &duty.signing {
            SignedBy::Secret => Ok(KeyRing::new(Key::hs256(secret), verifying)),
            SignedBy::Key(kid) => {
                verifying.extend(duty.secret_verifies.then(|| Key::hs256(secret)));
                Ok(KeyRing::new(self.key(kid)?, verifying))
            }
        }
    }

    /// Makes a key pair that waits until it is chosen to sign.
    ///
    /// # Errors
    /// It cannot be made or kept.
    pub fn generate(&self, algorithm: KeyAlgorithm, now: Timestamp) -> Result<Kid, FolderError> {
        loop {
            let pem = generate(algorithm)?;
            let kid = key_of(&self.0, pem.expose_secret())?.kid().to_owned();
            // A name that begins so would read as an option on the command line.
            if !kid.starts_with('-') {
                return self.import(&pem, now);
            }
        }
    }

    /// Keeps a key pair that was made elsewhere, PEM of PKCS#8.
    ///
    /// # Errors
    /// It is no usable key, is there already or cannot be kept.
    pub fn import(&self, pem: &SecretString, now: Timestamp) -> Result<Kid, FolderError> {
        let key = key_of(&self.0, pem.expose_secret())?;
        let algorithm = key.algorithm();
        let unusable = || FolderError::Key { path: self.0.clone(), source: KeyError::Unsupported };
        let kid = Kid::try_from(key.kid().to_owned()).map_err(|_| unusable())?;
        let algorithm = algorithm.ok_or_else(unusable)?;
        files::make_folder(&self.0).map_err(|source| FolderError::File { path: self.0.clone(), source })?;
        self.change(|plan| {
            plan.add(kid.clone(), algorithm, now)?;
            // Before the plan names it: whoever reads the plan finds the key.
            self.write(&self.file(&kid), pem.expose_secret())
        })?;
        Ok(kid)
    }

    /// Makes `kid` the signing key, in place of whichever signs now; returns when that begins, a few seconds
    /// from `now`. `lifetime` is how long a token lives at the most, expiry leeway included.
    ///
    /// # Errors
    /// There is no such key, it signs already, or the plan cannot be written.
    pub fn rotate(&self, kid: &str, now: Timestamp, lifetime: Duration) -> Result<Timestamp, FolderError> {
        // The plan knows whole seconds.
        self.change(|plan| Ok(plan.rotate(kid, now.floor_to_secs(), lifetime)?))
    }

    /// Takes away a key that no token needs any more, or that must go `at_once`: `secret` for the token secret,
    /// which then verifies no longer.
    ///
    /// # Errors
    /// There is no such key, it signs, it is still needed, or the plan cannot be written.
    pub fn retire(&self, kid: &str, now: Timestamp, at_once: bool) -> Result<(), FolderError> {
        let mut gone = None;
        self.change(|plan| {
            gone =
                plan.keys.iter().find(|entry| entry.kid.as_str() == kid).map(|entry| self.file(&entry.kid));
            Ok(plan.retire(kid, now.floor_to_secs(), at_once)?)
        })?;
        let Some(path) = gone else { return Ok(()) };
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(FolderError::File { path, source })
            }
            _ => Ok(()),
        }
    }

    /// Reads the plan, changes it and writes it, while nobody else does.
    fn change<T>(&self, change: impl FnOnce(&mut Plan) -> Result<T, FolderError>) -> Result<T, FolderError> {
        let _turn = files::take_turn(&self.0).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => FolderError::NoKeys(self.0.clone()),
            _ => FolderError::File { path: self.0.clone(), source },
        })?;
        let mut plan = match self.plan() {
            Err(FolderError::NoKeys(_)) => Plan::default(),
            plan => plan?,
        };
        let changed = change(&mut plan)?;
        let path = self.0.join(PLAN);
        let text = plan.to_json().map_err(|source| FolderError::Plan { path: path.clone(), source })?;
        self.write(&path, &text)?;
        Ok(changed)
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), FolderError> {
        files::replace(path, text).map_err(|source| FolderError::File { path: path.to_owned(), source })
    }

    fn file(&self, kid: &Kid) -> PathBuf {
        self.0.join(format!("{kid}.pem"))
    }

    fn key(&self, kid: &Kid) -> Result<Key, FolderError> {
        let path = self.file(kid);
        let pem: SecretString = match std::fs::read_to_string(&path) {
            Ok(text) => text.into(),
            Err(source) => return Err(FolderError::File { path, source }),
        };
        let key = key_of(&path, pem.expose_secret())?;
        if key.kid() == kid.as_str() {
            Ok(key)
        } else {
            Err(FolderError::OtherKey { path, kid: key.kid().to_owned() })
        }
    }
}

fn key_of(path: &Path, pem: &str) -> Result<Key, FolderError> {
    Key::from_pem(pem).map_err(|source| FolderError::Key { path: path.to_owned(), source })
}
