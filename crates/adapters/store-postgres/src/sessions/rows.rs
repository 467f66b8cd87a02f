//! The rows of a session and of its tokens.

use concierge_kernel::StoreFailure;
use concierge_tokens::{
    Delivery, Device, LastUse, RefreshToken, Revocation, RevocationReason, Session, SessionId, SessionState,
    UserAgent,
};
use diesel::data_types::PgTimestamp;
use diesel::pg::Pg;
use diesel::prelude::*;
use uuid::Uuid;

use super::key;
use crate::rows::{Row, stamp};
use crate::schema::{refresh_tokens, sessions};

#[derive(Queryable, Insertable, Selectable)]
#[diesel(table_name = sessions)]
#[diesel(check_for_backend(Pg))]
pub(super) struct SessionRow {
    id: Uuid,
    user_id: Uuid,
    delivery: String,
    remember: bool,
    csrf_token: String,
    created_at: PgTimestamp,
    authenticated_at: PgTimestamp,
    expires_at: PgTimestamp,
    last_used_at: PgTimestamp,
    address: Option<String>,
    user_agent: Option<String>,
    revoked_at: Option<PgTimestamp>,
    revocation_reason: Option<String>,
}

impl SessionRow {
    pub(super) fn new(session: &Session, device: &Device, living: &RefreshToken) -> Self {
        Self {
            id: key(session.id),
            user_id: Uuid::from_bytes(*session.user_id.as_bytes()),
            delivery: session.delivery.as_str().to_owned(),
            remember: session.remember,
            csrf_token: session.csrf_token.as_str().to_owned(),
            created_at: stamp(session.created_at),
            authenticated_at: stamp(session.authenticated_at),
            expires_at: stamp(living.expires_at),
            last_used_at: stamp(session.created_at),
            address: device.address.map(|address| address.to_string()),
            user_agent: device.user_agent.as_ref().map(|agent| agent.as_str().to_owned()),
            revoked_at: session.revocation.map(|revocation| stamp(revocation.at)),
            revocation_reason: session.revocation.map(|revocation| revocation.reason.as_str().to_owned()),
        }
    }

    fn last_use(&self) -> Result<LastUse, StoreFailure> {
        let row = Row { table: "sessions", key: self.id };
        let address = self.address.as_deref().map(|address| row.parse("address", address.parse()));
        let user_agent = self.user_agent.as_deref().and_then(UserAgent::clean);
        let device = Device { address: address.transpose()?, user_agent };
        Ok(LastUse { at: row.moment("last_used_at", self.last_used_at)?, device })
    }

    pub(super) fn session(self) -> Result<Session, StoreFailure> {
        let row = Row { table: "sessions", key: self.id };
        let revocation = match (self.revoked_at, self.revocation_reason) {
            (Some(at), Some(reason)) => Some(Revocation {
                at: row.moment("revoked_at", at)?,
                reason: row.one_of("revocation_reason", RevocationReason::from_name(&reason))?,
            }),
            // The table's CHECK keeps the two together.
            _ => None,
        };
        Ok(Session {
            id: row.id("id", self.id)?,
            user_id: row.id("user_id", self.user_id)?,
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
#[diesel(check_for_backend(Pg))]
pub(super) struct TokenRow {
    id: Uuid,
    session_id: Uuid,
    predecessor: Option<Uuid>,
    issued_at: PgTimestamp,
    expires_at: PgTimestamp,
    first_used_at: Option<PgTimestamp>,
}

impl TokenRow {
    pub(super) fn new(token: &RefreshToken, session_id: SessionId) -> Self {
        Self {
            id: Uuid::from_bytes(*token.id.as_bytes()),
            session_id: key(session_id),
            predecessor: token.predecessor.map(|id| Uuid::from_bytes(*id.as_bytes())),
            issued_at: stamp(token.issued_at),
            expires_at: stamp(token.expires_at),
            first_used_at: token.first_used_at.map(stamp),
        }
    }

    pub(super) fn token(self) -> Result<RefreshToken, StoreFailure> {
        let row = Row { table: "refresh_tokens", key: self.id };
        Ok(RefreshToken {
            id: row.id("id", self.id)?,
            predecessor: row.id_or_none("predecessor", self.predecessor)?,
            issued_at: row.moment("issued_at", self.issued_at)?,
            expires_at: row.moment("expires_at", self.expires_at)?,
            first_used_at: row.moment_or_none("first_used_at", self.first_used_at)?,
        })
    }
}

/// A session's row and that of its living token.
pub(super) fn state((session, living): (SessionRow, TokenRow)) -> Result<SessionState, StoreFailure> {
    let last_use = session.last_use()?;
    Ok(SessionState { session: session.session()?, living: living.token()?, last_use })
}
