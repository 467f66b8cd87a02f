//! Looking a living session up.

use std::sync::Arc;

use concierge_kernel::StoreFailure;

use crate::{SessionId, SessionState, SessionStore};

/// Looks sessions up.
pub struct InspectSession {
    store: Arc<dyn SessionStore>,
}

impl InspectSession {
    /// A look into `store`.
    pub fn new(store: Arc<dyn SessionStore>) -> Self {
        Self { store }
    }

    /// The session and its living token; `None` when there is no such session or it has been revoked.
    pub fn living(&self, id: SessionId) -> Result<Option<SessionState>, StoreFailure> {
        let found = self.store.find(id)?;
        Ok(found.filter(|state| state.session.revocation.is_none()))
    }
}
