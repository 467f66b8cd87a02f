//! Events in memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Mutex;

use concierge_audit::{Event, EventId, EventQuery, EventStore};
use concierge_kernel::StoreFailure;

use crate::lock;

/// An [`EventStore`] that forgets everything with the process.
#[derive(Default)]
pub struct MemoryEventStore(Mutex<Record>);

#[derive(Default)]
struct Record {
    /// In the order in which they were added.
    events: Vec<Event>,
    /// How many were added before each.
    places: HashMap<EventId, usize>,
}

impl EventStore for MemoryEventStore {
    fn append(&self, event: &Event) -> Result<(), StoreFailure> {
        let mut record = lock(&self.0);
        let place = record.events.len();
        match record.places.entry(event.id) {
            Entry::Occupied(_) => {
                return Err(StoreFailure::Failed(format!("the event {} is there already", event.id).into()));
            }
            Entry::Vacant(entry) => {
                entry.insert(place);
            }
        }
        record.events.push(event.clone());
        Ok(())
    }

    fn page(&self, query: &EventQuery) -> Result<Vec<Event>, StoreFailure> {
        let record = lock(&self.0);
        let end = match query.before {
            None => record.events.len(),
            Some(id) => record.places.get(&id).copied().unwrap_or(0),
        };
        let found = record.events.iter().take(end).rev().filter(|event| query.fits(event));
        Ok(found.zip(0..query.limit).map(|(event, _)| event.clone()).collect())
    }
}
