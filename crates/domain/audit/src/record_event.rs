//! Recording what has just happened.

use std::sync::Arc;

use concierge_kernel::{Clock, Entropy, StoreFailure};

use crate::{Event, EventId, EventStore, NewEvent};

/// Records events.
pub struct RecordEvent {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// An event happened that the store did not take. It is here so that it can be told elsewhere: it MUST NOT be dropped.
#[derive(Debug, thiserror::Error)]
#[error("an event was not recorded")]
pub struct NotRecorded {
    /// The event.
    pub event: Box<Event>,
    /// Why it was not taken.
    #[source]
    pub cause: StoreFailure,
}

impl RecordEvent {
    /// A recorder into `store`, with moments from `clock` and ids from both.
    pub fn new(store: Arc<dyn EventStore>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, clock, entropy }
    }

    /// Records what has just happened, and tells how it stands in the store. Blocks while it is written.
    pub fn record(&self, new: NewEvent) -> Result<Event, NotRecorded> {
        let at = self.clock.now();
        let NewEvent { act, actor, subject, session, address, request_id } = new;
        let id = EventId::generate(at, self.entropy.as_ref());
        let event = Event { id, at, act, actor, subject, session, address, request_id };
        match self.store.append(&event) {
            Ok(()) => Ok(event),
            Err(cause) => Err(NotRecorded { event: Box::new(event), cause }),
        }
    }
}
