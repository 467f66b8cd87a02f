//! The use case of somebody who knows their password and wants another.
//!
//! A change whose answer was lost can be sent again: when the current password is wrong but the new one is the
//! user's already, that counts as changed. So a caller who could not end the user's other sessions after the change
//! gets to it at the next try. To whoever guesses, the new password is a guess as well: so that is a step of its own,
//! [`ChangePassword::was_made`], to be counted on its own.

use std::sync::Arc;

use concierge_kernel::{BoxError, StoreFailure};

use crate::{
    Credentials, HashFailure, NewPassword, Password, PasswordError, PasswordHasher, StrengthFloor, User,
    UserStore, Username, Verification, Weakness,
};

/// What a user asks for, as far as can be told at once: the password they have, and another, of which nobody has estimated
/// yet how hard it is to guess.
#[derive(Debug)]
pub struct PasswordChangeRequest {
    current: Option<Password>,
    new: Password,
}

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

impl PasswordChangeRequest {
    /// Reads a change.
    pub fn parse(current: &str, new: &str) -> Result<Self, PasswordChangeError> {
        let new = Password::parse(new).map_err(PasswordChangeError::InvalidPassword)?;
        let current = Password::parse(current).ok();
        if current.as_ref().is_some_and(|current| current.expose() == new.expose()) {
            return Err(PasswordChangeError::Unchanged);
        }
        Ok(Self { current, new })
    }

    /// Estimates the strength of the new password of `username`. Takes as long as [`NewPassword::parse`]: to be limited like
    /// all that is dear.
    pub fn judge(
        self,
        username: &Username,
        floor: StrengthFloor,
    ) -> Result<PasswordChange, PasswordChangeError> {
        let Self { current, new } = self;
        let new = NewPassword::judge(new, username, floor).map_err(PasswordChangeError::PasswordTooWeak)?;
        Ok(PasswordChange { current, new })
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

    /// Changes the password of `user`, whose other sessions are to be ended afterwards. Blocks while passwords are hashed;
    /// no connection waits meanwhile.
    pub fn change(&self, user: &User, change: &PasswordChange) -> Result<(), ChangePasswordError> {
        let credentials = self.credentials(user)?;
        let knows_current = match &change.current {
            Some(current) => self.fits(current, &credentials)?,
            None => false,
        };
        if !knows_current {
            return Err(ChangePasswordError::WrongPassword);
        }
        let hash = self.hasher.hash(change.new.as_password())?;
        let replaced = self.store.replace_password_hash(user.id, &credentials.password_hash, &hash)?;
        replaced.then_some(()).ok_or(ChangePasswordError::Raced)
    }

    /// Whether the new password of a change, whose current one is wrong, is what `user` has: then it was made before, and is
    /// sent again. A guess as good as any other, to be counted as one. Blocks while a password is hashed.
    pub fn was_made(&self, user: &User, change: &PasswordChange) -> Result<bool, ChangePasswordError> {
        Ok(self.fits(change.new.as_password(), &self.credentials(user)?)?)
    }

    fn credentials(&self, user: &User) -> Result<Credentials, ChangePasswordError> {
        let found = self.store.find_credentials(&user.username)?;
        let same = |found: &Credentials| found.user.id == user.id && found.user.disabled_at.is_none();
        found.filter(same).ok_or(ChangePasswordError::UserGone)
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
