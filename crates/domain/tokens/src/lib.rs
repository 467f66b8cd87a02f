//! Sessions and the tokens that prove them: opened at login, proved by a short-lived access token,
//! carried on by a refresh token that is replaced at every use, ended by logout or by theft.
//!
//! * [`OpenSession`] starts a session, [`RotateRefresh`] carries it on, [`InspectSession`] looks it up,
//!   [`EndSession`] ends it, or a user's others, or all of them; [`RecognizeSession`] tells whose end a token asks for;
//!   [`ListSessions`] shows a user where they are logged in.
//! * [`IssueAccess`] makes access tokens, [`VerifyAccess`] checks them without asking any store: which sessions
//!   have ended it knows from [`Revocations`], which [`FollowRevocations`] keeps up to date.
//! * The ports are [`SessionStore`] (rows) and [`TokenSigner`] (cryptography).
//!
//! The rule of rotation, the part worth reading twice, is one pure function: [`rotation::judge`]. A store
//! loads what it asks for, calls it inside one transaction and does as it says; no store decides.
//!
//! To add a store, implement [`SessionStore`] and run the session suite of the contracts crate against it.
//! To add a claim, extend [`AccessClaims`], then its wire form in the signing adapter.

mod claims;
mod csrf;
mod device;
mod end_session;
mod id;
mod inspect_session;
mod issue_access;
mod list_sessions;
mod open_session;
mod policy;
mod recognize_session;
mod revocations;
mod rotate_refresh;
pub mod rotation;
mod session;
mod signer;
mod store;
mod verify_access;

pub use claims::{AccessClaims, Principal, RefreshClaims};
pub use csrf::{CsrfError, CsrfToken, MalformedCsrfToken};
pub use device::{Device, LastUse, UserAgent};
pub use end_session::EndSession;
pub use id::{SessionId, TokenId};
pub use inspect_session::InspectSession;
pub use issue_access::{IssueAccess, IssuedAccess};
pub use list_sessions::ListSessions;
pub use open_session::{OpenSession, OpenSessionError, OpenedSession};
pub use policy::TokenPolicy;
pub use recognize_session::RecognizeSession;
pub use revocations::{FollowRevocations, Revocations};
pub use rotate_refresh::{Presentation, RotateError, RotateRefresh, RotatedSession};
pub use rotation::{RefreshToken, Rotation, RotationOutcome};
pub use session::{Delivery, Revocation, RevocationReason, Session};
pub use signer::{SigningFailure, TokenDefect, TokenSigner};
pub use store::{Revoked, SessionState, SessionStore};
pub use verify_access::{TokenRefused, VerifyAccess};
