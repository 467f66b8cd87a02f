//! What happened, with its parts, and the way to a name and details and back.

use crate::{Detail, Details, Kind};

/// What happened. Roles and reasons are names: they belong to other domains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Somebody registered; the session is the one that this opened.
    UserRegistered,
    /// Somebody logged in; the session is the one that this opened.
    LoginSucceeded,
    /// A login was refused. The subject is the user of the name that was typed, where there is one.
    LoginFailed {
        /// Why. Whoever tried was not told.
        reason: LoginFailure,
    },
    /// A login was refused unseen, after too many others; or a change of password, which guesses like one.
    LoginThrottled {
        /// Which limit refused it, as answers name it.
        limit: String,
    },
    /// A refresh token came again, too late to be an accident, and its session was ended. Either of the two who hold its
    /// tokens may have shown it, so nobody is the actor.
    RefreshTokenReused,
    /// A session that had not been ended before was.
    SessionRevoked {
        /// Why, as the session itself says.
        reason: String,
    },
    /// Sessions of one user were ended at once.
    SessionsRevoked {
        /// Why, as the sessions themselves say.
        reason: String,
        /// How many; at least one.
        sessions: u64,
    },
    /// A user changed their password.
    PasswordChanged,
    /// A user who wanted to change their password did not know the current one.
    PasswordChangeFailed,
    /// A user was made by somebody else.
    UserCreated {
        /// What they may do.
        roles: Vec<String>,
    },
    /// A user was given other roles.
    RolesChanged {
        /// What they might do until then.
        before: Vec<String>,
        /// What they may do since.
        after: Vec<String>,
    },
    /// A user was barred from logging in.
    UserDisabled,
    /// A user may log in again.
    UserEnabled,
    /// A user was given another password by somebody else.
    PasswordSet,
    /// What another version recorded and this one does not know. Never recorded here.
    Unknown(UnknownAct),
}

/// Why a login was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginFailure {
    /// There is no user of that name. What was typed is not kept: it may have been a password.
    UnknownUser,
    /// The password was another one.
    WrongPassword,
    /// The password was right, but the user may not log in.
    Disabled,
}

/// An act that this version does not know, as it stands in the store. Only [`Act::restore`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownAct {
    name: String,
    details: Details,
}

impl LoginFailure {
    const ALL: [Self; 3] = [Self::UnknownUser, Self::WrongPassword, Self::Disabled];

    /// The name that details have.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownUser => "unknown_user",
            Self::WrongPassword => "wrong_password",
            Self::Disabled => "disabled",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

const REASON: &str = "reason";
const LIMIT: &str = "limit";
const SESSIONS: &str = "sessions";
const ROLES: &str = "roles";
const BEFORE: &str = "before";
const AFTER: &str = "after";

impl Act {
    /// The name of its kind, or the one that another version gave it.
    pub fn name(&self) -> &str {
        let kind = match self {
            Self::UserRegistered => Kind::UserRegistered,
            Self::LoginSucceeded => Kind::LoginSucceeded,
            Self::LoginFailed { .. } => Kind::LoginFailed,
            Self::LoginThrottled { .. } => Kind::LoginThrottled,
            Self::RefreshTokenReused => Kind::RefreshTokenReused,
            Self::SessionRevoked { .. } => Kind::SessionRevoked,
            Self::SessionsRevoked { .. } => Kind::SessionsRevoked,
            Self::PasswordChanged => Kind::PasswordChanged,
            Self::PasswordChangeFailed => Kind::PasswordChangeFailed,
            Self::UserCreated { .. } => Kind::UserCreated,
            Self::RolesChanged { .. } => Kind::RolesChanged,
            Self::UserDisabled => Kind::UserDisabled,
            Self::UserEnabled => Kind::UserEnabled,
            Self::PasswordSet => Kind::PasswordSet,
            Self::Unknown(act) => return &act.name,
        };
        kind.as_str()
    }

    /// Its parts.
    pub fn details(&self) -> Details {
        let text = |text: &str| Detail::Text(text.to_owned());
        let names = |names: &[String]| Detail::Names(names.to_vec());
        match self {
            Self::LoginFailed { reason } => Details::from_iter([(REASON, text(reason.as_str()))]),
            Self::LoginThrottled { limit } => Details::from_iter([(LIMIT, text(limit))]),
            Self::SessionRevoked { reason } => Details::from_iter([(REASON, text(reason))]),
            Self::SessionsRevoked { reason, sessions } => {
                Details::from_iter([(REASON, text(reason)), (SESSIONS, Detail::Number(*sessions))])
            }
            Self::UserCreated { roles } => Details::from_iter([(ROLES, names(roles))]),
            Self::RolesChanged { before, after } => {
                Details::from_iter([(BEFORE, names(before)), (AFTER, names(after))])
            }
            Self::Unknown(act) => act.details.clone(),
            Self::UserRegistered
            | Self::LoginSucceeded
            | Self::RefreshTokenReused
            | Self::PasswordChanged
            | Self::PasswordChangeFailed
            | Self::UserDisabled
            | Self::UserEnabled
            | Self::PasswordSet => Details::default(),
        }
    }

    /// The act of this name with these details, as a store kept them. What this version does not know, or knows with
    /// other details, becomes [`Act::Unknown`]: the record can always be read, and nothing of it is lost.
    pub fn restore(name: &str, details: Details) -> Self {
        let known = name.parse().ok().and_then(|kind| Self::known(kind, &details));
        known
            .filter(|act| act.details() == details)
            .unwrap_or_else(|| Self::Unknown(UnknownAct { name: name.to_owned(), details }))
    }

    /// The act of this kind, from as many of the details as it takes.
    fn known(kind: Kind, details: &Details) -> Option<Self> {
        let reason = || details.text(REASON).map(str::to_owned);
        Some(match kind {
            Kind::UserRegistered => Self::UserRegistered,
            Kind::LoginSucceeded => Self::LoginSucceeded,
            Kind::LoginFailed => {
                Self::LoginFailed { reason: LoginFailure::from_name(details.text(REASON)?)? }
            }
            Kind::LoginThrottled => Self::LoginThrottled { limit: details.text(LIMIT)?.to_owned() },
            Kind::RefreshTokenReused => Self::RefreshTokenReused,
            Kind::SessionRevoked => Self::SessionRevoked { reason: reason()? },
            Kind::SessionsRevoked => {
                Self::SessionsRevoked { reason: reason()?, sessions: details.number(SESSIONS)? }
            }
            Kind::PasswordChanged => Self::PasswordChanged,
            Kind::PasswordChangeFailed => Self::PasswordChangeFailed,
            Kind::UserCreated => Self::UserCreated { roles: details.names(ROLES)? },
            Kind::RolesChanged => {
                Self::RolesChanged { before: details.names(BEFORE)?, after: details.names(AFTER)? }
            }
            Kind::UserDisabled => Self::UserDisabled,
            Kind::UserEnabled => Self::UserEnabled,
            Kind::PasswordSet => Self::PasswordSet,
        })
    }
}

#[cfg(test)]
mod tests;
