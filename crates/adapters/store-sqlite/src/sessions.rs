//! Sessions and their refresh tokens in SQLite.

use concierge_kernel::{StoreFailure, Timestamp, UserId};
use concierge_tokens::rotation::{Judgement, judge};
use concierge_tokens::{
    Delivery, Device, LastUse, RefreshToken, Revocation, RevocationReason, Revoked, Rotation,
    RotationOutcome, Session, SessionId, SessionState, SessionStore, UserAgent,
};
use diesel::prelude::*;

use crate::SqliteDatabase;
use crate::failure::Failure;
use crate::rows::Row;
use crate::schema::{refresh_tokens, sessions};

/// A [`SessionStore`] on SQLite.
pub struct SqliteSessionStore {
    database: SqliteDatabase,
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = sessions)]
#[diesel(check_for_backend(diesel::sqlite::Sqlite))]
struct SessionRow {
    id: String,
    user_id: String,
    delivery: String,
    remember: bool,
    csrf_token: String,
    created_at: i64,
    authenticated_at: i64,
    expires_at: i64,
    last_used_at: i64,
    address: Option<String>,
    user_agent: Option<String>,
    revoked_at: Option<i64>,
    revocation_reason: Option<String>,
}

impl SessionRow {
    fn new(session: &Session, device: &Device, living: &RefreshToken) -> Self {
        Self {
            id: session.id.to_string(),
            user_id: session.user_id.to_string(),
            delivery: session.delivery.as_str().to_owned(),
            remember: session.remember,
            csrf_token: session.csrf_token.as_str().to_owned(),
            created_at: session.created_at.as_micros(),
            authenticated_at: session.authenticated_at.as_micros(),
            expires_at: living.expires_at.as_micros(),
            last_used_at: session.created_at.as_micros(),
            address: device.address.map(|address| address.to_string()),
            user_agent: device.user_agent.as_ref().map(|agent| agent.as_str().to_owned()),
            revoked_at: session.revocation.map(|revocation| revocation.at.as_micros()),
            revocation_reason: session.revocation.map(|revocation| revocation.reason.as_str().to_owned()),
        }
    }

    fn last_use(&self) -> Result<LastUse, StoreFailure> {
        let row = Row { table: "sessions", key: &self.id };
        let address = self.address.as_deref().map(|address| row.parse("address", address.parse()));
        let user_agent = self.user_agent.as_deref().and_then(UserAgent::clean);
        let device = Device { address: address.transpose()?, user_agent };
        Ok(LastUse { at: row.moment("last_used_at", self.last_used_at)?, device })
    }

    fn session(self) -> Result<Session, StoreFailure> {
        let row = Row { table: "sessions", key: &self.id };
        let revocation = match (self.revoked_at, self.revocation_reason) {
            (Some(at), Some(reason)) => Some(Revocation {
                at: row.moment("revoked_at", at)?,
                reason: row.one_of("revocation_reason", RevocationReason::from_name(&reason))?,
            }),
            // The table's CHECK keeps the two together.
            _ => None,
        };
        Ok(Session {
            id: row.parse("id", self.id.parse())?,
            user_id: row.parse("user_id", self.user_id.parse())?,
            delivery: row.one_of("delivery", Delivery::from_name(&self.delivery))?,
            remember: self.remember,
            csrf_token: row.parse("csrf_token", self.csrf_token.parse())?,
            created_at: row.moment("created_at", self.created_at)?,
            authenticated_at: row.moment("authenticated_at", self.authenticated_at)?,
            revocation,
        })
    }
}

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = refresh_tokens)]
#[diesel(check_for_backend(diesel::sqlite::Sqlite))]
struct TokenRow {
    id: String,
    session_id: String,
    predecessor: Option<String>,
    issued_at: i64,
    expires_at: i64,
    first_used_at: Option<i64>,
}

impl TokenRow {
    fn new(token: &RefreshToken, session_id: SessionId) -> Self {
        Self {
            id: token.id.to_string(),
            session_id: session_id.to_string(),
            predecessor: token.predecessor.map(|id| id.to_string()),
            issued_at: token.issued_at.as_micros(),
            expires_at: token.expires_at.as_micros(),
            first_used_at: token.first_used_at.map(Timestamp::as_micros),
        }
    }

