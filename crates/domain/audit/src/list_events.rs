//! Reading events in pages.

use std::sync::Arc;

use concierge_kernel::StoreFailure;

use crate::{Event, EventId, EventQuery, EventStore};

/// Reads events in pages.
pub struct ListEvents {
    store: Arc<dyn EventStore>,
}

/// Some events, the newest first, and where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    /// The events.
    pub events: Vec<Event>,
    /// What [`EventQuery::before`] is for the next page; `None` when this one is the last.
    pub next: Option<EventId>,
}

impl ListEvents {
    /// A reader of `store`.
    pub fn new(store: Arc<dyn EventStore>) -> Self {
        Self { store }
    }

    /// The page that `query` asks for.
    pub fn page(&self, query: &EventQuery) -> Result<EventPage, StoreFailure> {
        // One more tells whether there are more.
        let mut events =
            self.store.page(&EventQuery { limit: query.limit.saturating_add(1), ..query.clone() })?;
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let more = events.len() > limit;
        events.truncate(limit);
        let next = events.last().filter(|_| more).map(|event| event.id);
        Ok(EventPage { events, next })
    }
}
