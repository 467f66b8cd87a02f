//! The port that keeps sessions and their refresh tokens.

use concierge_kernel::{StoreFailure, Timestamp, UserId};

use crate::{Device, LastUse, RefreshToken, RevocationReason, Rotation, RotationOutcome, Session, SessionId};

/// Keeps sessions, each with its living refresh token and as many used ones as the rule of rotation needs.
///
/// Every method is atomic by itself and safe to call from many threads at once.
pub trait SessionStore: Send + Sync {
    /// Keeps a new session, last used on `device` when it was created, and its first refresh token; both or neither.
    fn create(&self, session: &Session, device: &Device, first: &RefreshToken) -> Result<(), StoreFailure>;

    /// The session with its living token, revoked or not; `None` when there is no such session.
    fn find(&self, id: SessionId) -> Result<Option<SessionState>, StoreFailure>;

    /// Uses a refresh token, in one step.
    ///
    /// MUST report an unknown session, then a revoked one, then another delivery, changing nothing; then
    /// do what [`judge`](crate::rotation::judge) says. MUST serialise calls for one session: of many that
    /// present the living token at once exactly one is answered `Rotated`. MAY delete used tokens as
    /// [`Rotation::forget_used_before`] allows.
    ///
    /// The last use MUST become [`Rotation::now`] on [`Rotation::device`] when the outcome is `Rotated`, and MUST
    /// stay as it was in any other: a replay is one of several tabs a moment later, and would cost a write.
    fn rotate(&self, rotation: &Rotation) -> Result<RotationOutcome, StoreFailure>;

    /// Ends a session for good; whether it lived until now. The first revocation's moment and reason stay. One whose
    /// living token has expired by `at` MUST be ended as well, but did not live.
    fn revoke(&self, id: SessionId, at: Timestamp, reason: RevocationReason) -> Result<bool, StoreFailure>;

    /// Ends every session of a user but `except`, in one step, and tells which it ended, in any order, and of each whether
    /// it lived until now.
    ///
    /// MUST end sessions whose time is over by some clock as well: those whose living token has expired by `at` are
    /// told, but did not live. MUST NOT tell those that were revoked before, and MUST NOT touch another user's. A
    /// [`rotate`](Self::rotate) that races it comes before or after: it never leaves a session alive that was to
    /// end. `except` MAY be no session of this user: then none is spared.
    fn revoke_all(
        &self,
        user_id: UserId,
        except: Option<SessionId>,
        at: Timestamp,
        reason: RevocationReason,
    ) -> Result<Vec<Revoked>, StoreFailure>;

    /// The sessions of a user that are not revoked and whose living token expires after `now`; the one used last
    /// first, of those used in the same moment the one with the greater id.
    fn list(&self, user_id: UserId, now: Timestamp) -> Result<Vec<SessionState>, StoreFailure>;

    /// The sessions that were revoked at `since` or later, revoked ones of every user, in any order.
    fn revoked_since(&self, since: Timestamp) -> Result<Vec<(SessionId, Timestamp)>, StoreFailure>;

    /// Deletes at most `limit` sessions whose living token expired before `before`; how many it deleted.
    fn delete_expired(&self, before: Timestamp, limit: u32) -> Result<u32, StoreFailure>;
}

/// A session that was revoked just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revoked {
    /// The session.
    pub id: SessionId,
    /// Whether its living token had time left: one without had ended already, by itself.
    pub lived: bool,
}

/// A session and its living refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// The session.
    pub session: Session,
    /// Its living token; of a revoked session, the one that lived last.
    pub living: RefreshToken,
    /// When and where it was last used.
    pub last_use: LastUse,
}

impl SessionState {
    /// Puts sessions in the order of [`SessionStore::list`].
    pub fn sort_by_last_use(states: &mut [Self]) {
        states.sort_unstable_by_key(|state| std::cmp::Reverse((state.last_use.at, state.session.id)));
    }
}
