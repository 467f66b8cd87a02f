//! The use case of looking a user up: by id, may they still act? By name, who is it?

use std::sync::Arc;

use concierge_kernel::{StoreFailure, UserId};

use crate::{User, UserStore, Username};

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

    /// The user with this id, disabled ones included; `None` when there is none.
    pub fn any(&self, id: UserId) -> Result<Option<User>, StoreFailure> {
        self.store.find(id)
    }

    /// The user of this name, disabled ones included; `None` when there is none.
    pub fn named(&self, username: &Username) -> Result<Option<User>, StoreFailure> {
        Ok(self.store.find_credentials(username)?.map(|found| found.user))
    }
}
