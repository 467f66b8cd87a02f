//! Origins, patterns of origins, and the registry that says which may call.
//!
//! [`Origin`] is one origin in exactly the spelling that browsers send, [`OriginPattern`] an entry of the
//! operator's list, [`parse_list`] that list on one line, and [`Registry`] the answer to "may this origin call?".
//! [`CorsPolicy`] tells with whom an answer is shared, [`Provenance`] whether a page of an origin that may not call could be
//! behind a request. Both are pure, so that they can be asked outside a server too.
//! Nothing is normalised: a browser compares origins byte by byte, so a list that holds `https://a.example/`
//! would never match, and the operator is told at the start rather than puzzled by the browser's console.
//!
//! - To refuse something more: add a [`Fault`] with its advice, raise it in `syntax.rs` (scheme, port, what is
//!   left over), `host.rs` or `wildcard.rs`, and add a line to the table in `fault_tests.rs`. If the right text can be
//!   guessed, teach `repair.rs`; a guess is shown only if it parses.
//! - To explain a refusal better: add a [`Reason`] and its rule to `nearest.rs`. Rules run after the refusal and
//!   never change it.
//! - [`Registry::decide`] runs on every request: keep it free of parsing and allocation.

mod address;
mod cors;
mod error;
mod explain;
mod fault;
mod host;
mod list;
mod nearest;
mod origin;
mod pattern;
mod preflight;
mod provenance;
mod refusal;
mod registry;
mod repair;
mod scheme;
mod suffix;
mod syntax;
mod wildcard;

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod provenance_tests;

pub use cors::{CorsPolicy, CorsRequest, METHODS, REQUEST_HEADERS, Sharing, Stranger};
pub use error::OriginError;
pub use explain::{Explanation, Inquiry, Outcome, Rule, Step, is_bearer};
pub use fault::Fault;
pub use host::HostKind;
pub use list::parse_list;
pub use origin::Origin;
pub use pattern::{OriginPattern, PatternWarning};
pub use preflight::PreflightCauses;
pub use provenance::{Distrust, FetchSite, OriginHeader, Provenance, RouteKind, Trust};
pub use refusal::{Reason, Refusal, RefusedOrigin};
pub use registry::{Decision, Registry};
pub use scheme::Scheme;
pub use wildcard::WildcardPattern;
