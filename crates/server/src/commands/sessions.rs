//! `concierge sessions`.

use clap::{Args, Subcommand};
use concierge_kernel::StoreFailure;
use concierge_tokens::{RevocationReason, SessionId};

use super::record::{record_end, record_end_of_all};
use super::tell;
use super::users::{UserError, named};
use crate::wiring::Desk;

/// What can be done with sessions.
#[derive(Subcommand)]
pub(super) enum SessionsCommand {
    /// End a session, or all of a user's. Their tokens stop working on every running server within 2 seconds.
    Revoke(Which),
}

/// One session, or all of a user's.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct Which {
    /// All sessions of the user of this name.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// The session with this id, as logs and GET /auth/sessions tell it.
    #[arg(long, value_name = "ID")]
    session: Option<String>,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionsError {
    #[error(transparent)]
    User(#[from] UserError),
    #[error(
        "there is no living session {0}: it may have ended; `concierge sessions revoke --user NAME` ends all of a user's"
    )]
    NoSuchSession(String),
    #[error(transparent)]
    Store(#[from] StoreFailure),
}

pub(super) fn run(command: &SessionsCommand, desk: &Desk<'_>) -> Result<(), SessionsError> {
    let SessionsCommand::Revoke(Which { user, session }) = command;
    if let Some(name) = user {
        let user = named(desk, name)?;
        let ended = desk.end_session().end_all(user.id, RevocationReason::Admin)?;
        record_end_of_all(desk, user.id, RevocationReason::Admin, ended.len());
        tell(&format!("{}: {}", user.username, ended_sessions(ended.len())));
    }
    if let Some(id) = session {
        end_one(desk, id)?;
        tell(&ended_sessions(1));
    }
    Ok(())
}

fn end_one(desk: &Desk<'_>, id: &str) -> Result<(), SessionsError> {
    let unknown = || SessionsError::NoSuchSession(id.to_owned());
    let session_id: SessionId = id.parse().map_err(|_| unknown())?;
    let session = desk.inspect_session().living(session_id)?.ok_or_else(unknown)?.session;
    if !desk.end_session().end_of(session.user_id, session_id, RevocationReason::Admin)? {
        return Err(unknown());
    }
    record_end(desk, session.user_id, session_id, RevocationReason::Admin);
    Ok(())
}

/// How many sessions ended, in words.
pub(super) fn ended_sessions(count: usize) -> String {
    match count {
        0 => "there was no session to end".to_owned(),
        1 => "1 session ended".to_owned(),
        _ => format!("{count} sessions ended"),
    }
}
