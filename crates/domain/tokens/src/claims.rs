//! What tokens say, in domain words; the signing adapter gives them their wire form.

use std::time::Duration;

use concierge_kernel::{Timestamp, UserId};

use crate::{CsrfToken, SessionId, TokenId};

/// On whose behalf a token speaks, as much of it as a protected route needs without asking a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The claim `sub`.
    pub user_id: UserId,
    /// The claim `preferred_username` (OpenID Connect Core 1.0, section 5.1).
    pub username: String,
    /// The claim `roles`.
    pub roles: Vec<String>,
}

/// What an access token says. Its moments are whole seconds, as RFC 7519 writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// The claim `jti`.
    pub id: TokenId,
    /// The claim `sid`.
    pub session_id: SessionId,
    /// The claims `sub`, `preferred_username` and `roles`.
    pub principal: Principal,
    /// The claim `csrf`: the token that unsafe requests of this session repeat in a header.
    pub csrf_token: CsrfToken,
    /// The claim `auth_time`: when the user last showed a password.
    pub authenticated_at: Timestamp,
    /// The claim `iat`.
    pub issued_at: Timestamp,
    /// The claim `exp`.
    pub expires_at: Timestamp,
}

impl AccessClaims {
    /// How long the token still works, from `now`; zero once it has expired.
    pub fn expires_in(&self, now: Timestamp) -> Duration {
        self.expires_at.since(now)
    }

    /// Whether the user showed a password no longer than `fresh_for` ago: what the most delicate requests ask for.
    ///
    /// A moment in the future, told by a clock that is ahead, counts as just now.
    pub fn is_fresh(&self, now: Timestamp, fresh_for: Duration) -> bool {
        now.since(self.authenticated_at) <= fresh_for
    }

    /// In how long, from `now`, its holder should refresh: between 75 and 85 % of the token's life.
    ///
    /// The share is drawn from the random bits of the token's id: tabs and users spread out, and asking
    /// twice about one token gives one answer. At least one second, so that a frontend with very short
    /// tokens does not refresh in a loop, but never more than the token has left.
    pub fn refresh_after(&self, now: Timestamp) -> Duration {
        let share = 75 + u32::from(self.id.as_bytes()[15]) % 11;
        let life = self.expires_at.since(self.issued_at);
        let due = self.issued_at.plus(life * share / 100).since(now);
        due.max(Duration::from_secs(1)).min(self.expires_in(now))
    }
}

/// What a refresh token says. Its moments are whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshClaims {
    /// The claim `jti`: a row in the store.
    pub id: TokenId,
    /// The claim `sid`.
    pub session_id: SessionId,
    /// The claim `sub`.
    pub user_id: UserId,
    /// The claim `iat`.
    pub issued_at: Timestamp,
    /// The claim `exp`.
    pub expires_at: Timestamp,
}
