//! The body that every answer about a session has.

use std::time::Duration;

use concierge_kernel::Timestamp;
use concierge_tokens::AccessClaims;
use serde::Serialize;

/// Who is logged in, for how long, and the CSRF token. Times are relative, so that a client's wrong clock
/// does no harm.
#[derive(Serialize)]
pub(crate) struct SessionBody<'a> {
    user: UserBody<'a>,
    session: SessionTimes,
    csrf_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<TokensBody<'a>>,
}

#[derive(Serialize)]
pub(crate) struct UserBody<'a> {
    id: String,
    username: &'a str,
    roles: &'a [String],
}

#[derive(Serialize)]
struct SessionTimes {
    id: String,
    expires_in: u64,
    refresh_after: u64,
    refresh_expires_in: u64,
    server_time: String,
}

/// The tokens themselves, for clients that are no browser.
#[derive(Serialize)]
pub(crate) struct TokensBody<'a> {
    pub(crate) access_token: &'a str,
    pub(crate) refresh_token: &'a str,
    pub(crate) token_type: &'static str,
}

impl<'a> SessionBody<'a> {
    pub(crate) fn new(
        claims: &'a AccessClaims,
        refresh_expires_at: Timestamp,
        now: Timestamp,
        tokens: Option<TokensBody<'a>>,
    ) -> Self {
        let session = SessionTimes {
            id: claims.session_id.to_string(),
            expires_in: whole_seconds(claims.expires_in(now)),
            refresh_after: whole_seconds(claims.refresh_after(now)),
            refresh_expires_in: whole_seconds(refresh_expires_at.since(now)),
            server_time: now.to_string(),
        };
        Self { user: UserBody::of(claims), session, csrf_token: claims.csrf_token.as_str(), tokens }
    }
}

impl<'a> UserBody<'a> {
    pub(crate) fn of(claims: &'a AccessClaims) -> Self {
        let principal = &claims.principal;
        Self { id: principal.user_id.to_string(), username: &principal.username, roles: &principal.roles }
    }
}

/// Rounded up: tokens count whole seconds from a moment that was cut to one, so that a new one of 900 s
/// reads 900.
fn whole_seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}
