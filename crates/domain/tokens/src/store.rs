//! The port that keeps sessions and their refresh tokens.

use concierge_kernel::{StoreFailure, Timestamp};

use crate::{RefreshToken, RevocationReason, Rotation, RotationOutcome, Session, SessionId};

/// Keeps sessions, each with its living refresh token and as many used ones as the rule of rotation needs.
///
/// Every method is atomic by itself and safe to call from many threads at once.
pub trait SessionStore: Send + Sync {
    /// Keeps a new session and its first refresh token; both or neither.
    fn create(&self, session: &Session, first: &RefreshToken) -> Result<(), StoreFailure>;

    /// The session with its living token, revoked or not; `None` when there is no such session.
    fn find(&self, id: SessionId) -> Result<Option<SessionState>, StoreFailure>;

    /// Uses a refresh token, in one step.
    ///
    /// MUST report an unknown session, then a revoked one, then another delivery, changing nothing; then
    /// do what [`judge`](crate::rotation::judge) says. MUST serialise calls for one session: of many that
    /// present the living token at once exactly one is answered `Rotated`. MAY delete used tokens as
    /// [`Rotation::forget_used_before`] allows.
    fn rotate(&self, rotation: &Rotation) -> Result<RotationOutcome, StoreFailure>;

    /// Ends a session for good; whether it lived until now. The first revocation's moment and reason stay.
    fn revoke(&self, id: SessionId, at: Timestamp, reason: RevocationReason) -> Result<bool, StoreFailure>;

    /// The sessions that were revoked at `since` or later, revoked ones of every user, in any order.
    fn revoked_since(&self, since: Timestamp) -> Result<Vec<(SessionId, Timestamp)>, StoreFailure>;

    /// Deletes at most `limit` sessions whose living token expired before `before`; how many it deleted.
    fn delete_expired(&self, before: Timestamp, limit: u32) -> Result<u32, StoreFailure>;
}

/// A session and its living refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// The session.
    pub session: Session,
    /// Its living token; of a revoked session, the one that lived last.
    pub living: RefreshToken,
}
