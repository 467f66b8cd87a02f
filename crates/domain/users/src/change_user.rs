//! The use case of an administrator who gives and takes: roles, and the right to log in.

use std::sync::Arc;

use concierge_kernel::{Clock, StoreFailure, Timestamp, UserId};

use crate::{Role, Roles, User, UserStore};

/// What is to change about a user: at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserChange {
    roles: Option<RolesChange>,
    disabled: Option<bool>,
}

/// What is to become of a user's roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RolesChange {
    /// These and no others.
    Set(Roles),
    /// Those there are, and this one.
    Give(Role),
    /// Those there are but this one; [`Role::User`] stays.
    Take(Role),
}

/// A change that asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is to change")]
pub struct NothingToChange;

impl UserChange {
    /// A change of the roles, of whether the user may not log in, or of both.
    pub fn new(roles: Option<RolesChange>, disabled: Option<bool>) -> Result<Self, NothingToChange> {
        let change = Self { roles, disabled };
        (change.roles.is_some() || change.disabled.is_some()).then_some(change).ok_or(NothingToChange)
    }

    /// A change of the roles alone.
    pub fn of_roles(roles: RolesChange) -> Self {
        Self { roles: Some(roles), disabled: None }
    }

    /// From now on the user may not log in.
    pub fn disable() -> Self {
        Self { roles: None, disabled: Some(true) }
    }

    /// From now on the user may log in.
    pub fn enable() -> Self {
        Self { roles: None, disabled: Some(false) }
    }

    /// The user after the change, made at `at`. Whoever was disabled already stays so since then.
    pub fn apply(&self, user: &User, at: Timestamp) -> User {
        let roles = match &self.roles {
            None => user.roles.clone(),
            Some(RolesChange::Set(roles)) => roles.clone(),
            Some(RolesChange::Give(role)) => user.roles.clone().with(*role),
            Some(RolesChange::Take(role)) => user.roles.clone().without(*role),
        };
        let disabled_at = match self.disabled {
            None => user.disabled_at,
            Some(true) => user.disabled_at.or(Some(at)),
            Some(false) => None,
        };
        User { roles, disabled_at, ..user.clone() }
    }

    /// Whether it forbids the user to log in, however it was before.
    pub fn disables(&self) -> bool {
        self.disabled == Some(true)
    }

    /// Whether it leaves the user without some role, whether or not they had it.
    pub fn takes_roles(&self) -> bool {
        match &self.roles {
            None | Some(RolesChange::Give(_)) => false,
            Some(RolesChange::Set(roles)) => Role::ALL.into_iter().any(|role| !roles.contains(role)),
            Some(RolesChange::Take(_)) => true,
        }
    }

    /// The user who has to administer for `by` to have made `changed` of somebody, which is `by`; `None` where nobody has to.
    ///
    /// Operators at the command line need nobody's leave. Nor does an admin who has taken something from themselves and
    /// says so again: that changes nothing, and the first try may have come only half the way.
    pub fn takes_an_admin(&self, changed: &Changed, by: Option<UserId>) -> Option<UserId> {
        let takes = self.disables() || self.takes_roles();
        let repeats = |by: &UserId| takes && *by == changed.before.id && changed.before == changed.after;
        by.filter(|by| !repeats(by))
    }
}

/// A user before and after a change, which may have changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The user as they were.
    pub before: User,
    /// The user as they are now.
    pub after: User,
}

impl Changed {
    /// Whether there is one less who administers.
    pub fn costs_an_admin(&self) -> bool {
        self.before.administers() && !self.after.administers()
    }
}

/// Why a user was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeUserError {
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// Whoever wanted it does not administer, or no longer.
    #[error("whoever wants the change is no enabled admin")]
    NotPermitted,
    /// Nobody would be left who administers.
    #[error("the last enabled admin can be neither demoted nor disabled")]
    LastAdmin,
    /// The store broke.
    #[error(transparent)]
    Store(#[from] StoreFailure),
}

/// Changes users.
///
/// Who loses something by a change may hold tokens that say otherwise: whoever makes one that
/// [`disables`](UserChange::disables) or [`takes_roles`](UserChange::takes_roles) ends the user's sessions afterwards,
/// also when nothing changed, for the last try may have come only half the way. A login that races it finds out by
/// [`Authenticate::still_stands`](crate::Authenticate::still_stands).
pub struct ChangeUser {
    store: Arc<dyn UserStore>,
    clock: Arc<dyn Clock>,
}

