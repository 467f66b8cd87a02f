//! The use case of somebody who comes back: prove to be the user of that name.
//!
//! An attacker who guesses must not learn which usernames exist. Every refused attempt therefore costs one
//! verification at the current cost, one more at an older cost where a hash was not upgraded yet, and ends in the same
//! error.

use std::sync::Arc;

use concierge_kernel::{BoxError, StoreFailure, UserId};

use crate::{
    Credentials, HashFailure, Password, PasswordHash, PasswordHasher, User, UserStore, Username, Verification,
};

/// A username and a password as somebody typed them. What is no valid username or password can match nobody,
/// but is an attempt all the same.
#[derive(Debug)]
pub struct LoginAttempt {
    username: Option<Username>,
    password: Option<Password>,
}

impl LoginAttempt {
    /// Reads an attempt; there is none that cannot be made.
    pub fn parse(username: &str, password: &str) -> Self {
        Self { username: Username::parse(username).ok(), password: Password::parse(password).ok() }
    }

    /// The name that is tried, `None` when the text is no username. For limiting and for the audit log.
    pub fn username(&self) -> Option<&Username> {
        self.username.as_ref()
    }
}

/// Tells whether somebody is who they say they are.
pub struct Authenticate {
    store: Arc<dyn UserStore>,
    hasher: Arc<dyn PasswordHasher>,
}

/// A successful authentication.
#[derive(Debug)]
pub struct Authenticated {
    /// Who it is.
    pub user: User,
    /// What became of their hash on this occasion. To be logged: it changes nothing for the user.
    pub upgrade: Upgrade,
    /// The hash that the store had when this authentication was done with it.
    hash: PasswordHash,
}

/// What became of a hash whose parameters may have been outdated.
#[derive(Debug)]
pub enum Upgrade {
    /// The parameters are the current ones.
    NotNeeded,
    /// The hash was replaced by one with the current parameters.
    Done,
    /// Somebody else changed the hash meanwhile: theirs stays.
    Lost,
    /// The old hash stays, and the next login tries again.
    Failed(UpgradeError),
}

/// Why a hash was not upgraded.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeError {
    /// The password could not be hashed anew.
    #[error("the password could not be hashed anew")]
    Hashing(#[from] HashFailure),
    /// The new hash could not be stored.
    #[error("the new hash could not be stored")]
    Store(#[from] StoreFailure),
}

/// Why an authentication failed.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// Nobody is let in. The answer MUST NOT depend on the reason.
    #[error("the credentials are refused")]
    Refused(Refusal),
    /// Too many passwords wait to be hashed; the same attempt may succeed later.
    #[error("too many passwords wait to be hashed")]
    Overloaded,
    /// The password could not be checked.
    #[error("the password could not be checked")]
    Hashing(#[source] BoxError),
    /// The store broke.
    #[error(transparent)]
    Store(#[from] StoreFailure),
}

/// Why somebody is refused. For the audit log alone: whoever is told it learns which usernames exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no user of that name.
    UnknownUser,
    /// This user's password is another one.
    WrongPassword(UserId),
    /// The password is right, but this user may not log in.
    Disabled(UserId),
}

impl Authenticate {
    /// Authenticates the users of `store`.
    pub fn new(store: Arc<dyn UserStore>, hasher: Arc<dyn PasswordHasher>) -> Self {
        Self { store, hasher }
    }

    /// Checks an attempt, and upgrades the user's hash when it succeeds and its parameters are outdated.
    /// Blocks while the password is hashed.
    pub fn authenticate(&self, attempt: LoginAttempt) -> Result<Authenticated, AuthenticateError> {
        let LoginAttempt { username, password } = attempt;
        let credentials = match &username {
            Some(username) => self.store.find_credentials(username)?,
            None => None,
        };
        // Only a real password meets a real hash; everything else is measured against the decoy, and its
        // verdict ignored.
        let (credentials, password) = match (credentials, password) {
            (Some(credentials), Some(password)) => (credentials, password),
            (credentials, password) => {
                let password = password.unwrap_or_else(Password::stand_in);
                self.hasher.verify(&password, &self.hasher.decoy())?;
                let wrong = |known: Credentials| Refusal::WrongPassword(known.user.id);
                let reason = credentials.map_or(Refusal::UnknownUser, wrong);
                return Err(AuthenticateError::Refused(reason));
            }
        };
        let verification = self.hasher.verify(&password, &credentials.password_hash)?;
        match verification {
            Verification::Mismatch => {
                Err(AuthenticateError::Refused(Refusal::WrongPassword(credentials.user.id)))
            }
            Verification::MismatchOutdated => {
                self.make_up_for_an_outdated_hash(&password)?;
                Err(AuthenticateError::Refused(Refusal::WrongPassword(credentials.user.id)))
            }
            Verification::Match if credentials.user.disabled_at.is_some() => {
                Err(AuthenticateError::Refused(Refusal::Disabled(credentials.user.id)))
            }
            // Without any upgrade: the time that one takes would tell that the password was right.
            Verification::MatchOutdated if credentials.user.disabled_at.is_some() => {
                self.make_up_for_an_outdated_hash(&password)?;
                Err(AuthenticateError::Refused(Refusal::Disabled(credentials.user.id)))
            }
            Verification::Match => {
                let Credentials { user, password_hash: hash } = credentials;
                Ok(Authenticated { user, upgrade: Upgrade::NotNeeded, hash })
            }
            Verification::MatchOutdated => {
                let upgraded = self.upgrade(&credentials, &password);
                let Credentials { user, password_hash: old } = credentials;
                let (upgrade, hash) = match upgraded {
                    Ok(Some(new)) => (Upgrade::Done, new),
                    Ok(None) => (Upgrade::Lost, old),
                    Err(error) => (Upgrade::Failed(error), old),
                };
                Ok(Authenticated { user, upgrade, hash })
            }
        }
    }

    /// Costs have mostly been raised since an outdated hash was made, so checking it is cheaper by far than the decoy that
    /// unknown users are verified against. With the decoy on top the two differ by little more than noise.
    fn make_up_for_an_outdated_hash(&self, password: &Password) -> Result<(), HashFailure> {
        self.hasher.verify(password, &self.hasher.decoy()).map(drop)
    }

    /// Whether what was shown is still the user's password, and the user may still log in and has the same roles. To be
    /// asked once more when a session has been opened: whoever changes any of these ends the sessions that there are, and
    /// so misses one that is opened only then. `false` also when the hash was merely upgraded meanwhile: authenticate
    /// again.
    pub fn still_stands(&self, authenticated: &Authenticated) -> Result<bool, StoreFailure> {
        let now = self.store.find_credentials(&authenticated.user.username)?;
        Ok(now.is_some_and(|now| {
            let same_user = now.user.id == authenticated.user.id && now.user.disabled_at.is_none();
            let same_roles = now.user.roles == authenticated.user.roles;
            same_user && same_roles && now.password_hash == authenticated.hash
        }))
    }

    /// The new hash; `None` when somebody else was first.
    fn upgrade(&self, old: &Credentials, password: &Password) -> Result<Option<PasswordHash>, UpgradeError> {
        let new = self.hasher.hash(password)?;
        let replaced = self.store.replace_password_hash(old.user.id, &old.password_hash, &new)?;
        Ok(replaced.then_some(new))
    }
}

impl From<HashFailure> for AuthenticateError {
    fn from(failure: HashFailure) -> Self {
        match failure {
            HashFailure::Overloaded => Self::Overloaded,
            HashFailure::Unreadable(_) | HashFailure::Failed(_) => Self::Hashing(failure.into()),
        }
    }
}

#[cfg(test)]
mod tests;
