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

    /// The events that `query` asks for, in the order in which they were added, the last first.
    ///
    /// That order MUST be the one in which events become visible here, whoever adds them: an event that comes into view MUST
    /// stand above all that anybody has read before. It is given while the event is written; ids and moments, which are made
    /// before, do not follow it. MUST be what one moment's events are.
    ///
    /// So a reader who goes on below the last event seen meets none twice and misses none that was there when the
    /// reading began, whatever is added meanwhile; and one who comes again and reads down to the newest event they knew
    /// has seen all there are.
    fn page(&self, query: &EventQuery) -> Result<Vec<Event>, StoreFailure>;
}

/// Which events to read. Those that are asked for fulfil every part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Only events that were added before the one of this id; none when there is no such event.
    pub before: Option<EventId>,
    /// At most so many.
    pub limit: u32,
    /// Only events that this user did, or that are about them.
    pub user: Option<UserId>,
    /// Only events of this kind.
    pub kind: Option<Kind>,
}

impl EventQuery {
    /// Whether `event` is one of those asked for, its place and the limit aside.
    pub fn fits(&self, event: &Event) -> bool {
        let of_user = |user| event.subject == Some(user) || event.actor == Actor::User(user);
        self.user.is_none_or(of_user) && self.kind.is_none_or(|kind| event.act.name() == kind.as_str())
    }
}
