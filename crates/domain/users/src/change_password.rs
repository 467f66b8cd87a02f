//! The use case of somebody who knows their password and wants another.
//!
//! A change whose answer was lost can be sent again: when the current password is wrong but the new one is the
//! user's already, that counts as changed. So a caller who could not end the user's other sessions after the change
//! gets to it at the next try.

use std::sync::Arc;

use concierge_kernel::{BoxError, StoreFailure};

use crate::{
    Credentials, HashFailure, NewPassword, NewPasswordError, Password, PasswordError, PasswordHasher,
    StrengthFloor, User, UserStore, Username, Verification, Weakness,
};

/// What a user asks for: the password they have, and one that is hard to guess and another.
#[derive(Debug)]
pub struct PasswordChange {
    /// `None` when the text is no password and so cannot be anybody's.
    current: Option<Password>,
    new: NewPassword,
}

/// What is wrong with a change, before it is known whether the current password is right. The variants are the kinds
/// that clients tell apart; the messages may be shown to whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum PasswordChangeError {
    /// The new password has a wrong length or forbidden characters.
    #[error(transparent)]
    InvalidPassword(PasswordError),
    /// The new password is too easy to guess.
    #[error(transparent)]
    PasswordTooWeak(Weakness),
    /// The new password is the current one.
    #[error("The new password must differ from the current one.")]
    Unchanged,
}

impl PasswordChange {
    /// Reads a change of the password of `username`. Estimating the new one's strength takes a millisecond of CPU, at
    /// worst fifty: never on a thread that serves others.
    pub fn parse(
        username: &Username,
        current: &str,
        new: &str,
        floor: StrengthFloor,
    ) -> Result<Self, PasswordChangeError> {
        let new = NewPassword::parse(new, username, floor)?;
        let current = Password::parse(current).ok();
        if current.as_ref().is_some_and(|current| current.expose() == new.as_password().expose()) {
            return Err(PasswordChangeError::Unchanged);
        }
        Ok(Self { current, new })
    }
}

impl From<NewPasswordError> for PasswordChangeError {
    fn from(error: NewPasswordError) -> Self {
        match error {
            NewPasswordError::Invalid(error) => Self::InvalidPassword(error),
            NewPasswordError::TooWeak(weakness) => Self::PasswordTooWeak(weakness),
        }
    }
}

/// Changes passwords.
pub struct ChangePassword {
    store: Arc<dyn UserStore>,
    hasher: Arc<dyn PasswordHasher>,
}

/// Why a password stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The current password is another one.
    #[error("the current password is wrong")]
    WrongPassword,
    /// Somebody else changed it, or its hash, meanwhile; the same change may succeed at the next try.
    #[error("the password was changed meanwhile")]
    Raced,
    /// There is no such user any more, or they may not log in.
    #[error("the user is gone")]
    UserGone,
    /// Too many passwords wait to be hashed; the same change may succeed later.
    #[error("too many passwords wait to be hashed")]
    Overloaded,
    /// A password could not be checked or hashed.
    #[error("a password could not be checked or hashed")]
    Hashing(#[source] BoxError),
    /// The store broke.
    #[error(transparent)]
    Store(#[from] StoreFailure),
}

impl ChangePassword {
    /// Changes the passwords of the users of `store`.
    pub fn new(store: Arc<dyn UserStore>, hasher: Arc<dyn PasswordHasher>) -> Self {
        Self { store, hasher }
    }

    /// Changes the password of `user`, whose other sessions are to be ended afterwards, and tells whether it was this
    /// that changed it: `false` for a change that is sent again. Blocks while passwords are hashed; no connection waits
    /// meanwhile.
    pub fn change(&self, user: &User, change: &PasswordChange) -> Result<bool, ChangePasswordError> {
        let found = self.store.find_credentials(&user.username)?;
        let same = |found: &Credentials| found.user.id == user.id && found.user.disabled_at.is_none();
        let credentials = found.filter(same).ok_or(ChangePasswordError::UserGone)?;
        let new = change.new.as_password();
        let knows_current = match &change.current {
            Some(current) => self.fits(current, &credentials)?,
            None => false,
        };
        if !knows_current {
            let done_before = self.fits(new, &credentials)?;
            return if done_before { Ok(false) } else { Err(ChangePasswordError::WrongPassword) };
        }
        let hash = self.hasher.hash(new)?;
        let replaced = self.store.replace_password_hash(user.id, &credentials.password_hash, &hash)?;
        replaced.then_some(true).ok_or(ChangePasswordError::Raced)
    }

    fn fits(&self, password: &Password, credentials: &Credentials) -> Result<bool, HashFailure> {
        match self.hasher.verify(password, &credentials.password_hash)? {
            Verification::Match | Verification::MatchOutdated => Ok(true),
            Verification::Mismatch | Verification::MismatchOutdated => Ok(false),
        }
    }
}

impl From<HashFailure> for ChangePasswordError {
    fn from(failure: HashFailure) -> Self {
        match failure {
            HashFailure::Overloaded => Self::Overloaded,
            HashFailure::Unreadable(_) | HashFailure::Failed(_) => Self::Hashing(failure.into()),
        }
    }
}

#[cfg(test)]
mod tests;
