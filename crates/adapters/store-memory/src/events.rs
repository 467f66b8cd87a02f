//! Events in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use concierge_audit::{Event, EventId, EventQuery, EventStore};
use concierge_kernel::StoreFailure;

use crate::lock;

/// An [`EventStore`] that forgets everything with the process.
#[derive(Default)]
pub struct MemoryEventStore(Mutex<BTreeMap<EventId, Event>>);

impl EventStore for MemoryEventStore {
    fn append(&self, event: &Event) -> Result<(), StoreFailure> {
        let mut events = lock(&self.0);
        if events.contains_key(&event.id) {
            return Err(StoreFailure::Failed(format!("the event {} is there already", event.id).into()));
        }
        events.insert(event.id, event.clone());
        Ok(())
    }

    fn page(&self, query: &EventQuery) -> Result<Vec<Event>, StoreFailure> {
        let events = lock(&self.0);
        let found = events.values().rev().filter(|event| query.fits(event));
        Ok(found.zip(0..query.limit).map(|(event, _)| event.clone()).collect())
    }
}
