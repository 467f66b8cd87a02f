//! What an operator can choose about the HTTP side.

use std::time::Duration;

use concierge_origins::CorsPolicy;

use crate::visitor::VisitorStore;

/// How answers look. Not `Debug`: a key is among them.
#[derive(Clone)]
pub struct WebOptions {
    /// Who may read answers.
    pub cors: CorsOptions,
    /// Whether the API is reached by https: answers then carry `Strict-Transport-Security`.
    pub https: bool,
    /// The key that encrypts the visitor cookie.
    pub visitor_key: [u8; 64],
    /// Where visitor sessions live.
    pub visitor_store: VisitorStore,
    /// Who may diagnose.
    pub diagnostics: DiagnosticsAccess,
}

/// Who may see the page `/diagnostics`, its probes and its counters, which name every frontend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiagnosticsAccess {
    /// Everybody who reaches the API.
    Everybody,
    /// Users with the role admin.
    Admins,
}

/// What CORS headers say beyond the registry of origins.
#[derive(Clone, Debug)]
pub struct CorsOptions {
    /// Whether the public group of routes answers to any origin at all.
    pub open_public_routes: bool,
    /// How long a browser may remember a preflight's answer.
    pub max_age: Duration,
    /// Request headers that frontends may send beyond those concierge knows; valid header names.
    pub extra_headers: Vec<String>,
    /// Whether an actual request of an origin that is not allowed is refused, rather than answered without
    /// CORS headers.
    pub reject_unknown_origins: bool,
}

impl CorsOptions {
    /// What of them decides about requests.
    pub(crate) fn policy(&self) -> CorsPolicy {
        CorsPolicy {
            open_public_routes: self.open_public_routes,
            reject_unknown_origins: self.reject_unknown_origins,
        }
    }
}

/// How the server runs.
#[derive(Clone, Copy, Debug)]
pub struct ServeOptions {
    /// How many threads accept and answer.
    pub workers: usize,
    /// How many threads each of these may have for what blocks; at least as many as [`Blocking`](crate::Blocking)
    /// lets on the bridge, for all may come by one worker. They start when they are needed.
    pub blocking_threads: usize,
    /// How long requests in flight may take to finish once the server is told to stop.
    pub shutdown_timeout: Duration,
}
