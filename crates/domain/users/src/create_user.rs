//! The use case of an operator who adds a user: a registration, with roles.

use crate::{Register, RegisterError, Registration, Roles, User};

/// Adds users who may be more than members.
pub struct CreateUser {
    register: Register,
}

impl CreateUser {
    /// Creates as `register` registers.
    pub fn new(register: Register) -> Self {
        Self { register }
    }

    /// Adds the user with these roles. Blocks while the password is hashed.
    pub fn create(&self, registration: Registration, roles: Roles) -> Result<User, RegisterError> {
        self.register.add(registration, roles)
    }
}
