//! Where a user is logged in.

use std::sync::Arc;

use concierge_kernel::{Clock, StoreFailure, UserId};

use crate::{SessionState, SessionStore};

/// Lists sessions for the user they belong to.
pub struct ListSessions {
    store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
}

impl ListSessions {
    /// A look into `store`, by `clock`.
    pub fn new(store: Arc<dyn SessionStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// The user's living sessions, the one used last first.
    pub fn living(&self, user_id: UserId) -> Result<Vec<SessionState>, StoreFailure> {
        self.store.list(user_id, self.clock.now())
    }
}
