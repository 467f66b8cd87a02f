//! Using a refresh token, in one transaction.

use concierge_tokens::rotation::{Judgement, judge};
use concierge_tokens::{RefreshToken, Revocation, RevocationReason, Rotation, RotationOutcome, Session};
use diesel::prelude::*;
use uuid::Uuid;

use super::rows::{SessionRow, TokenRow};
use super::{insert_token, key, revoke};
use crate::failure::Failure;
use crate::rows::stamp;
use crate::schema::{refresh_tokens, sessions};

/// Whoever else would rotate or end this session waits until the transaction is over: its row is locked first. The tokens
/// are read by the next statement, which sees what those before have committed; read together with the row, they would
/// be the ones from before the wait.
pub(super) fn rotate(connection: &mut PgConnection, rotation: &Rotation) -> Result<RotationOutcome, Failure> {
    let id = key(rotation.session_id);
    let locked = sessions::table
        .find(id)
        .select(SessionRow::as_select())
        .for_no_key_update()
        .first(connection)
        .optional()?;
    let Some(session) = locked.map(SessionRow::session).transpose()? else {
        return Ok(RotationOutcome::UnknownSession);
    };
    if session.revocation.is_some() {
        return Ok(RotationOutcome::Revoked(session));
    }
    if session.delivery != rotation.delivery {
        return Ok(RotationOutcome::WrongDelivery(session));
    }
    let (living, presented) = tokens(connection, id, Uuid::from_bytes(*rotation.presented.as_bytes()))?;
    let Some(living) = living else { return Ok(RotationOutcome::UnknownSession) };
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

/// The living token of a session, and the presented one if it is one of this session's; they may be the same.
fn tokens(
    connection: &mut PgConnection,
    session_id: Uuid,
    presented: Uuid,
) -> Result<(Option<RefreshToken>, Option<RefreshToken>), Failure> {
    let living = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(session_id))
        .filter(refresh_tokens::first_used_at.is_null())
        .select(TokenRow::as_select())
        .first(connection)
        .optional()?;
    let living = living.map(TokenRow::token).transpose()?;
    if let Some(living) = &living
        && living.id.as_bytes() == presented.as_bytes()
    {
        return Ok((Some(*living), Some(*living)));
    }
    let presented = refresh_tokens::table
        .find(presented)
        .filter(refresh_tokens::session_id.eq(session_id))
        .select(TokenRow::as_select())
        .first(connection)
        .optional()?;
    Ok((living, presented.map(TokenRow::token).transpose()?))
}

/// Puts the successor in the living token's place and forgets what no rule needs any more.
fn succeed(connection: &mut PgConnection, rotation: &Rotation, living: &RefreshToken) -> Result<(), Failure> {
    let session_id = key(rotation.session_id);
    diesel::update(refresh_tokens::table.find(Uuid::from_bytes(*living.id.as_bytes())))
        .set(refresh_tokens::first_used_at.eq(stamp(rotation.now)))
        .execute(connection)?;
    insert_token(connection, &rotation.successor, rotation.session_id)?;
    let forgotten = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(session_id))
        .filter(refresh_tokens::first_used_at.lt(stamp(rotation.forget_used_before())));
    diesel::delete(forgotten).execute(connection)?;
    diesel::update(sessions::table.find(session_id))
        .set((
            sessions::expires_at.eq(stamp(rotation.successor.expires_at)),
            sessions::last_used_at.eq(stamp(rotation.now)),
            sessions::address.eq(rotation.device.address.map(|address| address.to_string())),
            sessions::user_agent.eq(rotation.device.user_agent.as_ref().map(|agent| agent.as_str())),
        ))
        .execute(connection)?;
    Ok(())
}
