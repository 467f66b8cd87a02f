//! Who may log in: usernames, passwords, registration and authentication.
//!
//! A text becomes a [`Username`], a [`Password`] or a [`NewPassword`] once, at the edge, and is trusted from
//! then on. Three use cases of users stand on them: [`Register`] takes a [`Registration`], [`Authenticate`] a
//! [`LoginAttempt`], [`ChangePassword`] a [`PasswordChange`]. Those who administer have [`ListUsers`] and [`ChangeUser`],
//! operators [`CreateUser`] and [`SetPassword`] besides. All know the outside by two ports alone, [`UserStore`] and
//! [`PasswordHasher`].
//!
//! # To change something
//!
//! - *A rule for usernames or passwords:* their modules hold the lengths and the profiles of RFC 8265. Stored
//!   usernames are read back with [`Username::from_canonical`], so a stricter rule needs a migration of those
//!   that break it; a stricter rule for passwords belongs into [`NewPassword`], or people are locked out.
//! - *A role:* add it to [`Role`] and to [`Role::ALL`]; the build breaks where it matters.
//! - *A store or a hasher:* implement the port in an adapter of its own. What it must do stands in the port's
//!   documentation and is checked by the suite in `concierge-contracts`.
//! - *A use case:* a struct over `Arc<dyn Port>` with one verb, its input parsed beforehand, one error enum in
//!   the words of this domain. What must be one step in the store is one method of the port.

mod authenticate;
mod change_password;
mod change_user;
mod create_user;
#[cfg(test)]
mod fakes;
mod find_user;
mod list_users;
mod password;
mod password_hash;
mod ports;
mod precis;
mod register;
mod role;
mod set_password;
mod strength;
mod user;
mod username;
mod username_prefix;

pub use authenticate::{
    Authenticate, AuthenticateError, Authenticated, LoginAttempt, Refusal, Upgrade, UpgradeError,
};
pub use change_password::{
    ChangePassword, ChangePasswordError, PasswordChange, PasswordChangeError, PasswordChangeRequest,
};
pub use change_user::{ChangeUser, ChangeUserError, Changed, NothingToChange, RolesChange, UserChange};
pub use create_user::CreateUser;
pub use find_user::FindUser;
pub use list_users::{ListUsers, UserPage, UserQuery};
pub use password::{Password, PasswordError};
pub use password_hash::{MalformedPasswordHash, PasswordHash};
pub use ports::{HashFailure, InsertUserError, PasswordHasher, UserStore, Verification};
pub use register::{Register, RegisterError, Registration, RegistrationError, RegistrationRequest};
pub use role::{Role, Roles, UnknownRole};
pub use set_password::{SetPassword, SetPasswordError};
pub use strength::{InvalidStrengthFloor, NewPassword, NewPasswordError, StrengthFloor, Weakness};
pub use user::{Credentials, User};
pub use username::{StoredUsernameError, Username, UsernameError};
pub use username_prefix::{UsernamePrefix, UsernamePrefixError};
