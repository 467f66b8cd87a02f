//! How often somebody may guess: limits on logins, registrations and refreshes.
//!
//! * [`ThrottleLogins`], [`ThrottleRegistrations`], [`ThrottleRefreshes`] and [`ThrottleVisitors`] are asked before the work that they limit,
//!   and told of its outcome afterwards where it counts.
//! * A [`Quota`] is a number of cells and the time in which all of them come back, one after the other: the generic cell
//!   rate algorithm (ITU-T I.371). [`Limit`] names the limits there are, [`Quotas`] holds a quota for each.
//! * A [`Key`] is whom a limit counts: an account, a [`ClientNetwork`], both together, or a session. It is a digest, so
//!   that no name or address lies about in a limiter's memory, and none is longer than another.
//! * The ports are [`RateLimiter`] and [`KnownNetworks`].
//! * [`SharedLimits`] are those that several processes have in common, beside each one's own.
//!
//! To add a limit: a variant of [`Limit`] with its name, a field of [`Quotas`], a use case that takes its cells. To add a
//! limiter, implement both ports and run their suites of the contracts crate against it.

mod circuit;
mod key;
mod limit;
mod limiter;
mod logins;
mod quota;
mod refreshes;
mod registrations;
mod shared;
mod throttled;
mod turnstile;
mod visitors;

pub use circuit::Lookout;
pub use key::{ClientNetwork, Key};
pub use limit::{Limit, Quotas};
pub use limiter::{KnownNetworks, RateLimiter, Verdict};
pub use logins::{LoginAdmission, ThrottleLogins};
pub use quota::{MalformedQuota, Quota};
pub use refreshes::ThrottleRefreshes;
pub use registrations::ThrottleRegistrations;
pub use shared::SharedLimits;
pub use throttled::{ThrottleError, Throttled};
pub use turnstile::Admission;
pub use visitors::ThrottleVisitors;
