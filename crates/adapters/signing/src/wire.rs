//! How claims are written in a token, and read back.

use concierge_kernel::Timestamp;
use concierge_tokens::{AccessClaims, Principal, RefreshClaims, TokenDefect};
use serde::{Deserialize, Serialize};

/// A token's explicit type, its header `typ` (RFC 8725, section 3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenType {
    Access,
    Refresh,
}

impl TokenType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access+jwt",
            Self::Refresh => "refresh+jwt",
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Envelope<'a, T> {
    pub(crate) iss: &'a str,
    pub(crate) aud: &'a str,
    #[serde(flatten)]
    pub(crate) claims: T,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AccessWire {
    sub: String,
    sid: String,
    jti: String,
    iat: u64,
    exp: u64,
    preferred_username: String,
    roles: Vec<String>,
    auth_time: u64,
    csrf: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct RefreshWire {
    sub: String,
    sid: String,
    jti: String,
    iat: u64,
    exp: u64,
}

impl From<&AccessClaims> for AccessWire {
    fn from(claims: &AccessClaims) -> Self {
        Self {
            sub: claims.principal.user_id.to_string(),
            sid: claims.session_id.to_string(),
            jti: claims.id.to_string(),
            iat: claims.issued_at.as_secs(),
            exp: claims.expires_at.as_secs(),
            preferred_username: claims.principal.username.clone(),
            roles: claims.principal.roles.clone(),
            auth_time: claims.authenticated_at.as_secs(),
            csrf: claims.csrf_token.as_str().to_owned(),
        }
    }
}

impl TryFrom<AccessWire> for AccessClaims {
    type Error = TokenDefect;

    fn try_from(wire: AccessWire) -> Result<Self, TokenDefect> {
        let principal =
            Principal { user_id: parse(&wire.sub)?, username: wire.preferred_username, roles: wire.roles };
        Ok(Self {
            id: parse(&wire.jti)?,
            session_id: parse(&wire.sid)?,
            principal,
            csrf_token: parse(&wire.csrf)?,
            authenticated_at: moment(wire.auth_time)?,
            issued_at: moment(wire.iat)?,
            expires_at: moment(wire.exp)?,
        })
    }
}

impl From<&RefreshClaims> for RefreshWire {
    fn from(claims: &RefreshClaims) -> Self {
        Self {
            sub: claims.user_id.to_string(),
            sid: claims.session_id.to_string(),
            jti: claims.id.to_string(),
            iat: claims.issued_at.as_secs(),
            exp: claims.expires_at.as_secs(),
        }
    }
}

impl TryFrom<RefreshWire> for RefreshClaims {
    type Error = TokenDefect;

    fn try_from(wire: RefreshWire) -> Result<Self, TokenDefect> {
        Ok(Self {
            id: parse(&wire.jti)?,
            session_id: parse(&wire.sid)?,
            user_id: parse(&wire.sub)?,
            issued_at: moment(wire.iat)?,
            expires_at: moment(wire.exp)?,
        })
    }
}

fn parse<T: std::str::FromStr>(text: &str) -> Result<T, TokenDefect> {
    text.parse().map_err(|_| TokenDefect::WrongClaims)
}

fn moment(secs: u64) -> Result<Timestamp, TokenDefect> {
    Timestamp::from_secs(secs).ok_or(TokenDefect::WrongClaims)
}
