//! The names of acts.

use std::fmt;
use std::str::FromStr;

/// What kind of act an event tells of. The names are stable: stores, answers and logs have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody registered.
    UserRegistered,
    /// Somebody logged in.
    LoginSucceeded,
    /// A login was refused.
    LoginFailed,
    /// A login or a change of password was refused unseen, after too many others.
    LoginThrottled,
    /// A refresh token came again, too late to be an accident, and its session was ended.
    RefreshTokenReused,
    /// A session was ended.
    SessionRevoked,
    /// Several sessions of one user were ended at once.
    SessionsRevoked,
    /// A user changed their password.
    PasswordChanged,
    /// A user who wanted to change their password did not know the current one.
    PasswordChangeFailed,
    /// A user was made by somebody else.
    UserCreated,
    /// A user was given other roles.
    RolesChanged,
    /// A user was barred from logging in.
    UserDisabled,
    /// A user may log in again.
    UserEnabled,
    /// A user was given another password by somebody else.
    PasswordSet,
}

/// The text names no kind of act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such kind of event")]
pub struct UnknownKind;

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::UserRegistered,
        Self::LoginSucceeded,
        Self::LoginFailed,
        Self::LoginThrottled,
        Self::RefreshTokenReused,
        Self::SessionRevoked,
        Self::SessionsRevoked,
        Self::PasswordChanged,
        Self::PasswordChangeFailed,
        Self::UserCreated,
        Self::RolesChanged,
        Self::UserDisabled,
        Self::UserEnabled,
        Self::PasswordSet,
    ];

    /// The name, in snake_case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserRegistered => "user_registered",
            Self::LoginSucceeded => "login_succeeded",
            Self::LoginFailed => "login_failed",
            Self::LoginThrottled => "login_throttled",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::SessionRevoked => "session_revoked",
            Self::SessionsRevoked => "sessions_revoked",
            Self::PasswordChanged => "password_changed",
            Self::PasswordChangeFailed => "password_change_failed",
            Self::UserCreated => "user_created",
            Self::RolesChanged => "roles_changed",
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
            Self::PasswordSet => "password_set",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    /// Reads the name exactly as [`Kind::as_str`] writes it.
    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownKind)
    }
}
