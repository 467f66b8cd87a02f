//! What this domain needs from outside: a store of users and a hasher of passwords.

use concierge_kernel::{BoxError, StoreFailure, Timestamp, UserId};

use crate::{
    ChangeUserError, Changed, Credentials, Password, PasswordHash, User, UserChange, UserQuery, Username,
};

/// Keeps users and the hashes of their passwords. Every method is atomic by itself.
pub trait UserStore: Send + Sync {
    /// Adds a user.
    ///
    /// MUST return [`InsertUserError::UsernameTaken`] when the username exists, and MUST derive it from the
    /// store's own uniqueness, never from a look before: of racing inserts of one name exactly one wins.
    /// MUST keep id, username, roles, `created_at` and `disabled_at` as given. A failed insert MUST leave
    /// nothing behind.
    fn insert(&self, user: &User, password_hash: &PasswordHash) -> Result<(), InsertUserError>;

    /// The user with this id, disabled ones included; `None` when there is none.
    fn find(&self, id: UserId) -> Result<Option<User>, StoreFailure>;

    /// The user of this name with the hash of their password, disabled ones included; `None` when there is
    /// none.
    fn find_credentials(&self, username: &Username) -> Result<Option<Credentials>, StoreFailure>;

    /// Replaces the stored hash by `new` if it still equals `expected`, byte for byte, and tells whether it
    /// did. MUST be one step: of two racing calls with the same `expected` at most one returns `true`. For
    /// an id that does not exist it returns `false`.
    fn replace_password_hash(
        &self,
        id: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreFailure>;

    /// Replaces the stored hash by `new` whatever it was, and tells whether there is such a user.
    fn set_password_hash(&self, id: UserId, new: &PasswordHash) -> Result<bool, StoreFailure>;

    /// The users that `query` asks for, disabled ones included, in the order of their names; the first
    /// [`limit`](UserQuery::limit) of them.
    ///
    /// Names MUST be compared code point by code point, as Rust compares them and no language does, for the prefix is a
    /// range of names and the last name of a page the beginning of the next. MUST find both by an index on the name:
    /// a page costs what it holds, however many users there are.
    fn page(&self, query: &UserQuery) -> Result<Vec<User>, StoreFailure>;

    /// Makes a user what [`UserChange::apply`] says, as `by` wants it, and tells how they were and are; in one step. `by`
    /// is a user, or `None` for an operator at the command line.
    ///
    /// MUST return [`ChangeUserError::UnknownUser`] for an id that does not exist; then, changing nothing,
    /// [`ChangeUserError::NotPermitted`] when the user whom the change [takes](UserChange::takes_an_admin) does not
    /// [administer](User::administers) or is not there; then, changing nothing, [`ChangeUserError::LastAdmin`] when the
    /// change [costs an admin](Changed::costs_an_admin) and no other user administers. MUST serialise changes: of two
    /// admins who demote each other at once one stays, and nobody changes anything by a role that another change, made
    /// first, has taken from them.
    fn change(
        &self,
        id: UserId,
        change: &UserChange,
        by: Option<UserId>,
        at: Timestamp,
    ) -> Result<Changed, ChangeUserError>;
}

/// Why a user could not be added.
#[derive(Debug, thiserror::Error)]
pub enum InsertUserError {
    /// Another user has that name.
    #[error("the username is taken")]
    UsernameTaken,
    /// The store broke.
    #[error(transparent)]
    Store(#[from] StoreFailure),
}

/// Hashes passwords slowly, and checks them. Calls block for as long as the hashing takes.
pub trait PasswordHasher: Send + Sync {
    /// Hashes a password with a fresh salt and the current parameters.
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashFailure>;

    /// Checks a password against a hash, with the parameters that the hash names.
    ///
    /// MUST compare in constant time, and MUST return [`HashFailure::Unreadable`] for a hash that it cannot
    /// check, never [`Verification::Mismatch`].
    fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<Verification, HashFailure>;

    /// A hash with the current parameters that no password matches and that costs nothing to make: what
    /// unknown users are verified against, so that they take as long as a wrong password.
    fn decoy(&self) -> PasswordHash;
}

/// What checking a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// The hash is of another password.
    Mismatch,
    /// The hash is of another password, and its algorithm, version or parameters are not the current ones: to have
    /// found that out took another time than a current hash would have taken.
    MismatchOutdated,
    /// The hash is of this password and up to date.
    Match,
    /// The hash is of this password, but its algorithm, version or parameters are not the current ones:
    /// hash the password anew while it is at hand.
    MatchOutdated,
}

/// Why a password could not be hashed or checked.
#[derive(Debug, thiserror::Error)]
pub enum HashFailure {
    /// Too many passwords wait to be hashed already; the same call may succeed later.
    #[error("too many passwords wait to be hashed")]
    Overloaded,
    /// The stored hash is none that the hasher knows how to check. Repairing it takes a person.
    #[error("the stored password hash cannot be read")]
    Unreadable(#[source] BoxError),
    /// Hashing broke in a way that no caller can do anything about.
    #[error("hashing failed")]
    Failed(#[source] BoxError),
}
