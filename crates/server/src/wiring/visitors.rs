//! Where what is remembered of visitors lives.

use std::sync::Arc;

use concierge_kernel::Clock;
use concierge_web::{Degradable, InvalidRedisUrl, RedisVisitors, VisitorStore};

use crate::settings::{Redis, Settings, VisitorSessionStore};

/// Where visitor sessions live, and how to tell whether they can be reached.
pub(crate) struct Visitors {
    pub(crate) store: VisitorStore,
    pub(crate) degradable: Vec<Degradable>,
}

impl Visitors {
    /// Sessions as the settings say. A Redis server may be away: it is a part that most requests do without.
    ///
    /// # Errors
    /// Its URL is none.
    pub(crate) fn wire(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Self, InvalidRedisUrl> {
        let VisitorSessionStore::Redis(url) = &settings.visitor_sessions.store else {
            return Ok(Self { store: VisitorStore::Cookie, degradable: Vec::new() });
        };
        let Redis { key_prefix, timeout, .. } = &settings.redis;
        let visitors = RedisVisitors::new(url.expose(), key_prefix, *timeout, Arc::clone(clock))?;
        let asked = visitors.clone();
        let works = Arc::new(move || asked.are_within_reach());
        let degradable = vec![Degradable { part: "visitor_sessions", works }];
        Ok(Self { store: VisitorStore::Redis(visitors), degradable })
    }
}
