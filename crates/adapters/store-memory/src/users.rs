//! Users in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use concierge_kernel::{StoreFailure, UserId};
use concierge_users::{Credentials, InsertUserError, PasswordHash, User, UserStore, Username};

use crate::lock;

/// A [`UserStore`] that forgets everything with the process.
#[derive(Default)]
pub struct MemoryUserStore(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    users: HashMap<UserId, Credentials>,
    ids: HashMap<Username, UserId>,
}

impl UserStore for MemoryUserStore {
    fn insert(&self, user: &User, password_hash: &PasswordHash) -> Result<(), InsertUserError> {
        let mut tables = lock(&self.0);
        if tables.ids.contains_key(&user.username) {
            return Err(InsertUserError::UsernameTaken);
        }
        tables.ids.insert(user.username.clone(), user.id);
        let credentials = Credentials { user: user.clone(), password_hash: password_hash.clone() };
        tables.users.insert(user.id, credentials);
        Ok(())
    }

    fn find(&self, id: UserId) -> Result<Option<User>, StoreFailure> {
        Ok(lock(&self.0).users.get(&id).map(|found| found.user.clone()))
    }

    fn find_credentials(&self, username: &Username) -> Result<Option<Credentials>, StoreFailure> {
        let tables = lock(&self.0);
        Ok(tables.ids.get(username).and_then(|id| tables.users.get(id)).cloned())
    }

    fn replace_password_hash(
        &self,
        id: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreFailure> {
        match lock(&self.0).users.get_mut(&id) {
            Some(found) if found.password_hash == *expected => {
                found.password_hash = new.clone();
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
