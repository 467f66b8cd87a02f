//! A store that breaks while a test wants it to.

use concierge_audit::{Event, EventQuery, EventStore};
use concierge_kernel::{StoreFailure, Timestamp, UserId};
use concierge_tokens::{
    Device, RefreshToken, RevocationReason, Revoked, Rotation, RotationOutcome, Session, SessionId,
    SessionState, SessionStore,
};
use concierge_users::{
    ChangeUserError, Changed, Credentials, InsertUserError, PasswordHash, User, UserChange, UserQuery,
    UserStore, Username,
};

use super::Fault;

/// A store around another that fails instead of asking it, when told to. What it has kept, it keeps.
#[derive(Default)]
pub struct Breakable<S> {
    /// The store that answers while nothing is broken, to be looked into past the fault.
    pub inner: S,
    /// Which calls fail just now.
    pub fault: Fault<StoreFailure>,
}

impl<S: UserStore> UserStore for Breakable<S> {
    fn insert(&self, user: &User, password_hash: &PasswordHash) -> Result<(), InsertUserError> {
        self.fault.check("insert")?;
        self.inner.insert(user, password_hash)
    }

    fn find(&self, id: UserId) -> Result<Option<User>, StoreFailure> {
        self.fault.check("find")?;
        self.inner.find(id)
    }

    fn find_credentials(&self, username: &Username) -> Result<Option<Credentials>, StoreFailure> {
        self.fault.check("find_credentials")?;
        self.inner.find_credentials(username)
    }

    fn replace_password_hash(
        &self,
        id: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreFailure> {
        self.fault.check("replace_password_hash")?;
        self.inner.replace_password_hash(id, expected, new)
    }

    fn set_password_hash(&self, id: UserId, new: &PasswordHash) -> Result<bool, StoreFailure> {
        self.fault.check("set_password_hash")?;
        self.inner.set_password_hash(id, new)
    }

    fn page(&self, query: &UserQuery) -> Result<Vec<User>, StoreFailure> {
        self.fault.check("page")?;
        self.inner.page(query)
    }

    fn change(
        &self,
        id: UserId,
        change: &UserChange,
        by: Option<UserId>,
        at: Timestamp,
    ) -> Result<Changed, ChangeUserError> {
        self.fault.check("change")?;
        self.inner.change(id, change, by, at)
    }
}

impl<S: SessionStore> SessionStore for Breakable<S> {
    fn create(&self, session: &Session, device: &Device, first: &RefreshToken) -> Result<(), StoreFailure> {
        self.fault.check("create")?;
        self.inner.create(session, device, first)
    }

    fn find(&self, id: SessionId) -> Result<Option<SessionState>, StoreFailure> {
        self.fault.check("find")?;
        self.inner.find(id)
    }

    fn rotate(&self, rotation: &Rotation) -> Result<RotationOutcome, StoreFailure> {
        self.fault.check("rotate")?;
        self.inner.rotate(rotation)
    }

    fn revoke(&self, id: SessionId, at: Timestamp, reason: RevocationReason) -> Result<bool, StoreFailure> {
        self.fault.check("revoke")?;
        self.inner.revoke(id, at, reason)
    }

    fn revoke_all(
        &self,
        user_id: UserId,
        except: Option<SessionId>,
        at: Timestamp,
        reason: RevocationReason,
    ) -> Result<Vec<Revoked>, StoreFailure> {
        self.fault.check("revoke_all")?;
        self.inner.revoke_all(user_id, except, at, reason)
    }

    fn list(&self, user_id: UserId, now: Timestamp) -> Result<Vec<SessionState>, StoreFailure> {
        self.fault.check("list")?;
        self.inner.list(user_id, now)
    }

    fn revoked_since(&self, since: Timestamp) -> Result<Vec<(SessionId, Timestamp)>, StoreFailure> {
        self.fault.check("revoked_since")?;
        self.inner.revoked_since(since)
    }

    fn delete_expired(&self, before: Timestamp, limit: u32) -> Result<u32, StoreFailure> {
        self.fault.check("delete_expired")?;
        self.inner.delete_expired(before, limit)
    }
}

impl<S: EventStore> EventStore for Breakable<S> {
    fn append(&self, event: &Event) -> Result<(), StoreFailure> {
        self.fault.check("append")?;
        self.inner.append(event)
    }

    fn page(&self, query: &EventQuery) -> Result<Vec<Event>, StoreFailure> {
        self.fault.check("page")?;
        self.inner.page(query)
    }
}
