//! A store of users in which something happens between two looks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use concierge_contracts::doubles::Breakable;
use concierge_contracts::user_store::sample_user;
use concierge_kernel::{StoreFailure, Timestamp, UserId};
use concierge_store_memory::MemoryUserStore;
use concierge_users::{
    ChangeUserError, Changed, Credentials, InsertUserError, PasswordHash, Role, RolesChange, User,
    UserChange, UserQuery, UserStore, Username,
};

use super::World;

/// A store that demotes a user as soon as somebody has looked their credentials up.
pub(crate) struct Demoting {
    inner: Arc<Breakable<MemoryUserStore>>,
    user: User,
    done: AtomicBool,
}

impl Demoting {
    pub(crate) fn of(world: &World, username: &str) -> Arc<Self> {
        let (inner, user) = (world.users.clone(), sample_user(username));
        Arc::new(Self { inner, user, done: AtomicBool::new(false) })
    }

    /// Whether it has come to that.
    pub(crate) fn is_done(&self) -> bool {
        self.done.load(Ordering::SeqCst)
    }
}

impl UserStore for Demoting {
    fn find_credentials(&self, username: &Username) -> Result<Option<Credentials>, StoreFailure> {
        let found = self.inner.find_credentials(username);
        if *username == self.user.username && !self.done.swap(true, Ordering::SeqCst) {
            let demotion = UserChange::of_roles(RolesChange::Take(Role::Admin));
            self.inner.change(self.user.id, &demotion, self.user.created_at).unwrap();
        }
        found
    }

    fn insert(&self, user: &User, password_hash: &PasswordHash) -> Result<(), InsertUserError> {
        self.inner.insert(user, password_hash)
    }

    fn find(&self, id: UserId) -> Result<Option<User>, StoreFailure> {
        self.inner.find(id)
    }

    fn replace_password_hash(
        &self,
        id: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreFailure> {
        self.inner.replace_password_hash(id, expected, new)
    }

    fn set_password_hash(&self, id: UserId, new: &PasswordHash) -> Result<bool, StoreFailure> {
        self.inner.set_password_hash(id, new)
    }

    fn page(&self, query: &UserQuery) -> Result<Vec<User>, StoreFailure> {
        self.inner.page(query)
    }

    fn change(&self, id: UserId, change: &UserChange, at: Timestamp) -> Result<Changed, ChangeUserError> {
        self.inner.change(id, change, at)
    }
}
