//! How long tokens live and how much disorder is forgiven.

use std::time::Duration;

/// The durations that govern tokens; whole seconds, checked where settings are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenPolicy {
    /// How long an access token works.
    pub access_ttl: Duration,
    /// How long a refresh token works if it is not used.
    pub refresh_ttl: Duration,
    /// For how long after its first use a refresh token may be shown again; see [`crate::rotation::judge`].
    pub refresh_grace: Duration,
    /// By how much the clocks of two replicas may differ when `exp` and `iat` are checked.
    pub leeway: Duration,
}
