//! Recording what has just happened.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use concierge_kernel::{Clock, Entropy, StoreFailure, Timestamp};

use crate::{Event, EventId, EventStore, NewEvent};

/// Records events.
pub struct RecordEvent {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// The moment that the last id was made for.
    last: Mutex<Timestamp>,
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
        Self { store, clock, entropy, last: Mutex::new(Timestamp::EPOCH) }
    }

    /// Records what has just happened, and tells how it stands in the store. Blocks while it is written.
    pub fn record(&self, new: NewEvent) -> Result<Event, NotRecorded> {
        let at = self.clock.now();
        let NewEvent { act, actor, subject, session, address, request_id } = new;
        let event = Event { id: self.next_id(at), at, act, actor, subject, session, address, request_id };
        match self.store.append(&event) {
            Ok(()) => Ok(event),
            Err(cause) => Err(NotRecorded { event: Box::new(event), cause }),
        }
    }

    /// An id that is greater than all that were made here before: else events of one millisecond, or from either side of
    /// a step of the clock, would stand in no order that means anything.
    fn next_id(&self, now: Timestamp) -> EventId {
        const NEXT_MILLISECOND: Duration = Duration::from_millis(1);
        // A moment is whole whatever happened to whoever held the lock.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = now.max(last.plus(NEXT_MILLISECOND));
        EventId::generate(*last, self.entropy.as_ref())
    }
}
