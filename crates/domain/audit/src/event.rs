//! An event: an act with who, to whom, when and where from.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use concierge_kernel::{Entropy, MalformedId, Timestamp, UserId, UuidV7};

use crate::Act;

/// Names an event. Ids follow the clocks of those who make them, not the order of the events: see
/// [`EventStore::page`](crate::EventStore::page).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(UuidV7);

impl EventId {
    /// A new id for the moment `now`.
    pub fn generate(now: Timestamp, entropy: &dyn Entropy) -> Self {
        Self(UuidV7::generate(now, entropy))
    }

    /// The sixteen bytes of the id.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EventId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        text.parse().map(Self)
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody who had proved who they are.
    Anonymous,
    /// A user, by a token or a password of theirs.
    User(UserId),
    /// An operator at the command line, who is whoever may run it.
    CommandLine,
}

/// Something that happened, as it is recorded for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The event's id.
    pub id: EventId,
    /// When it happened, by the clock of the process that recorded it.
    pub at: Timestamp,
    /// What happened.
    pub act: Act,
    /// Who did it.
    pub actor: Actor,
    /// To whom; `None` where no user is known. They may have been deleted since.
    pub subject: Option<UserId>,
    /// The id of the session that the act opened or ended; of an act that did neither to a single one, of the session it
    /// was done in.
    pub session: Option<UuidV7>,
    /// The client's address, as told by the connection or by proxies that are trusted.
    pub address: Option<IpAddr>,
    /// The id of the request, to find its lines in the log by.
    pub request_id: Option<String>,
}

/// Something that has just happened, about to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    pub(crate) act: Act,
    pub(crate) actor: Actor,
    pub(crate) subject: Option<UserId>,
    pub(crate) session: Option<UuidV7>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) request_id: Option<String>,
}

impl NewEvent {
    /// An act of `actor`, to nobody in particular, in no session, from nowhere.
    pub fn new(actor: Actor, act: Act) -> Self {
        Self { act, actor, subject: None, session: None, address: None, request_id: None }
    }

    /// An act of `user` that is about themselves.
    pub fn own(user: UserId, act: Act) -> Self {
        Self::new(Actor::User(user), act).about(user)
    }

    /// It is about this user, or nobody: see [`Event::subject`].
    #[must_use]
    pub fn about(self, subject: impl Into<Option<UserId>>) -> Self {
        Self { subject: subject.into(), ..self }
    }

    /// The session of this id, or none: see [`Event::session`].
    #[must_use]
    pub fn in_session(self, session: impl Into<Option<UuidV7>>) -> Self {
        Self { session: session.into(), ..self }
    }

    /// It came by this request: see [`Event::address`] and [`Event::request_id`].
    #[must_use]
    pub fn by_request(self, request_id: &str, address: Option<IpAddr>) -> Self {
        Self { request_id: Some(request_id.to_owned()), address, ..self }
    }
}
