//! Sessions in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use concierge_kernel::{StoreFailure, Timestamp, UserId};
use concierge_tokens::rotation::{Judgement, judge};
use concierge_tokens::{
    Device, LastUse, RefreshToken, Revocation, RevocationReason, Revoked, Rotation, RotationOutcome, Session,
    SessionId, SessionState, SessionStore,
};

use crate::lock;

/// A [`SessionStore`] that forgets everything with the process.
#[derive(Default)]
pub struct MemorySessionStore(Mutex<HashMap<SessionId, Row>>);

struct Row {
    session: Session,
    living: RefreshToken,
    used: Vec<RefreshToken>,
    last_use: LastUse,
}

impl Row {
    fn state(&self) -> SessionState {
        let (session, last_use) = (self.session.clone(), self.last_use.clone());
        SessionState { session, living: self.living, last_use }
    }

    fn revoke(&mut self, at: Timestamp, reason: RevocationReason) -> Revoked {
        self.session.revocation = Some(Revocation { at, reason });
        Revoked { id: self.session.id, lived: self.living.expires_at > at }
    }

    fn present(&mut self, rotation: &Rotation) -> RotationOutcome {
        if self.session.revocation.is_some() {
            return RotationOutcome::Revoked(self.session.clone());
        }
        if self.session.delivery != rotation.delivery {
            return RotationOutcome::WrongDelivery(self.session.clone());
        }
        let known = |token: &&RefreshToken| token.id == rotation.presented;
        let presented = Some(&self.living).filter(known).or_else(|| self.used.iter().find(known));
        match judge(presented, &self.living, rotation.now, rotation.grace) {
            Judgement::Rotate => {
                let forgotten = rotation.forget_used_before();
                self.used.retain(|token| token.first_used_at.is_some_and(|used| used >= forgotten));
                self.used.push(RefreshToken { first_used_at: Some(rotation.now), ..self.living });
                self.living = rotation.successor;
                self.last_use = LastUse { at: rotation.now, device: rotation.device.clone() };
                RotationOutcome::Rotated(self.session.clone())
            }
            Judgement::Replay => RotationOutcome::Replayed(self.session.clone(), self.living),
            Judgement::Reuse => {
                let revocation = Revocation { at: rotation.now, reason: RevocationReason::Reuse };
                self.session.revocation = Some(revocation);
                RotationOutcome::Reused(self.session.clone())
            }
        }
    }
}

impl SessionStore for MemorySessionStore {
    fn create(&self, session: &Session, device: &Device, first: &RefreshToken) -> Result<(), StoreFailure> {
        let last_use = LastUse { at: session.created_at, device: device.clone() };
        let row = Row { session: session.clone(), living: *first, used: Vec::new(), last_use };
        lock(&self.0).insert(session.id, row);
        Ok(())
    }

    fn find(&self, id: SessionId) -> Result<Option<SessionState>, StoreFailure> {
        Ok(lock(&self.0).get(&id).map(Row::state))
    }

    fn rotate(&self, rotation: &Rotation) -> Result<RotationOutcome, StoreFailure> {
        let mut rows = lock(&self.0);
        let row = rows.get_mut(&rotation.session_id);
        Ok(row.map_or(RotationOutcome::UnknownSession, |row| row.present(rotation)))
    }

    fn revoke(&self, id: SessionId, at: Timestamp, reason: RevocationReason) -> Result<bool, StoreFailure> {
        match lock(&self.0).get_mut(&id) {
            Some(row) if row.session.revocation.is_none() => Ok(row.revoke(at, reason).lived),
            _ => Ok(false),
        }
    }

    fn revoke_all(
        &self,
        user_id: UserId,
        except: Option<SessionId>,
        at: Timestamp,
        reason: RevocationReason,
    ) -> Result<Vec<Revoked>, StoreFailure> {
        let mut rows = lock(&self.0);
        let to_end = rows.values_mut().filter(|Row { session, .. }| {
            session.user_id == user_id && Some(session.id) != except && session.revocation.is_none()
        });
        Ok(to_end.map(|row| row.revoke(at, reason)).collect())
    }

    fn list(&self, user_id: UserId, now: Timestamp) -> Result<Vec<SessionState>, StoreFailure> {
        let rows = lock(&self.0);
        let living = rows.values().filter(|row| {
            row.session.user_id == user_id && row.session.revocation.is_none() && row.living.expires_at > now
        });
        let mut states: Vec<_> = living.map(Row::state).collect();
        SessionState::sort_by_last_use(&mut states);
        Ok(states)
    }

    fn revoked_since(&self, since: Timestamp) -> Result<Vec<(SessionId, Timestamp)>, StoreFailure> {
        let rows = lock(&self.0);
        let revoked = rows.iter().filter_map(|(id, row)| Some((*id, row.session.revocation?.at)));
        Ok(revoked.filter(|(_, at)| *at >= since).collect())
    }

    fn delete_expired(&self, before: Timestamp, limit: u32) -> Result<u32, StoreFailure> {
        let mut rows = lock(&self.0);
        let expired = rows.iter().filter(|(_, row)| row.living.expires_at < before);
        let ids: Vec<_> = expired.map(|(id, _)| *id).zip(0..limit).map(|(id, _)| id).collect();
        for id in &ids {
            rows.remove(id);
        }
        Ok(u32::try_from(ids.len()).unwrap_or(limit))
    }
}