impl ChangeUser {
    /// Changes the users of `store`, by `clock`.
    pub fn new(store: Arc<dyn UserStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Makes the change as `by` wants it, a user or, with `None`, an operator at the command line, and tells how the user
    /// was and is. What `by` may do is looked up in the same step.
    pub fn change(
        &self,
        id: UserId,
        change: &UserChange,
        by: Option<UserId>,
    ) -> Result<Changed, ChangeUserError> {
        self.store.change(id, change, by, self.clock.now())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fakes::{Noon, user};

    fn admin() -> User {
        User { roles: Roles::member().with(Role::Admin), ..user("alice") }
    }

    #[test]
    fn roles_are_given_taken_and_set_and_nothing_else_changes() {
        let change = |roles| UserChange::of_roles(roles).apply(&user("alice"), Noon.now());
        assert_eq!(change(RolesChange::Give(Role::Admin)), admin());
        assert_eq!(change(RolesChange::Set(Roles::member().with(Role::Admin))), admin());
        let take = |role| UserChange::of_roles(RolesChange::Take(role)).apply(&admin(), Noon.now());
        assert_eq!(take(Role::Admin), user("alice"));
        assert_eq!(take(Role::User), admin(), "everybody is a user");
    }

    #[test]
    fn who_is_disabled_twice_is_disabled_since_the_first_time() {
        let later = Noon.now().plus(Duration::from_secs(60));
        let disabled = UserChange::disable().apply(&user("alice"), Noon.now());
        assert_eq!(disabled.disabled_at, Some(Noon.now()));
        assert_eq!(UserChange::disable().apply(&disabled, later), disabled);
        assert_eq!(UserChange::of_roles(RolesChange::Give(Role::User)).apply(&disabled, later), disabled);
        assert_eq!(UserChange::enable().apply(&disabled, later), user("alice"));
    }

    #[test]
    fn what_a_change_may_cost_its_user_does_not_depend_on_what_they_had() {
        let all: Roles = Role::ALL.into_iter().collect();
        for (roles, takes) in [
            (RolesChange::Set(Roles::member()), true),
            (RolesChange::Set(all), false),
            (RolesChange::Give(Role::Admin), false),
            (RolesChange::Take(Role::Admin), true),
        ] {
            assert_eq!(UserChange::of_roles(roles.clone()).takes_roles(), takes, "{roles:?}");
        }
        assert!(UserChange::disable().disables() && !UserChange::disable().takes_roles());
        assert!(!UserChange::enable().disables());
    }

    #[test]
    fn a_change_of_nothing_is_none() {
        assert_eq!(UserChange::new(None, None), Err(NothingToChange));
        assert_eq!(UserChange::new(None, Some(true)), Ok(UserChange::disable()));
    }

    #[test]
    fn a_change_takes_an_admin_unless_it_repeats_what_its_maker_took_from_themselves() {
        let alice = user("alice");
        let bob = "019aa2b4-5c00-7000-8000-000000000001".parse().unwrap();
        let takes = |change: &UserChange, before: &User, by| {
            change.takes_an_admin(
                &Changed { before: before.clone(), after: change.apply(before, Noon.now()) },
                by,
            )
        };
        let demotion = UserChange::of_roles(RolesChange::Take(Role::Admin));
        let promotion = UserChange::of_roles(RolesChange::Give(Role::Admin));
        for (change, before, own) in [
            (&demotion, &alice, None),
            (&demotion, &admin(), Some(alice.id)),
            (&promotion, &alice, Some(alice.id)),
            (&promotion, &admin(), Some(alice.id)),
            (&UserChange::disable(), &alice, Some(alice.id)),
            (&UserChange::enable(), &alice, Some(alice.id)),
        ] {
            assert_eq!(takes(change, before, None), None);
            assert_eq!(takes(change, before, Some(bob)), Some(bob));
            assert_eq!(takes(change, before, Some(alice.id)), own, "{change:?}");
        }
    }

    #[test]
    fn only_who_loses_an_enabled_admin_pays() {
        let disabled = User { disabled_at: Some(Noon.now()), ..admin() };
        let costs = |before: &User, after: &User| {
            Changed { before: before.clone(), after: after.clone() }.costs_an_admin()
        };
        assert!(costs(&admin(), &disabled));
        assert!(costs(&admin(), &user("alice")));
        assert!(!costs(&disabled, &user("alice")));
        assert!(!costs(&disabled, &admin()));
        assert!(!costs(&user("alice"), &user("alice")));
    }
}
