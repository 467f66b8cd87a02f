//! What handlers work with: every use case, and the few things around them, in one place.

use std::sync::Arc;
use std::time::Duration;

use concierge_audit::{ListEvents, RecordEvent};
use concierge_greeting::Greeter;
use concierge_kernel::{Clock, Entropy, StoreFailure};
use concierge_tokens::{
    EndSession, InspectSession, IssueAccess, ListSessions, OpenSession, RecognizeSession, RotateRefresh,
    VerifyAccess,
};
use concierge_users::{
    Authenticate, ChangePassword, ChangeUser, FindUser, ListUsers, Register, StrengthFloor,
};

use crate::{Blocking, Cookies, Estimates, RequestIds, Tally, Throttle, TrustedProxies};

/// Everything a handler may use. The binary wires it; unit tests wire it with other adapters.
pub struct Services {
    /// Greets.
    pub greeter: Greeter,
    /// Adds users.
    pub register: Register,
    /// Checks passwords.
    pub authenticate: Authenticate,
    /// Changes passwords.
    pub change_password: ChangePassword,
    /// Looks users up.
    pub find_user: FindUser,
    /// Lists users.
    pub list_users: ListUsers,
    /// Changes users.
    pub change_user: ChangeUser,
    /// Opens sessions.
    pub open_session: OpenSession,
    /// Carries sessions on.
    pub rotate_refresh: RotateRefresh,
    /// Makes access tokens.
    pub issue_access: IssueAccess,
    /// Checks access tokens.
    pub verify_access: VerifyAccess,
    /// Looks sessions up.
    pub inspect_session: InspectSession,
    /// Shows users where they are logged in.
    pub list_sessions: ListSessions,
    /// Tells whose end a token asks for.
    pub recognize_session: RecognizeSession,
    /// Ends sessions.
    pub end_session: EndSession,
    /// Records what happened.
    pub record_event: RecordEvent,
    /// Reads what happened.
    pub list_events: ListEvents,
    /// Rations the estimates of how strong new passwords are.
    pub estimates: Estimates,
    /// The strength a new password needs.
    pub password_floor: StrengthFloor,
    /// How long ago the password may have been shown for what is delicate.
    pub fresh_for: Duration,
    /// How often somebody may guess; `None` where nothing is limited.
    pub throttle: Option<Throttle>,
    /// Whose word about a client's address counts.
    pub trusted_proxies: TrustedProxies,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Supplies randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The public keys in force as a JWK Set (RFC 7517, section 5). Must not block.
    pub public_keys: Arc<dyn Fn() -> Arc<str> + Send + Sync>,
    /// What must work before traffic is sent here.
    pub readiness: Vec<Readiness>,
    /// What is missed when it does not work, and keeps no traffic away.
    pub degradable: Vec<Degradable>,
    /// Whether the server is about to stop: every answer then closes its connection. Must not block.
    pub stopping: Arc<dyn Fn() -> bool + Send + Sync>,
    /// The bridge from async to sync.
    pub blocking: Blocking,
    /// Sets and clears cookies.
    pub cookies: Cookies,
    /// Counts what became of each origin's requests and cookies.
    pub tally: Tally,
    /// Names requests.
    pub request_ids: RequestIds,
}

/// One part that must work before traffic is sent here.
#[derive(Clone)]
pub struct Readiness {
    /// The part's name, as `/health/ready` tells it.
    pub part: &'static str,
    /// Whether it works. May block.
    pub check: Arc<dyn Fn() -> Result<(), StoreFailure> + Send + Sync>,
}

/// One part without which most requests are answered as ever.
#[derive(Clone)]
pub struct Degradable {
    /// The part's name, as `/health/ready` tells it.
    pub part: &'static str,
    /// Whether it works, as far as is known. Must not block.
    pub works: Arc<dyn Fn() -> bool + Send + Sync>,
}
