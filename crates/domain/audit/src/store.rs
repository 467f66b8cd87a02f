//! The port that keeps events.

use concierge_kernel::{StoreFailure, UserId};

use crate::{Actor, Event, EventId, Kind};

/// Keeps events for good: there is no way to change or remove one.
///
/// Every method is atomic by itself and safe to call from many threads at once.
pub trait EventStore: Send + Sync {
    /// Adds an event, which stays whatever becomes of the users and sessions that it names; they need not be there.
    ///
    /// MUST keep every part as given, an act that this version does not know included. MUST fail for an id that is
    /// there already, and leave that event as it was.
    fn append(&self, event: &Event) -> Result<(), StoreFailure>;

    /// The events that `query` asks for, by id, the greatest first.
    ///
    /// MUST be what one moment's events are. So a reader who goes on from the last id seen meets no event twice and
    /// misses none that was there when the reading began, whatever is added meanwhile.
    fn page(&self, query: &EventQuery) -> Result<Vec<Event>, StoreFailure>;
}

/// Which events to read. Those that are asked for fulfil every part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Only events of a smaller id than this.
    pub before: Option<EventId>,
    /// At most so many.
    pub limit: u32,
    /// Only events that this user did, or that are about them.
    pub user: Option<UserId>,
    /// Only events of this kind.
    pub kind: Option<Kind>,
}

impl EventQuery {
    /// Whether `event` is one of those asked for, the limit aside.
    pub fn fits(&self, event: &Event) -> bool {
        let of_user = |user| event.subject == Some(user) || event.actor == Actor::User(user);
        self.before.is_none_or(|before| event.id < before)
            && self.user.is_none_or(of_user)
            && self.kind.is_none_or(|kind| event.act.name() == kind.as_str())
    }
}
