//! The check on every protected request: signature, type, time and revocation, and no store.

use std::sync::Arc;

use concierge_kernel::{Clock, Timestamp};

use crate::{AccessClaims, Revocations, TokenDefect, TokenPolicy, TokenSigner};

/// Checks access tokens. Blocks on nothing, so handlers call it without leaving their thread.
pub struct VerifyAccess {
    signer: Arc<dyn TokenSigner>,
    clock: Arc<dyn Clock>,
    revocations: Arc<Revocations>,
    policy: TokenPolicy,
}

/// Why a token was refused before any store was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// It is not one of ours.
    #[error(transparent)]
    Defective(#[from] TokenDefect),
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// It claims to have been issued later than now.
    #[error("it was issued in the future")]
    IssuedInTheFuture,
    /// Its session has been ended.
    #[error("its session has ended")]
    Revoked,
}

impl VerifyAccess {
    /// A check by `signer`'s keys, `clock`'s time, `policy`'s leeway and what `revocations` knows.
    pub fn new(
        signer: Arc<dyn TokenSigner>,
        clock: Arc<dyn Clock>,
        revocations: Arc<Revocations>,
        policy: TokenPolicy,
    ) -> Self {
        Self { signer, clock, revocations, policy }
    }

    /// What an access token says, if it is ours, its time has come and is not over, and its session has not
    /// been ended.
    pub fn verify(&self, token: &str) -> Result<AccessClaims, TokenRefused> {
        let claims = self.signer.verify_access(token)?;
        in_time(claims.issued_at, claims.expires_at, self.clock.now(), self.policy)?;
        if self.revocations.contains(claims.session_id) {
            return Err(TokenRefused::Revoked);
        }
        Ok(claims)
    }
}

/// RFC 7519, section 4.1.4: on or after `exp` a token MUST NOT be accepted, but for some leeway.
pub(crate) fn in_time(
    issued_at: Timestamp,
    expires_at: Timestamp,
    now: Timestamp,
    policy: TokenPolicy,
) -> Result<(), TokenRefused> {
    if now >= expires_at.plus(policy.leeway) {
        Err(TokenRefused::Expired)
    } else if issued_at > now.plus(policy.leeway) {
        Err(TokenRefused::IssuedInTheFuture)
    } else {
        Ok(())
    }
}
