//! The use case of a newcomer: choose a username and a password.

use std::sync::Arc;

use concierge_kernel::{BoxError, Clock, Entropy, StoreFailure, UserId};

use crate::{
    HashFailure, InsertUserError, NewPassword, Password, PasswordError, PasswordHasher, Roles, StrengthFloor,
    User, UserStore, Username, UsernameError, Weakness,
};

/// What a newcomer asks for, as far as can be told at once: a valid username and a valid password, of which nobody has
/// estimated yet how hard it is to guess.
#[derive(Debug)]
pub struct RegistrationRequest {
    username: Username,
    password: Password,
}

/// What a newcomer asks for: a valid username and a password that is hard to guess.
#[derive(Debug)]
pub struct Registration {
    username: Username,
    password: NewPassword,
}

/// What is wrong with a registration, before anybody is asked whether the username is free. The variants are
/// the kinds that clients tell apart; the messages may be shown to whoever registers.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum RegistrationError {
    /// The username has a wrong length or forbidden characters.
    #[error(transparent)]
    InvalidUsername(#[from] UsernameError),
    /// The password has a wrong length or forbidden characters.
    #[error(transparent)]
    InvalidPassword(PasswordError),
    /// The password is too easy to guess.
    #[error(transparent)]
    PasswordTooWeak(Weakness),
}

impl RegistrationRequest {
    /// Reads a registration; of several faults the username's comes first.
    pub fn parse(username: &str, password: &str) -> Result<Self, RegistrationError> {
        let username = Username::parse(username)?;
        let password = Password::parse(password).map_err(RegistrationError::InvalidPassword)?;
        Ok(Self { username, password })
    }

    /// Estimates the password's strength. Takes as long as [`NewPassword::parse`]: to be limited like all that is dear.
    pub fn judge(self, floor: StrengthFloor) -> Result<Registration, RegistrationError> {
        let Self { username, password } = self;
        let password =
            NewPassword::judge(password, &username, floor).map_err(RegistrationError::PasswordTooWeak)?;
        Ok(Registration { username, password })
    }
}

impl Registration {
    /// Reads a registration and estimates the password's strength.
    pub fn parse(username: &str, password: &str, floor: StrengthFloor) -> Result<Self, RegistrationError> {
        RegistrationRequest::parse(username, password)?.judge(floor)
    }

    /// The name that is asked for.
    pub fn username(&self) -> &Username {
        &self.username
    }
}

/// Adds users.
pub struct Register {
    store: Arc<dyn UserStore>,
    hasher: Arc<dyn PasswordHasher>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// Why a valid registration failed.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Another user has that name.
    #[error("the username is taken")]
    UsernameTaken,
    /// Too many passwords wait to be hashed; the same registration may succeed later.
    #[error("too many passwords wait to be hashed")]
    Overloaded,
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Hashing(#[source] BoxError),
    /// The store broke.
    #[error(transparent)]
    Store(#[from] StoreFailure),
}

impl Register {
    /// Registers into `store`, with ids from `clock` and `entropy`.
    pub fn new(
        store: Arc<dyn UserStore>,
        hasher: Arc<dyn PasswordHasher>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, hasher, clock, entropy }
    }

    /// Adds the user, with no role but [`Role::User`](crate::Role::User). Blocks while the password is hashed.
    pub fn register(&self, registration: Registration) -> Result<User, RegisterError> {
        self.add(registration, Roles::member())
    }

    /// Adds the user with these roles.
    pub(crate) fn add(&self, registration: Registration, roles: Roles) -> Result<User, RegisterError> {
        let Registration { username, password } = registration;
        // Before the store is touched, so that no connection waits for argon2, and so that a taken name takes
        // as long as a free one.
        let hash = self.hasher.hash(password.as_password())?;
        let user = User {
            id: UserId::generate(self.clock.as_ref(), self.entropy.as_ref()),
            username,
            roles,
            created_at: self.clock.now(),
            disabled_at: None,
        };
        self.store.insert(&user, &hash)?;
        Ok(user)
    }
}

impl From<HashFailure> for RegisterError {
    fn from(failure: HashFailure) -> Self {
        match failure {
            HashFailure::Overloaded => Self::Overloaded,
            HashFailure::Unreadable(_) | HashFailure::Failed(_) => Self::Hashing(failure.into()),
        }
    }
}

impl From<InsertUserError> for RegisterError {
    fn from(error: InsertUserError) -> Self {
        match error {
            InsertUserError::UsernameTaken => Self::UsernameTaken,
            InsertUserError::Store(failure) => Self::Store(failure),
        }
    }
}

#[cfg(test)]
mod tests;
