//! The memory stores keep the law of their ports.

use std::sync::Arc;

use concierge_contracts::Stores;
use concierge_store_memory::{MemoryEventStore, MemorySessionStore, MemoryUserStore};

fn stores() -> Stores {
    Stores {
        users: Arc::new(MemoryUserStore::default()),
        sessions: Arc::new(MemorySessionStore::default()),
        events: Arc::new(MemoryEventStore::default()),
        keep: Arc::new(()),
    }
}

concierge_contracts::user_store_suite!(stores);
concierge_contracts::session_store_suite!(stores);
concierge_contracts::event_store_suite!(stores);
