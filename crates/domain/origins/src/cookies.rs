//! The attributes of the API's cookies: plain data, derived from where the API and a frontend live.

mod attributes;
mod domain;
mod profile;
mod stale;

#[cfg(test)]
mod profile_tests;
#[cfg(test)]
mod stale_tests;

pub use attributes::{CookieAttributes, CookieOverrides, CookiePrefix, SameSite};
pub use domain::{CookieDomain, CookieDomainError, DomainFault};
pub use profile::{CookieProfile, CrossSiteOverHttp};
pub use stale::FormerScopes;
