//! The start of a session, after its user has shown a password.

use std::sync::Arc;

use concierge_kernel::{Clock, Entropy, StoreFailure, UserId};

use crate::{
    CsrfToken, Delivery, Device, RefreshClaims, RefreshToken, Session, SessionId, SessionStore,
    SigningFailure, TokenId, TokenPolicy, TokenSigner,
};

/// Opens sessions.
pub struct OpenSession {
    store: Arc<dyn SessionStore>,
    signer: Arc<dyn TokenSigner>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    policy: TokenPolicy,
}

/// A new session and its first refresh token.
#[derive(Clone)]
pub struct OpenedSession {
    /// The session.
    pub session: Session,
    /// The refresh token as it travels.
    pub refresh_token: String,
    /// What the refresh token says.
    pub refresh: RefreshClaims,
}

/// Why no session was opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenSessionError {
    /// The store broke.
    #[error(transparent)]
    Store(#[from] StoreFailure),
    /// The refresh token could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningFailure),
}

impl OpenSession {
    /// An opener of sessions whose refresh tokens live for `policy.refresh_ttl`.
    pub fn new(
        store: Arc<dyn SessionStore>,
        signer: Arc<dyn TokenSigner>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        policy: TokenPolicy,
    ) -> Self {
        Self { store, signer, clock, entropy, policy }
    }

    /// Opens a session for a user who has just shown a password on `device`. Asks the store once.
    pub fn open(
        &self,
        user_id: UserId,
        delivery: Delivery,
        remember: bool,
        device: &Device,
    ) -> Result<OpenedSession, OpenSessionError> {
        let now = self.clock.now();
        let entropy = self.entropy.as_ref();
        let session = Session {
            id: SessionId::generate(now, entropy),
            user_id,
            delivery,
            remember,
            csrf_token: CsrfToken::generate(entropy),
            created_at: now,
            authenticated_at: now,
            revocation: None,
        };
        let first = RefreshToken::issue(TokenId::generate(now, entropy), None, now, &self.policy);
        let refresh = first.claims(&session);
        // Signed before it is stored: a token that cannot be signed leaves no session behind.
        let refresh_token = self.signer.sign_refresh(&refresh)?;
        self.store.create(&session, device, &first)?;
        Ok(OpenedSession { session, refresh_token, refresh })
    }
}
