//! Users in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use concierge_kernel::{StoreFailure, Timestamp, UserId};
use concierge_users::{
    ChangeUserError, Changed, Credentials, InsertUserError, PasswordHash, User, UserChange, UserQuery,
    UserStore, Username,
};

use crate::lock;

/// A [`UserStore`] that forgets everything with the process.
#[derive(Default)]
pub struct MemoryUserStore(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    users: HashMap<UserId, Credentials>,
    ids: BTreeMap<Username, UserId>,
}

impl Tables {
    fn administers(&self, id: UserId) -> bool {
        self.users.get(&id).is_some_and(|found| found.user.administers())
    }

    /// Whether anybody but this user administers.
    fn another_administers(&self, id: UserId) -> bool {
        self.users.values().any(|found| found.user.id != id && found.user.administers())
    }
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

    fn set_password_hash(&self, id: UserId, new: &PasswordHash) -> Result<bool, StoreFailure> {
        let mut tables = lock(&self.0);
        let found = tables.users.get_mut(&id);
        Ok(found.map(|found| found.password_hash = new.clone()).is_some())
    }

    fn page(&self, query: &UserQuery) -> Result<Vec<User>, StoreFailure> {
        let tables = lock(&self.0);
        let ids = tables.ids.iter().filter(|(username, _)| query.asks_for(username));
        let users = ids.filter_map(|(_, id)| Some(tables.users.get(id)?.user.clone()));
        Ok(users.zip(0..query.limit).map(|(user, _)| user).collect())
    }

    fn change(
        &self,
        id: UserId,
        change: &UserChange,
        by: Option<UserId>,
        at: Timestamp,
    ) -> Result<Changed, ChangeUserError> {
        let mut tables = lock(&self.0);
        let before = tables.users.get(&id).ok_or(ChangeUserError::UnknownUser)?.user.clone();
        let changed = Changed { after: change.apply(&before, at), before };
        if change.takes_an_admin(&changed, by).is_some_and(|by| !tables.administers(by)) {
            return Err(ChangeUserError::NotPermitted);
        }
        if changed.costs_an_admin() && !tables.another_administers(id) {
            return Err(ChangeUserError::LastAdmin);
        }
        if let Some(found) = tables.users.get_mut(&id) {
            found.user = changed.after.clone();
        }
        Ok(changed)
    }
}
