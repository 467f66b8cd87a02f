//! Origins, patterns of origins, the registry that says which may call, and what becomes of the API's cookies there.
//!
//! [`Origin`] is one origin in exactly the spelling that browsers send, [`OriginPattern`] an entry of the
//! operator's list, [`parse_list`] that list on one line, and [`Registry`] the answer to "may this origin call?".
//! [`CorsPolicy`] tells with whom an answer is shared, [`Provenance`] whether a page of an origin that may not call could be
//! behind a request. Both are pure, so that they can be asked outside a server too.
//! Nothing is normalised: a browser compares origins byte by byte, so a list that holds `https://a.example/`
//! would never match, and the operator is told at the start rather than puzzled by the browser's console.
//!
//! The cookies follow from the same list. [`Site`] and [`Topology`] say how far a frontend is from the API,
//! [`CookieProfile`] which attributes its cookies get, [`Profiles`] which profile a request takes, [`Browser::judge`] what
//! a browser does with them and why, and [`Deployment::check`] what is wrong with the whole before it serves.
//!
//! - To refuse something more: add a [`Fault`] with its advice, raise it in `syntax.rs` (scheme, port, what is
//!   left over), `host.rs` or `wildcard.rs`, and add a line to the table in `fault_tests.rs`. If the right text can be
//!   guessed, teach `repair.rs`; a guess is shown only if it parses.
//! - To explain a refusal better: add a [`Reason`] and its rule to `nearest.rs`. Rules run after the refusal and
//!   never change it.
//! - [`Registry::decide`] and [`Profiles::choose`] run on every request: keep them free of parsing and allocation.
//! - When a browser changes its mind: change its rule in `browsers/judge.rs`, the source in [`DropReason`], and the table
//!   in `browsers/tests.rs`. The derivation must still be kept by all, or a test says so.
//! - To find something more in a deployment: add a [`Problem`] with its sentence and raise it in `deployment/check.rs`.

mod address;
mod browsers;
mod cookies;
mod cors;
mod deployment;
mod error;
mod explain;
mod fault;
mod host;
mod list;
mod nearest;
mod origin;
mod pattern;
mod preflight;
mod profiles;
mod provenance;
mod refusal;
mod registry;
mod repair;
mod scheme;
mod site;
mod suffix;
mod syntax;
mod topology;
mod wildcard;

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod provenance_tests;

pub use browsers::{Browser, Call, DropReason, Evidence, Verdict};
pub use cookies::{
    CookieAttributes, CookieDomain, CookieDomainError, CookieOverrides, CookiePrefix, CookieProfile,
    CrossSiteOverHttp, DomainFault, FormerScopes, SameSite,
};
pub use cors::{CorsPolicy, CorsRequest, METHODS, REQUEST_HEADERS, Sharing, Stranger};
pub use deployment::{Deployment, Finding, Problem, Severity, Subject};
pub use error::OriginError;
pub use explain::{Explanation, Inquiry, Outcome, Rule, Step, is_bearer};
pub use fault::Fault;
pub use host::HostKind;
pub use list::parse_list;
pub use origin::Origin;
pub use pattern::{OriginPattern, PatternWarning};
pub use preflight::PreflightCauses;
pub use profiles::{Caller, Profiles};
pub use provenance::{Distrust, FetchSite, OriginHeader, Provenance, RouteKind, Trust};
pub use refusal::{Reason, Refusal, RefusedOrigin};
pub use registry::{Decision, Registry};
pub use scheme::Scheme;
pub use site::Site;
pub use topology::Topology;
pub use wildcard::WildcardPattern;
