//! The rule of refresh-token rotation, free of any store.
//!
//! A session has one *living* refresh token: the one nobody has used yet. Using it makes a successor,
//! which lives from then on. An older token shown again is an accident in two cases, and a theft in all
//! others (RFC 9700, section 4.14.2, asks for the session's end then):
//!
//! * its direct successor still lives: the answer that carried the successor was lost, or its holder slept
//!   before storing it, however long ago;
//! * its own first use lies within the grace: tabs raced each other.
//!
//! In both the answer is the living token, unchanged. So racing refreshes never make two living tokens,
//! never log anyone out, and never hand out a token that is already used.

use std::time::Duration;

use concierge_kernel::Timestamp;

use crate::{Delivery, Device, RefreshClaims, Session, SessionId, TokenId, TokenPolicy};

/// A refresh token as stores keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The token's id.
    pub id: TokenId,
    /// The token that was used to make this one; `None` for a session's first.
    pub predecessor: Option<TokenId>,
    /// When it was made, in whole seconds.
    pub issued_at: Timestamp,
    /// When it stops working, in whole seconds.
    pub expires_at: Timestamp,
    /// When it was first used; `None` while it lives.
    pub first_used_at: Option<Timestamp>,
}

impl RefreshToken {
    /// A token made now, to live for `policy.refresh_ttl` unless it is used before.
    pub(crate) fn issue(
        id: TokenId,
        predecessor: Option<TokenId>,
        now: Timestamp,
        policy: &TokenPolicy,
    ) -> Self {
        let issued_at = now.floor_to_secs();
        let expires_at = issued_at.plus(policy.refresh_ttl);
        Self { id, predecessor, issued_at, expires_at, first_used_at: None }
    }

    /// What the token says as a token of `session`.
    pub fn claims(&self, session: &Session) -> RefreshClaims {
        RefreshClaims {
            id: self.id,
            session_id: session.id,
            user_id: session.user_id,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
        }
    }
}

/// A request to use a refresh token: all that [`SessionStore::rotate`](crate::SessionStore::rotate) needs
/// to decide and act in one step.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The session the token names.
    pub session_id: SessionId,
    /// The token's id.
    pub presented: TokenId,
    /// How the token was presented.
    pub delivery: Delivery,
    /// Where it was presented from.
    pub device: Device,
    /// The token that will live next if the presented one lives now; its predecessor is the presented one.
    pub successor: RefreshToken,
    /// The present moment.
    pub now: Timestamp,
    /// How long after its first use a token may come again.
    pub grace: Duration,
}

/// By how much replicas' clocks may disagree before a used token is forgotten too early.
const FORGETTING_SLACK: Duration = Duration::from_secs(60);

impl Rotation {
    /// Used tokens other than the presented one that were first used before this moment can be deleted:
    /// a token that is not there and one used long ago are judged alike.
    pub fn forget_used_before(&self) -> Timestamp {
        self.now.minus(self.grace + FORGETTING_SLACK)
    }
}

/// What became of a [`Rotation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RotationOutcome {
    /// The presented token lived; the successor lives now.
    Rotated(Session),
    /// The presented token was used before, by accident; the token here lives, unchanged.
    Replayed(Session, RefreshToken),
    /// The presented token was stolen: the session is revoked now.
    Reused(Session),
    /// The session had been revoked before.
    Revoked(Session),
    /// The session's tokens travel another way than this one came; nothing was changed.
    WrongDelivery(Session),
    /// There is no such session.
    UnknownSession,
}

/// What to do with a presented token; see the module's rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Make the successor the living token and note the first use of the presented one.
    Rotate,
    /// Answer with the living token, unchanged.
    Replay,
    /// Revoke the session.
    Reuse,
}

/// Judges `presented` (`None` when the session no longer knows it) against the session's `living` token.
pub fn judge(
    presented: Option<&RefreshToken>,
    living: &RefreshToken,
    now: Timestamp,
    grace: Duration,
) -> Judgement {
    let Some(presented) = presented else { return Judgement::Reuse };
    let direct_predecessor = living.predecessor == Some(presented.id);
    let in_grace = presented.first_used_at.is_some_and(|used| now.since(used) <= grace);
    if presented.id == living.id {
        Judgement::Rotate
    } else if direct_predecessor || in_grace {
        Judgement::Replay
    } else {
        Judgement::Reuse
    }
}
