//! Sessions in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use concierge_kernel::{StoreFailure, Timestamp};
use concierge_tokens::rotation::{Judgement, judge};
use concierge_tokens::{
    RefreshToken, Revocation, RevocationReason, Rotation, RotationOutcome, Session, SessionId, SessionState,
    SessionStore,
};

use crate::lock;

/// A [`SessionStore`] that forgets everything with the process.
#[derive(Default)]
pub struct MemorySessionStore(Mutex<HashMap<SessionId, Row>>);

struct Row {
    session: Session,
    living: RefreshToken,
    used: Vec<RefreshToken>,
}

impl Row {
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
    fn create(&self, session: &Session, first: &RefreshToken) -> Result<(), StoreFailure> {
        let row = Row { session: session.clone(), living: *first, used: Vec::new() };
        lock(&self.0).insert(session.id, row);
        Ok(())
    }

    fn find(&self, id: SessionId) -> Result<Option<SessionState>, StoreFailure> {
        let rows = lock(&self.0);
        Ok(rows.get(&id).map(|row| SessionState { session: row.session.clone(), living: row.living }))
    }

    fn rotate(&self, rotation: &Rotation) -> Result<RotationOutcome, StoreFailure> {
        let mut rows = lock(&self.0);
        let row = rows.get_mut(&rotation.session_id);
        Ok(row.map_or(RotationOutcome::UnknownSession, |row| row.present(rotation)))
    }

    fn revoke(&self, id: SessionId, at: Timestamp, reason: RevocationReason) -> Result<bool, StoreFailure> {
        match lock(&self.0).get_mut(&id) {
            Some(row) if row.session.revocation.is_none() => {
                row.session.revocation = Some(Revocation { at, reason });
                Ok(true)
            }
            _ => Ok(false),
        }
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
