//! What a user may do.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// A right that a user may have. Ordered as they are listed in answers and tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// May log in. Everybody has it.
    User,
    /// May manage other users.
    Admin,
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such role")]
pub struct UnknownRole;

impl Role {
    /// Every role, in order.
    pub const ALL: [Self; 2] = [Self::User, Self::Admin];

    /// The name that stores and tokens write: `user` or `admin`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    /// Reads the name exactly as [`Role::as_str`] writes it.
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}

/// A set of roles that always has [`Role::User`].
///
/// Collecting roles makes one: `[Role::Admin].into_iter().collect::<Roles>()` has both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    /// What everybody has: [`Role::User`] alone.
    pub fn member() -> Self {
        Self(BTreeSet::from([Role::User]))
    }

    /// These roles and `role`.
    #[must_use]
    pub fn with(mut self, role: Role) -> Self {
        self.0.insert(role);
        self
    }

    /// These roles but `role`; [`Role::User`] stays.
    #[must_use]
    pub fn without(mut self, role: Role) -> Self {
        self.0.retain(|kept| *kept != role || *kept == Role::User);
        self
    }

    /// Whether `role` is among them.
    pub fn contains(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// The roles in the order of [`Role::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = Role> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::member(), Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_reads_back_from_its_name() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert_eq!("Admin".parse::<Role>(), Err(UnknownRole));
    }

    #[test]
    fn everybody_is_a_user_and_roles_come_in_a_stable_order() {
        let admin: Roles = [Role::Admin, Role::Admin].into_iter().collect();
        assert_eq!(admin, Roles::member().with(Role::Admin));
        assert_eq!(admin.iter().collect::<Vec<_>>(), Role::ALL);
        assert!(!Roles::member().contains(Role::Admin));
        assert_eq!(admin.clone().without(Role::User), admin);
        assert_eq!(admin.without(Role::Admin), Roles::member());
        assert_eq!(std::iter::empty().collect::<Roles>(), Roles::member());
    }
}
