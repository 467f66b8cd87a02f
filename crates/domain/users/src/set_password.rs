//! The use case of an operator who gives a user another password, without knowing the one they have.

use std::sync::Arc;

use concierge_kernel::{BoxError, StoreFailure, UserId};

use crate::{HashFailure, NewPassword, PasswordHasher, UserStore};

/// Sets passwords.
pub struct SetPassword {
    store: Arc<dyn UserStore>,
    hasher: Arc<dyn PasswordHasher>,
}

/// Why a password was not set.
#[derive(Debug, thiserror::Error)]
pub enum SetPasswordError {
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// Too many passwords wait to be hashed; the same call may succeed later.
    #[error("too many passwords wait to be hashed")]
    Overloaded,
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Hashing(#[source] BoxError),
    /// The store broke.
    #[error(transparent)]
    Store(#[from] StoreFailure),
}

impl SetPassword {
    /// Sets the passwords of the users of `store`.
    pub fn new(store: Arc<dyn UserStore>, hasher: Arc<dyn PasswordHasher>) -> Self {
        Self { store, hasher }
    }

    /// Gives a user this password, disabled ones too; all their sessions are to be ended afterwards. Blocks while the
    /// password is hashed; no connection waits meanwhile.
    pub fn set(&self, id: UserId, password: &NewPassword) -> Result<(), SetPasswordError> {
        let hash = self.hasher.hash(password.as_password())?;
        let known = self.store.set_password_hash(id, &hash)?;
        known.then_some(()).ok_or(SetPasswordError::UnknownUser)
    }
}

impl From<HashFailure> for SetPasswordError {
    fn from(failure: HashFailure) -> Self {
        match failure {
            HashFailure::Overloaded => Self::Overloaded,
            HashFailure::Unreadable(_) | HashFailure::Failed(_) => Self::Hashing(failure.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::fakes::{FakeHasher, FakeStore, Fault, Journal, hash_of, user};
    use crate::{Credentials, StrengthFloor};

    const NEW: &str = "seventeen walruses in a tuba";

    fn set(store: &Arc<FakeStore>, hash_fault: Fault) -> Result<(), SetPasswordError> {
        let hasher = FakeHasher { journal: store.journal.clone(), hash_fault, ..FakeHasher::default() };
        let alice = user("alice");
        let password = NewPassword::parse(NEW, &alice.username, StrengthFloor::default()).unwrap();
        SetPassword::new(store.clone(), Arc::new(hasher)).set(alice.id, &password)
    }

    fn with_alice(fault: Fault) -> Arc<FakeStore> {
        let alice = Credentials { user: user("alice"), password_hash: hash_of("old", "lost") };
        Arc::new(FakeStore { users: Mutex::new(vec![alice]), fault, journal: Journal::default() })
    }

    #[test]
    fn the_new_password_is_hashed_before_the_store_is_asked_to_keep_it() {
        let store = with_alice(Fault::None);
        set(&store, Fault::None).unwrap();
        assert_eq!(store.users.lock().unwrap()[0].password_hash, hash_of("new", NEW));
        assert_eq!(store.journal.entries(), ["hash", "set_password_hash"]);
    }

    #[test]
    fn failures_keep_their_kind() {
        let nobody = set(&Arc::new(FakeStore::default()), Fault::None);
        assert!(matches!(nobody, Err(SetPasswordError::UnknownUser)), "{nobody:?}");
        let full = set(&with_alice(Fault::None), Fault::Overloaded);
        assert!(matches!(full, Err(SetPasswordError::Overloaded)), "{full:?}");
        let hasher = set(&with_alice(Fault::None), Fault::Broken);
        assert!(matches!(hasher, Err(SetPasswordError::Hashing(_))), "{hasher:?}");
        let store = set(&with_alice(Fault::Broken), Fault::None);
        assert!(matches!(store, Err(SetPasswordError::Store(_))), "{store:?}");
    }
}
