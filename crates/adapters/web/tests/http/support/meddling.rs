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

/// A store in which a user loses something, once, in the middle of what another call has begun.
pub(crate) struct Meddling {
    inner: Arc<Breakable<MemoryUserStore>>,
    when: When,
    change: UserChange,
    done: AtomicBool,
}

/// The moment in which it comes to that.
enum When {
    /// As soon as somebody has looked this user's credentials up.
    LookedUp(User),
    /// As soon as a user is added.
    Added,
    /// Before a change by this user, which has been asked for already.
    WantsAChange(User),
}

impl Meddling {
    /// Demotes a user who is about to be logged in.
    pub(crate) fn demoting(world: &World, username: &str) -> Arc<Self> {
        Self::new(world, When::LookedUp(sample_user(username)), demotion())
    }

    /// Disables the first user who registers.
    pub(crate) fn disabling_newcomers(world: &World) -> Arc<Self> {
        Self::new(world, When::Added, UserChange::disable())
    }

    /// Demotes a user whose own change waits for its turn.
    pub(crate) fn demoting_who_changes(world: &World, username: &str) -> Arc<Self> {
        Self::new(world, When::WantsAChange(sample_user(username)), demotion())
    }

    fn new(world: &World, when: When, change: UserChange) -> Arc<Self> {
        Arc::new(Self { inner: world.users.clone(), when, change, done: AtomicBool::new(false) })
    }

    fn meddle(&self, user: &User) {
        if !self.done.swap(true, Ordering::SeqCst) {
            self.inner.change(user.id, &self.change, None, user.created_at).unwrap();
        }
    }

    /// Whether it has come to that.
    pub(crate) fn is_done(&self) -> bool {
        self.done.load(Ordering::SeqCst)
    }
}

fn demotion() -> UserChange {
    UserChange::of_roles(RolesChange::Take(Role::Admin))
}

impl UserStore for Meddling {
    fn find_credentials(&self, username: &Username) -> Result<Option<Credentials>, StoreFailure> {
        let found = self.inner.find_credentials(username);
        if let When::LookedUp(user) = &self.when
            && *username == user.username
        {
            self.meddle(user);
        }
        found
    }

    fn insert(&self, user: &User, password_hash: &PasswordHash) -> Result<(), InsertUserError> {
        self.inner.insert(user, password_hash)?;
        if matches!(self.when, When::Added) {
            self.meddle(user);
        }
        Ok(())
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

    fn change(
        &self,
        id: UserId,
        change: &UserChange,
        by: Option<UserId>,
        at: Timestamp,
    ) -> Result<Changed, ChangeUserError> {
        if let When::WantsAChange(user) = &self.when
            && by == Some(user.id)
        {
            self.meddle(user);
        }
        self.inner.change(id, change, by, at)
    }
}
