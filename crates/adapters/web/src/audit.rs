//! Recording what requests do: as events in the store, and as lines of the log under the target `security`.

use std::net::IpAddr;

use actix_web::HttpRequest;
use concierge_audit::{Act, Actor, Detail, Details, Event, LoginFailure, NewEvent, NotRecorded};
use concierge_tokens::{AccessClaims, RevocationReason, SessionId};
use concierge_users::{Changed, Refusal, Roles};
use serde_json::{Map, Value};
use tracing::Level;

use crate::error::cause_chain;
use crate::request_id::RequestId;
use crate::services::Services;

/// What all events of one request have in common. Taken from the request before the work goes where it may block.
pub(crate) struct Scene {
    request_id: RequestId,
    address: Option<IpAddr>,
}

/// Writes a line about an event, with all that is known of it.
macro_rules! tell {
    ($level:expr, $event:expr, $($message:tt)+) => {{
        let event: &Event = $event;
        let (actor, actor_id) = actor_parts(event.actor);
        let details = Value::Object(details(&event.act.details()));
        tracing::event!(
            target: "security",
            $level,
            event = %event.id,
            at = %event.at,
            kind = event.act.name(),
            %details,
            actor,
            actor_id,
            subject = event.subject.map(tracing::field::display),
            session = event.session.map(tracing::field::display),
            address = event.address.map(tracing::field::display),
            request_id = event.request_id.as_deref(),
            $($message)+
        )
    }};
}

impl Scene {
    pub(crate) fn of(request: &HttpRequest, services: &Services) -> Self {
        let address = services.trusted_proxies.client_of(request);
        Self { request_id: RequestId::of(request), address }
    }

    pub(crate) fn request_id(&self) -> &str {
        self.request_id.as_str()
    }

    /// Records what has just happened. Blocks while it is written.
    ///
    /// The act stands whatever becomes of its record: what the store does not take, the log gets as an error, whole.
    pub(crate) fn record(&self, services: &Services, new: NewEvent) {
        match services.record_event.record(new.by_request(self.request_id(), self.address)) {
            Ok(event) if event.act == Act::RefreshTokenReused => {
                tell!(Level::WARN, &event, "{}", event.act.name());
            }
            Ok(event) => tell!(Level::INFO, &event, "{}", event.act.name()),
            Err(NotRecorded { event, cause }) => {
                tell!(Level::ERROR, &event, cause = cause_chain(&cause), "an event is not in the store");
            }
        }
    }
}

/// What the user of these claims did to themselves; about somebody else with [`NewEvent::about`].
pub(crate) fn by(claims: &AccessClaims, act: Act) -> NewEvent {
    NewEvent::own(claims.principal.user_id, act).in_session(claims.session_id.as_uuid())
}

/// A login that was refused. Nobody knows who tried; what they typed is not kept.
pub(crate) fn login_failed(refusal: Refusal) -> NewEvent {
    let (reason, subject) = match refusal {
        Refusal::UnknownUser => (LoginFailure::UnknownUser, None),
        Refusal::WrongPassword(user) => (LoginFailure::WrongPassword, Some(user)),
        Refusal::Disabled(user) => (LoginFailure::Disabled, Some(user)),
    };
    NewEvent::new(Actor::Anonymous, Act::LoginFailed { reason }).about(subject)
}

/// The end of one session.
pub(crate) fn session_revoked(reason: RevocationReason) -> Act {
    Act::SessionRevoked { reason: reason.as_str().to_owned() }
}

/// The end of these sessions; `None` where there was none to end.
pub(crate) fn sessions_revoked(reason: RevocationReason, ended: &[SessionId]) -> Option<Act> {
    let sessions = u64::try_from(ended.len()).unwrap_or(u64::MAX);
    (sessions > 0).then(|| Act::SessionsRevoked { reason: reason.as_str().to_owned(), sessions })
}

/// What a change made of a user: nothing, or one or two acts.
pub(crate) fn user_changed(changed: &Changed) -> impl Iterator<Item = Act> {
    let names = |roles: &Roles| roles.iter().map(|role| role.as_str().to_owned()).collect();
    let Changed { before, after } = changed;
    let roles = (before.roles != after.roles)
        .then(|| Act::RolesChanged { before: names(&before.roles), after: names(&after.roles) });
    let standing = match (before.disabled_at, after.disabled_at) {
        (None, Some(_)) => Some(Act::UserDisabled),
        (Some(_), None) => Some(Act::UserEnabled),
        (None, None) | (Some(_), Some(_)) => None,
    };
    roles.into_iter().chain(standing)
}

/// What kind of actor it is, and the id of one who has one.
pub(crate) fn actor_parts(actor: Actor) -> (&'static str, Option<String>) {
    match actor {
        Actor::Anonymous => ("anonymous", None),
        Actor::User(id) => ("user", Some(id.to_string())),
        Actor::CommandLine => ("command_line", None),
    }
}

/// The details of an act as answers and the log show them.
pub(crate) fn details(details: &Details) -> Map<String, Value> {
    let value = |detail: &Detail| match detail {
        Detail::Text(text) => Value::from(text.as_str()),
        Detail::Number(number) => Value::from(*number),
        Detail::Names(names) => Value::from(names.as_slice()),
    };
    details.iter().map(|(name, detail)| (name.to_owned(), value(detail))).collect()
}
