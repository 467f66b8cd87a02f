//! The use case of a user who is known by id already: may they still act?

use std::sync::Arc;

use concierge_kernel::{StoreFailure, UserId};

use crate::{User, UserStore};

/// Looks users up.
pub struct FindUser {
    store: Arc<dyn UserStore>,
}

impl FindUser {
    /// A look into `store`.
    pub fn new(store: Arc<dyn UserStore>) -> Self {
        Self { store }
    }

    /// The user with this id; `None` when there is none or they have been disabled.
    pub fn active(&self, id: UserId) -> Result<Option<User>, StoreFailure> {
        Ok(self.store.find(id)?.filter(|user| user.disabled_at.is_none()))
    }
}
