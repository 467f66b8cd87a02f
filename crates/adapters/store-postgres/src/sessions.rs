//! Sessions and their refresh tokens in Postgres.

mod rotate;
mod rows;

use concierge_kernel::{StoreFailure, Timestamp, UserId};
use concierge_tokens::{
    Device, RefreshToken, RevocationReason, Revoked, Rotation, RotationOutcome, Session, SessionId,
    SessionState, SessionStore,
};
use diesel::data_types::PgTimestamp;
use diesel::prelude::*;
use uuid::Uuid;

use crate::PostgresDatabase;
use crate::failure::Failure;
use crate::rows::{Row, stamp};
use crate::schema::{refresh_tokens, sessions};
use rows::{SessionRow, TokenRow, state};

/// A [`SessionStore`] on Postgres.
pub struct PostgresSessionStore {
    database: PostgresDatabase,
}

impl PostgresSessionStore {
    pub(crate) fn new(database: PostgresDatabase) -> Self {
        Self { database }
    }
}

fn key(id: SessionId) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}

impl SessionStore for PostgresSessionStore {
    fn create(&self, session: &Session, device: &Device, first: &RefreshToken) -> Result<(), StoreFailure> {
        let (session, device, first) = (session.clone(), device.clone(), *first);
        Ok(self.database.write(move |connection| {
            let row = SessionRow::new(&session, &device, &first);
            diesel::insert_into(sessions::table).values(row).execute(connection)?;
            insert_token(connection, &first, session.id)
        })?)
    }

    fn find(&self, id: SessionId) -> Result<Option<SessionState>, StoreFailure> {
        let found = self.database.run(move |connection| {
            Ok(sessions::table
                .inner_join(refresh_tokens::table)
                .filter(sessions::id.eq(key(id)))
                .filter(refresh_tokens::first_used_at.is_null())
                .select((SessionRow::as_select(), TokenRow::as_select()))
                .first::<(SessionRow, TokenRow)>(connection)
                .optional()?)
        })?;
        found.map(state).transpose()
    }

    fn rotate(&self, rotation: &Rotation) -> Result<RotationOutcome, StoreFailure> {
        let rotation = rotation.clone();
        Ok(self.database.write(move |connection| rotate::rotate(connection, &rotation))?)
    }

    fn revoke(&self, id: SessionId, at: Timestamp, reason: RevocationReason) -> Result<bool, StoreFailure> {
        Ok(self.database.run(move |connection| revoke(connection, id, at, reason))?)
    }

    fn revoke_all(
        &self,
        user_id: UserId,
        except: Option<SessionId>,
        at: Timestamp,
        reason: RevocationReason,
    ) -> Result<Vec<Revoked>, StoreFailure> {
        // No session has the nil id.
        let spared = except.map_or(Uuid::nil(), key);
        let ended = self.database.write(move |connection| {
            // In the order of ids, so that two who end the same sessions do not wait for each other in a circle.
            let found: Vec<(Uuid, PgTimestamp)> = sessions::table
                .filter(sessions::user_id.eq(Uuid::from_bytes(*user_id.as_bytes())))
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::id.ne(spared))
                .order(sessions::id)
                .select((sessions::id, sessions::expires_at))
                .for_no_key_update()
                .load(connection)?;
            let ids: Vec<_> = found.iter().map(|(id, _)| *id).collect();
            diesel::update(sessions::table.filter(sessions::id.eq_any(ids)))
                .set(revocation(at, reason))
                .execute(connection)?;
            Ok(found)
        })?;
        let revoked = |(id, expires_at): (Uuid, PgTimestamp)| {
            let id = Row { table: "sessions", key: id }.id("id", id)?;
            Ok(Revoked { id, lived: expires_at.0 > stamp(at).0 })
        };
        ended.into_iter().map(revoked).collect()
    }

    fn list(&self, user_id: UserId, now: Timestamp) -> Result<Vec<SessionState>, StoreFailure> {
        let found = self.database.run(move |connection| {
            Ok(sessions::table
                .inner_join(refresh_tokens::table)
                .filter(sessions::user_id.eq(Uuid::from_bytes(*user_id.as_bytes())))
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::expires_at.gt(stamp(now)))
                .filter(refresh_tokens::first_used_at.is_null())
                .select((SessionRow::as_select(), TokenRow::as_select()))
                .load::<(SessionRow, TokenRow)>(connection)?)
        })?;
        let mut states = found.into_iter().map(state).collect::<Result<Vec<_>, _>>()?;
        SessionState::sort_by_last_use(&mut states);
        Ok(states)
    }

    fn revoked_since(&self, since: Timestamp) -> Result<Vec<(SessionId, Timestamp)>, StoreFailure> {
        let found = self.database.run(move |connection| {
            Ok(sessions::table
                .filter(sessions::revoked_at.ge(stamp(since)))
                .select((sessions::id, sessions::revoked_at.assume_not_null()))
                .load::<(Uuid, PgTimestamp)>(connection)?)
        })?;
        let revoked = |(id, at)| {
            let row = Row { table: "sessions", key: id };
            Ok((row.id("id", id)?, row.moment("revoked_at", at)?))
        };
        found.into_iter().map(revoked).collect()
    }

    fn delete_expired(&self, before: Timestamp, limit: u32) -> Result<u32, StoreFailure> {
        let deleted = self.database.write(move |connection| {
            // Locked as they are found, or one that is refreshed meanwhile would be deleted. Those that somebody else
            // holds are refreshed or being deleted just now.
            let expired: Vec<Uuid> = sessions::table
                .filter(sessions::expires_at.lt(stamp(before)))
                .order(sessions::expires_at)
                .limit(limit.into())
                .select(sessions::id)
                .for_update()
                .skip_locked()
                .load(connection)?;
            let rows = sessions::table.filter(sessions::id.eq_any(expired));
            Ok(diesel::delete(rows).execute(connection)?)
        })?;
        Ok(u32::try_from(deleted).unwrap_or(limit))
    }
}

fn insert_token(
    connection: &mut PgConnection,
    token: &RefreshToken,
    session_id: SessionId,
) -> Result<(), Failure> {
    diesel::insert_into(refresh_tokens::table)
        .values(TokenRow::new(token, session_id))
        .execute(connection)?;
    Ok(())
}

/// Whether there was a living session to revoke.
fn revoke(
    connection: &mut PgConnection,
    id: SessionId,
    at: Timestamp,
    reason: RevocationReason,
) -> Result<bool, Failure> {
    let unrevoked = sessions::table.find(key(id)).filter(sessions::revoked_at.is_null());
    let revoked = diesel::update(unrevoked).set(revocation(at, reason)).returning(sessions::expires_at);
    let expires_at: Option<PgTimestamp> = revoked.get_result(connection).optional()?;
    Ok(expires_at.is_some_and(|end| end.0 > stamp(at).0))
}

type RevocationColumns = (
    diesel::dsl::Eq<sessions::revoked_at, PgTimestamp>,
    diesel::dsl::Eq<sessions::revocation_reason, &'static str>,
);

fn revocation(at: Timestamp, reason: RevocationReason) -> RevocationColumns {
    (sessions::revoked_at.eq(stamp(at)), sessions::revocation_reason.eq(reason.as_str()))
}
