//! Somebody who may log in.

use concierge_kernel::{Timestamp, UserId};

use crate::{PasswordHash, Role, Roles, Username};

/// Somebody who may log in. The hash of their password is kept apart, in [`Credentials`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Names the user for good.
    pub id: UserId,
    /// Unique among all users.
    pub username: Username,
    /// What the user may do.
    pub roles: Roles,
    /// When the user registered.
    pub created_at: Timestamp,
    /// Since when the user may not log in; `None` for one who may.
    pub disabled_at: Option<Timestamp>,
}

impl User {
    /// Whether the user may manage others: has the role, and may log in.
    pub fn administers(&self) -> bool {
        self.roles.contains(Role::Admin) && self.disabled_at.is_none()
    }
}

/// A user with the hash of their password, for the one use case that needs both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub user: User,
    /// The hash of their password.
    pub password_hash: PasswordHash,
}
