//! Logging out, whatever state the tokens are in.

use std::sync::Arc;

use concierge_kernel::{Clock, StoreFailure};

use crate::{RevocationReason, Revocations, SessionId, SessionStore, TokenSigner};

/// Ends sessions at their user's wish.
pub struct EndSession {
    store: Arc<dyn SessionStore>,
    signer: Arc<dyn TokenSigner>,
    clock: Arc<dyn Clock>,
    revocations: Arc<Revocations>,
}

impl EndSession {
    /// An ender of sessions kept by `store`.
    pub fn new(
        store: Arc<dyn SessionStore>,
        signer: Arc<dyn TokenSigner>,
        clock: Arc<dyn Clock>,
        revocations: Arc<Revocations>,
    ) -> Self {
        Self { store, signer, clock, revocations }
    }

    /// The session that a token of either type names; `None` when the token is not ours.
    ///
    /// An expired token still names its session: who logs out late means it no less.
    pub fn session_of(&self, token: &str) -> Option<SessionId> {
        let by_access = || self.signer.verify_access(token).ok().map(|claims| claims.session_id);
        let by_refresh = || self.signer.verify_refresh(token).ok().map(|claims| claims.session_id);
        by_access().or_else(by_refresh)
    }

    /// Revokes a session; its access tokens stop working here at once. One that has ended already, or never was, is no error; after a failure it may
    /// live on.
    pub fn end(&self, session_id: SessionId) -> Result<(), StoreFailure> {
        let now = self.clock.now();
        self.store.revoke(session_id, now, RevocationReason::Logout)?;
        self.revocations.add(session_id, now);
        Ok(())
    }
}
