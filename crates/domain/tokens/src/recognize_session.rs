//! Which session a token belongs to, whatever state it is in.

use std::sync::Arc;

use concierge_kernel::UserId;

use crate::{SessionId, TokenSigner};

/// Tells which session a token names.
pub struct RecognizeSession {
    signer: Arc<dyn TokenSigner>,
}

impl RecognizeSession {
    /// Recognizes what `signer` has signed.
    pub fn new(signer: Arc<dyn TokenSigner>) -> Self {
        Self { signer }
    }

    /// The session that a token of either type names, and whose it is; `None` when the token is not ours.
    ///
    /// An expired token still names its session: who logs out late means it no less.
    pub fn session_of(&self, token: &str) -> Option<(SessionId, UserId)> {
        let by_access = self.signer.verify_access(token).ok();
        let by_access = by_access.map(|claims| (claims.session_id, claims.principal.user_id));
        let by_refresh = || self.signer.verify_refresh(token).ok();
        by_access.or_else(|| by_refresh().map(|claims| (claims.session_id, claims.user_id)))
    }
}