    fn token(self) -> Result<RefreshToken, StoreFailure> {
        let row = Row { table: "refresh_tokens", key: &self.id };
        let predecessor = self.predecessor.map(|id| row.parse("predecessor", id.parse())).transpose()?;
        Ok(RefreshToken {
            id: row.parse("id", self.id.parse())?,
            predecessor,
            issued_at: row.moment("issued_at", self.issued_at)?,
            expires_at: row.moment("expires_at", self.expires_at)?,
            first_used_at: row.moment_or_none("first_used_at", self.first_used_at)?,
        })
    }
}

impl SqliteSessionStore {
    pub(crate) fn new(database: SqliteDatabase) -> Self {
        Self { database }
    }
}

impl SessionStore for SqliteSessionStore {
    fn create(&self, session: &Session, device: &Device, first: &RefreshToken) -> Result<(), StoreFailure> {
        self.database.write::<_, Failure>(|connection| {
            let row = SessionRow::new(session, device, first);
            diesel::insert_into(sessions::table).values(row).execute(connection)?;
            insert_token(connection, first, session.id)
        })?;
        Ok(())
    }

    fn find(&self, id: SessionId) -> Result<Option<SessionState>, StoreFailure> {
        self.database.read(|connection| connection.transaction(|connection| load(connection, id)))
    }

    fn rotate(&self, rotation: &Rotation) -> Result<RotationOutcome, StoreFailure> {
        Ok(self.database.write::<_, Failure>(|connection| rotate(connection, rotation))?)
    }

    fn revoke(&self, id: SessionId, at: Timestamp, reason: RevocationReason) -> Result<bool, StoreFailure> {
        Ok(self.database.write::<_, Failure>(|connection| {
            let session = sessions::table.find(id.to_string()).select(sessions::expires_at);
            let expires_at: Option<i64> = session.first(connection).optional()?;
            let lived = expires_at.is_some_and(|end| end > at.as_micros());
            Ok(revoke(connection, id, at, reason)? && lived)
        })?)
    }

    fn revoke_all(
        &self,
        user_id: UserId,
        except: Option<SessionId>,
        at: Timestamp,
        reason: RevocationReason,
    ) -> Result<Vec<Revoked>, StoreFailure> {
        Ok(self.database.write::<_, Failure>(|connection| {
            let found = sessions::table
                .filter(sessions::user_id.eq(user_id.to_string()))
                .filter(sessions::revoked_at.is_null())
                .select((sessions::id, sessions::expires_at))
                .load::<(String, i64)>(connection)?;
            let parse = |(id, expires_at): (String, i64)| {
                let row = Row { table: "sessions", key: &id };
                Ok(Revoked { id: row.parse("id", id.parse())?, lived: expires_at > at.as_micros() })
            };
            let mut to_end = found.into_iter().map(parse).collect::<Result<Vec<_>, StoreFailure>>()?;
            to_end.retain(|session| Some(session.id) != except);
            for session in &to_end {
                revoke(connection, session.id, at, reason)?;
            }
            Ok(to_end)
        })?)
    }

    fn list(&self, user_id: UserId, now: Timestamp) -> Result<Vec<SessionState>, StoreFailure> {
        let found = self.database.read(|connection| {
            Ok(sessions::table
                .inner_join(refresh_tokens::table)
                .filter(sessions::user_id.eq(user_id.to_string()))
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::expires_at.gt(now.as_micros()))
                .filter(refresh_tokens::first_used_at.is_null())
                .select((SessionRow::as_select(), TokenRow::as_select()))
                .load::<(SessionRow, TokenRow)>(connection)?)
        })?;
        let mut states = found.into_iter().map(state).collect::<Result<Vec<_>, _>>()?;
        SessionState::sort_by_last_use(&mut states);
        Ok(states)
    }

    fn revoked_since(&self, since: Timestamp) -> Result<Vec<(SessionId, Timestamp)>, StoreFailure> {
        let found = self.database.read(|connection| {
            Ok(sessions::table
                .filter(sessions::revoked_at.ge(since.as_micros()))
                .select((sessions::id, sessions::revoked_at.assume_not_null()))
                .load::<(String, i64)>(connection)?)
        })?;
        let revoked = |(id, at): (String, i64)| {
            let row = Row { table: "sessions", key: &id };
            Ok((row.parse("id", id.parse())?, row.moment("revoked_at", at)?))
        };
        found.into_iter().map(revoked).collect()
    }

    fn delete_expired(&self, before: Timestamp, limit: u32) -> Result<u32, StoreFailure> {
        let deleted = self.database.write::<_, Failure>(|connection| {
            let expired = sessions::table
                .filter(sessions::expires_at.lt(before.as_micros()))
                .order(sessions::expires_at)
                .limit(limit.into())
                .select(sessions::id)
                .load::<String>(connection)?;
            let rows = sessions::table.filter(sessions::id.eq_any(expired));
            Ok(diesel::delete(rows).execute(connection)?)
        })?;
        Ok(u32::try_from(deleted).unwrap_or(limit))
    }
}

