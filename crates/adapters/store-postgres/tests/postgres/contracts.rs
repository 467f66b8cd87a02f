//! The Postgres stores keep the law of their ports.

use std::sync::Arc;

use concierge_contracts::Stores;

use crate::support::House;

fn stores() -> Option<Stores> {
    let House { schema, database } = House::build()?;
    Some(Stores {
        users: Arc::new(database.users()),
        sessions: Arc::new(database.sessions()),
        events: Arc::new(database.events()),
        keep: Arc::new(schema),
    })
}

concierge_contracts::user_store_suite!(stores);
concierge_contracts::session_store_suite!(stores);
concierge_contracts::event_store_suite!(stores);
