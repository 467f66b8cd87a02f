//! A session: one login on one device, from its first token to its end.

use concierge_kernel::{Timestamp, UserId};

use crate::{CsrfToken, SessionId};

/// One login on one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// Whose session it is.
    pub user_id: UserId,
    /// How its tokens travel. A session keeps its kind for life.
    pub delivery: Delivery,
    /// Whether the browser is to keep the session after it is closed.
    pub remember: bool,
    /// The token that guards its unsafe requests against forgery.
    pub csrf_token: CsrfToken,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When the user last showed a password.
    pub authenticated_at: Timestamp,
    /// Set once the session has been ended, for good.
    pub revocation: Option<Revocation>,
}

/// How a session's tokens travel.
///
/// Script in a page can read a body but no `HttpOnly` cookie: were a session free to change its kind, a
/// script could trade the cookie for a token that it can carry away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// In `HttpOnly` cookies, for browsers.
    Cookie,
    /// In response bodies and `Authorization: Bearer` headers, for clients that are no browser.
    Body,
}

impl Delivery {
    /// The name stores write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Body => "body",
        }
    }

    /// The kind a store wrote; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Cookie, Self::Body].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// When and why a session was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The moment.
    pub at: Timestamp,
    /// The reason.
    pub reason: RevocationReason,
}

/// Why a session was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationReason {
    /// Its user logged out.
    Logout,
    /// A refresh token was used again, too late to be an accident.
    Reuse,
    /// Its user ended it from a list of their sessions.
    Device,
    /// Its user changed their password in another session.
    PasswordChanged,
    /// An operator gave its user another password.
    PasswordSet,
    /// Its user lost a role.
    RolesChanged,
    /// Its user may no longer log in.
    Disabled,
    /// An administrator or an operator ended it.
    Admin,
    /// What its login rested on changed while it was opened: the password, the roles, the right to log in. Nobody ever
    /// held a token of it.
    Overtaken,
}

impl RevocationReason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Logout,
        Self::Reuse,
        Self::Device,
        Self::PasswordChanged,
        Self::PasswordSet,
        Self::RolesChanged,
        Self::Disabled,
        Self::Admin,
        Self::Overtaken,
    ];

    /// The name stores write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Reuse => "reuse",
            Self::Device => "device",
            Self::PasswordChanged => "password_changed",
            Self::PasswordSet => "password_set",
            Self::RolesChanged => "roles_changed",
            Self::Disabled => "disabled",
            Self::Admin => "admin",
            Self::Overtaken => "overtaken",
        }
    }

    /// The reason a store wrote; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}