fn load(connection: &mut SqliteConnection, id: SessionId) -> Result<Option<SessionState>, Failure> {
    let found = sessions::table
        .inner_join(refresh_tokens::table)
        .filter(sessions::id.eq(id.to_string()))
        .filter(refresh_tokens::first_used_at.is_null())
        .select((SessionRow::as_select(), TokenRow::as_select()))
        .first::<(SessionRow, TokenRow)>(connection)
        .optional()?;
    Ok(found.map(state).transpose()?)
}

fn state((session, living): (SessionRow, TokenRow)) -> Result<SessionState, StoreFailure> {
    let last_use = session.last_use()?;
    Ok(SessionState { session: session.session()?, living: living.token()?, last_use })
}

fn rotate(connection: &mut SqliteConnection, rotation: &Rotation) -> Result<RotationOutcome, Failure> {
    let Some(SessionState { session, living, .. }) = load(connection, rotation.session_id)? else {
        return Ok(RotationOutcome::UnknownSession);
    };
    if session.revocation.is_some() {
        return Ok(RotationOutcome::Revoked(session));
    }
    if session.delivery != rotation.delivery {
        return Ok(RotationOutcome::WrongDelivery(session));
    }
    let presented = refresh_tokens::table
        .find(rotation.presented.to_string())
        .filter(refresh_tokens::session_id.eq(session.id.to_string()))
        .select(TokenRow::as_select())
        .first(connection)
        .optional()?;
    let presented = presented.map(TokenRow::token).transpose()?;
    match judge(presented.as_ref(), &living, rotation.now, rotation.grace) {
        Judgement::Rotate => {
            succeed(connection, rotation, &living)?;
            Ok(RotationOutcome::Rotated(session))
        }
        Judgement::Replay => Ok(RotationOutcome::Replayed(session, living)),
        Judgement::Reuse => {
            let revocation = Revocation { at: rotation.now, reason: RevocationReason::Reuse };
            revoke(connection, session.id, revocation.at, revocation.reason)?;
            Ok(RotationOutcome::Reused(Session { revocation: Some(revocation), ..session }))
        }
    }
}

/// Puts the successor in the living token's place and forgets what no rule needs any more.
fn succeed(
    connection: &mut SqliteConnection,
    rotation: &Rotation,
    living: &RefreshToken,
) -> Result<(), Failure> {
    let session_id = rotation.session_id.to_string();
    diesel::update(refresh_tokens::table.find(living.id.to_string()))
        .set(refresh_tokens::first_used_at.eq(rotation.now.as_micros()))
        .execute(connection)?;
    insert_token(connection, &rotation.successor, rotation.session_id)?;
    let forgotten = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(&session_id))
        .filter(refresh_tokens::first_used_at.lt(rotation.forget_used_before().as_micros()));
    diesel::delete(forgotten).execute(connection)?;
    diesel::update(sessions::table.find(&session_id))
        .set((
            sessions::expires_at.eq(rotation.successor.expires_at.as_micros()),
            sessions::last_used_at.eq(rotation.now.as_micros()),
            sessions::address.eq(rotation.device.address.map(|address| address.to_string())),
            sessions::user_agent.eq(rotation.device.user_agent.as_ref().map(|agent| agent.as_str())),
        ))
        .execute(connection)?;
    Ok(())
}

fn insert_token(
    connection: &mut SqliteConnection,
    token: &RefreshToken,
    session_id: SessionId,
) -> Result<(), Failure> {
    diesel::insert_into(refresh_tokens::table)
        .values(TokenRow::new(token, session_id))
        .execute(connection)?;
    Ok(())
}

/// Whether there was a session to revoke.
fn revoke(
    connection: &mut SqliteConnection,
    id: SessionId,
    at: Timestamp,
    reason: RevocationReason,
) -> Result<bool, Failure> {
    let unrevoked = sessions::table.find(id.to_string()).filter(sessions::revoked_at.is_null());
    let revoked = diesel::update(unrevoked)
        .set((sessions::revoked_at.eq(at.as_micros()), sessions::revocation_reason.eq(reason.as_str())))
        .execute(connection)?;
    Ok(revoked == 1)
}
