//! Making access tokens for a session that is known to live.

use std::sync::Arc;

use concierge_kernel::{Clock, Entropy};

use crate::{AccessClaims, Principal, Session, SigningFailure, TokenId, TokenPolicy, TokenSigner};

/// Issues access tokens.
pub struct IssueAccess {
    signer: Arc<dyn TokenSigner>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    policy: TokenPolicy,
}

/// An access token and what it says.
#[derive(Clone)]
pub struct IssuedAccess {
    /// The token as it travels.
    pub token: String,
    /// What it says.
    pub claims: AccessClaims,
}

impl IssueAccess {
    /// An issuer of tokens that live for `policy.access_ttl`.
    pub fn new(
        signer: Arc<dyn TokenSigner>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        policy: TokenPolicy,
    ) -> Self {
        Self { signer, clock, entropy, policy }
    }

    /// A new access token of `session` that speaks for `principal`, its user.
    pub fn issue(&self, session: &Session, principal: Principal) -> Result<IssuedAccess, SigningFailure> {
        let now = self.clock.now();
        let issued_at = now.floor_to_secs();
        let claims = AccessClaims {
            id: TokenId::generate(now, self.entropy.as_ref()),
            session_id: session.id,
            principal,
            csrf_token: session.csrf_token.clone(),
            authenticated_at: session.authenticated_at.floor_to_secs(),
            issued_at,
            expires_at: issued_at.plus(self.policy.access_ttl),
        };
        Ok(IssuedAccess { token: self.signer.sign_access(&claims)?, claims })
    }
}
