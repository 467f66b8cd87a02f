//! Recording what commands do. The actor is whoever may run them: the command line knows no users.

use concierge_audit::{Act, Actor, NewEvent, NotRecorded};
use concierge_kernel::UserId;
use concierge_tokens::{RevocationReason, SessionId};
use concierge_users::{Changed, Role, User};

use crate::causes::chain;
use crate::logging;
use crate::wiring::Desk;

/// Records what has just been done to a user.
pub(super) fn record(desk: &Desk<'_>, user: UserId, act: Act) {
    keep(desk, NewEvent::new(Actor::CommandLine, act).about(user));
}

/// Records that all sessions of a user were ended, if there were any.
pub(super) fn record_end_of_all(desk: &Desk<'_>, user: UserId, reason: RevocationReason, ended: usize) {
    let sessions = u64::try_from(ended).unwrap_or(u64::MAX);
    if sessions > 0 {
        record(desk, user, Act::SessionsRevoked { reason: reason.as_str().to_owned(), sessions });
    }
}

/// Records that one session was ended.
pub(super) fn record_end(desk: &Desk<'_>, user: UserId, session: SessionId, reason: RevocationReason) {
    let act = Act::SessionRevoked { reason: reason.as_str().to_owned() };
    keep(desk, NewEvent::new(Actor::CommandLine, act).about(user).in_session(session.as_uuid()));
}

/// Records what a change made of a user: nothing, or one or two acts.
pub(super) fn record_change(desk: &Desk<'_>, changed: &Changed) {
    let Changed { before, after } = changed;
    if before.roles != after.roles {
        let (before, after) = (roles_of(before), roles_of(after));
        record(desk, changed.after.id, Act::RolesChanged { before, after });
    }
    match (before.disabled_at, after.disabled_at) {
        (None, Some(_)) => record(desk, after.id, Act::UserDisabled),
        (Some(_), None) => record(desk, after.id, Act::UserEnabled),
        (None, None) | (Some(_), Some(_)) => {}
    }
}

/// The names of a user's roles.
pub(super) fn roles_of(user: &User) -> Vec<String> {
    user.roles.iter().map(Role::as_str).map(str::to_owned).collect()
}

/// The act stands whatever becomes of its record: what the store does not take, the log gets as an error, whole.
fn keep(desk: &Desk<'_>, new: NewEvent) {
    if let Err(NotRecorded { event, cause }) = desk.record_event().record(new) {
        logging::start(desk.log());
        tracing::error!(
            target: "security",
            event = %event.id,
            at = %event.at,
            kind = event.act.name(),
            details = ?event.act.details(),
            actor = "command_line",
            subject = event.subject.map(tracing::field::display),
            session = event.session.map(tracing::field::display),
            cause = chain(&cause),
            "an event is not in the store",
        );
    }
}
