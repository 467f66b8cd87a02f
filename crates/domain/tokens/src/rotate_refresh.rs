//! Carrying a session on: one refresh token in, the living one out.

use std::sync::Arc;

use concierge_kernel::{Clock, Entropy, StoreFailure};

use crate::verify_access::in_time;
use crate::{
    CsrfError, Delivery, Device, RefreshClaims, RefreshToken, Revocations, Rotation, RotationOutcome,
    Session, SessionId, SessionStore, SigningFailure, TokenId, TokenPolicy, TokenRefused, TokenSigner,
};

/// Rotates refresh tokens.
pub struct RotateRefresh {
    store: Arc<dyn SessionStore>,
    signer: Arc<dyn TokenSigner>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    revocations: Arc<Revocations>,
    policy: TokenPolicy,
}

/// How a refresh token came along, and the proof that this way asks for.
#[derive(Clone, PartialEq, Eq)]
pub enum Presentation {
    /// As a cookie. Browsers add it to what any page sends, so the request must also repeat the session's CSRF token,
    /// which only the pages know that were meant to.
    Cookie {
        /// What the request presented as the CSRF token.
        csrf_token: Option<String>,
    },
    /// As a Bearer, which nobody adds but a client that means to.
    Bearer,
}

impl Presentation {
    /// The kind of session whose tokens come this way.
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::Cookie { .. } => Delivery::Cookie,
            Self::Bearer => Delivery::Body,
        }
    }
}

/// A session carried on, and its living refresh token.
#[derive(Clone)]
pub struct RotatedSession {
    /// The session.
    pub session: Session,
    /// The living refresh token as it travels.
    pub refresh_token: String,
    /// What it says.
    pub refresh: RefreshClaims,
}

/// Why a session was not carried on.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The token was refused before the store was asked.
    #[error(transparent)]
    Refused(#[from] TokenRefused),
    /// The token had been used before, too long ago: its session has been revoked just now.
    ///
    /// A security event, to be logged: two parties hold tokens of one session.
    #[error("it was used before")]
    Reused(Box<Session>),
    /// Its session has ended.
    #[error("its session has ended")]
    SessionEnded,
    /// It came as a Bearer though it was set as a cookie, or the reverse.
    #[error("it was not presented the way it was handed out")]
    WrongDelivery,
    /// Another site's page may be behind it. Nothing was changed.
    #[error(transparent)]
    Forgery(#[from] CsrfError),
    /// The store broke.
    #[error(transparent)]
    Store(#[from] StoreFailure),
    /// The living token could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningFailure),
}

impl RotateRefresh {
    /// A rotator of tokens by `policy`'s grace, leeway and refresh-token life.
    pub fn new(
        store: Arc<dyn SessionStore>,
        signer: Arc<dyn TokenSigner>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        revocations: Arc<Revocations>,
        policy: TokenPolicy,
    ) -> Self {
        Self { store, signer, clock, entropy, revocations, policy }
    }

    /// What a refresh token says, if it is ours and in its time. Asks no store.
    pub fn inspect(&self, token: &str) -> Result<RefreshClaims, TokenRefused> {
        let claims = self.signer.verify_refresh(token)?;
        in_time(claims.issued_at, claims.expires_at, self.clock.now(), self.policy)?;
        Ok(claims)
    }

    /// Uses the refresh token that says `claims`, which came from `device` by `presentation`; see [`crate::rotation`].
    ///
    /// # Errors
    /// A request without the session's CSRF token is refused before anything is rotated, revoked or taken for a theft;
    /// one whose session has ended, or is of another kind, is refused for that first.
    pub fn rotate(
        &self,
        claims: &RefreshClaims,
        presentation: &Presentation,
        device: Device,
    ) -> Result<RotatedSession, RotateError> {
        if let Presentation::Cookie { csrf_token } = presentation {
            self.check_csrf(claims.session_id, csrf_token.as_deref())?;
        }
        let now = self.clock.now();
        let next = TokenId::generate(now, self.entropy.as_ref());
        let successor = RefreshToken::issue(next, Some(claims.id), now, &self.policy);
        let rotation = Rotation {
            session_id: claims.session_id,
            presented: claims.id,
            delivery: presentation.delivery(),
            device,
            successor,
            now,
            grace: self.policy.refresh_grace,
        };
        let (session, living) = match self.store.rotate(&rotation)? {
            RotationOutcome::Rotated(session) => (session, successor),
            RotationOutcome::Replayed(session, living) => (session, living),
            RotationOutcome::Reused(session) => {
                self.revocations.add(session.id, now);
                return Err(RotateError::Reused(Box::new(session)));
            }
            RotationOutcome::WrongDelivery(_) => return Err(RotateError::WrongDelivery),
            RotationOutcome::Revoked(_) | RotationOutcome::UnknownSession => {
                return Err(RotateError::SessionEnded);
            }
        };
        let refresh = living.claims(&session);
        let refresh_token = self.signer.sign_refresh(&refresh)?;
        Ok(RotatedSession { session, refresh_token, refresh })
    }

    /// A look at the session rather than a part of the store's step that rotates. The CSRF token never changes, so no
    /// change can slip in between the two, and requests that are forged never wait for the store's one writer.
    fn check_csrf(&self, session_id: SessionId, presented: Option<&str>) -> Result<(), RotateError> {
        let found = self.store.find(session_id)?.map(|state| state.session);
        let living = found.filter(|session| session.revocation.is_none());
        let session = living.ok_or(RotateError::SessionEnded)?;
        if session.delivery != Delivery::Cookie {
            return Err(RotateError::WrongDelivery);
        }
        Ok(session.csrf_token.check(presented)?)
    }
}
