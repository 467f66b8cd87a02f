//! Ending sessions: this one, another of the same user, all others, all there are.

use std::sync::Arc;

use concierge_kernel::{Clock, StoreFailure, UserId};

use crate::{RevocationReason, Revocations, SessionId, SessionStore};

/// Ends sessions.
pub struct EndSession {
    store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
    revocations: Arc<Revocations>,
}

impl EndSession {
    /// An ender of sessions kept by `store`.
    pub fn new(store: Arc<dyn SessionStore>, clock: Arc<dyn Clock>, revocations: Arc<Revocations>) -> Self {
        Self { store, clock, revocations }
    }

    /// Whether this user has had such a session, living or ended. One is forgotten some time after it could have been refreshed.
    pub fn is_of(&self, user_id: UserId, session_id: SessionId) -> Result<bool, StoreFailure> {
        Ok(self.store.find(session_id)?.is_some_and(|state| state.session.user_id == user_id))
    }

    /// Revokes a session, and tells whether it lived until then; its access tokens stop working here at once. One that has
    /// ended already, or never was, is no error; after a failure it may live on.
    pub fn end(&self, session_id: SessionId) -> Result<bool, StoreFailure> {
        let now = self.clock.now();
        let revoked = self.store.revoke(session_id, now, RevocationReason::Logout)?;
        self.revocations.add(session_id, now);
        Ok(revoked)
    }

    /// Revokes a living session of this user, and tells whether there was one; somebody else's, an unknown one and
    /// one that has ended are all alike. Its access tokens stop working here at once.
    pub fn end_of(
        &self,
        user_id: UserId,
        session_id: SessionId,
        reason: RevocationReason,
    ) -> Result<bool, StoreFailure> {
        let now = self.clock.now();
        // A session never changes hands, so what this look says of its user stays true.
        let found = self.store.find(session_id)?;
        let living = |expires_at| expires_at > now;
        if !found.is_some_and(|state| state.session.user_id == user_id && living(state.living.expires_at)) {
            return Ok(false);
        }
        let revoked = self.store.revoke(session_id, now, reason)?;
        if revoked {
            self.revocations.add(session_id, now);
        }
        Ok(revoked)
    }

    /// Revokes every session of this user but `keep`, and tells which lived until then. Their access tokens stop working here at
    /// once. After a failure none has been revoked.
    pub fn end_others(
        &self,
        user_id: UserId,
        keep: SessionId,
        reason: RevocationReason,
    ) -> Result<Vec<SessionId>, StoreFailure> {
        self.end_all_but(user_id, Some(keep), reason)
    }

    /// Revokes every session of this user, and tells which lived until then. Their access tokens stop working here at
    /// once. After a failure none has been revoked.
    pub fn end_all(&self, user_id: UserId, reason: RevocationReason) -> Result<Vec<SessionId>, StoreFailure> {
        self.end_all_but(user_id, None, reason)
    }

    fn end_all_but(
        &self,
        user_id: UserId,
        keep: Option<SessionId>,
        reason: RevocationReason,
    ) -> Result<Vec<SessionId>, StoreFailure> {
        let now = self.clock.now();
        let revoked = self.store.revoke_all(user_id, keep, now, reason)?;
        // An access token may outlive the refresh token that was there when it was made.
        for session in &revoked {
            self.revocations.add(session.id, now);
        }
        Ok(revoked.into_iter().filter(|session| session.lived).map(|session| session.id).collect())
    }
}
