//! What a command takes that looks after users and sessions: the stores, and each use case when it is asked for.

use std::sync::Arc;

use concierge_audit::RecordEvent;
use concierge_hashing::{Argon2Hasher, Argon2Settings, HashingSettingsError};
use concierge_kernel::{Clock, Entropy};
use concierge_tokens::{EndSession, InspectSession, Revocations};
use concierge_users::{
    ChangeUser, CreateUser, FindUser, InvalidStrengthFloor, ListUsers, PasswordHasher, Register, SetPassword,
    StrengthFloor,
};

use super::stores::{OpenError, Stores};
use super::{hashing, policy};
use crate::settings::{DatabaseUrl, Log, Settings};
use crate::system::{SystemClock, SystemEntropy};

/// The database as an operator works on it, beside servers or without any. It signs nothing and serves nobody.
pub(crate) struct Desk<'a> {
    settings: &'a Settings,
    stores: Stores,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// Why there is nothing to work on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeskError {
    /// What is done to a memory of its own is forgotten when the command ends.
    #[error(
        "database.url is memory://, which nobody but the server itself can see: name a file, sqlite://PATH, \
         or a server, postgres://USER@HOST/DATABASE (CONCIERGE__DATABASE__URL)"
    )]
    NothingKept,
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
}

impl<'a> Desk<'a> {
    /// Opens the database that the settings name.
    ///
    /// # Errors
    /// It cannot be opened, or is none that outlives the command.
    pub(crate) fn open(settings: &'a Settings) -> Result<Self, DeskError> {
        if settings.database.url == DatabaseUrl::Memory {
            return Err(DeskError::NothingKept);
        }
        let stores = Stores::open(&settings.database)?;
        Ok(Self { settings, stores, clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) })
    }

    /// The migrations that opening the database applied, the oldest first.
    pub(crate) fn applied_migrations(&self) -> &[String] {
        &self.stores.migrations
    }

    pub(crate) fn find_user(&self) -> FindUser {
        FindUser::new(self.stores.users.clone())
    }

    pub(crate) fn list_users(&self) -> ListUsers {
        ListUsers::new(self.stores.users.clone())
    }

    pub(crate) fn change_user(&self) -> ChangeUser {
        ChangeUser::new(self.stores.users.clone(), self.clock.clone())
    }

    pub(crate) fn create_user(&self) -> Result<CreateUser, HashingSettingsError> {
        let (users, hasher) = (self.stores.users.clone(), self.hasher()?);
        Ok(CreateUser::new(Register::new(users, hasher, self.clock.clone(), self.entropy.clone())))
    }

    pub(crate) fn set_password(&self) -> Result<SetPassword, HashingSettingsError> {
        Ok(SetPassword::new(self.stores.users.clone(), self.hasher()?))
    }

    pub(crate) fn record_event(&self) -> RecordEvent {
        RecordEvent::new(self.stores.events.clone(), self.clock.clone(), self.entropy.clone())
    }

    /// What the settings say of the log.
    pub(crate) fn log(&self) -> &Log {
        &self.settings.log
    }

    pub(crate) fn password_floor(&self) -> Result<StrengthFloor, InvalidStrengthFloor> {
        StrengthFloor::new(self.settings.passwords.min_score)
    }

    pub(crate) fn inspect_session(&self) -> InspectSession {
        InspectSession::new(self.stores.sessions.clone())
    }

    /// What this process remembers of ended sessions it forgets at its end; servers read them from the store.
    pub(crate) fn end_session(&self) -> EndSession {
        let revocations = Revocations::new(&policy(&self.settings.tokens));
        EndSession::new(self.stores.sessions.clone(), self.clock.clone(), Arc::new(revocations))
    }

    /// One password is hashed, as a server would hash it.
    fn hasher(&self) -> Result<Arc<dyn PasswordHasher>, HashingSettingsError> {
        let settings = Argon2Settings { threads: 1, queue: 1, ..hashing(self.settings) };
        Ok(Arc::new(Argon2Hasher::new(settings, Arc::clone(&self.entropy))?))
    }
}
