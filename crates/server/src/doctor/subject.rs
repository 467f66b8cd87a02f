//! What is examined: what the command line names, and the settings for whatever it does not.

use concierge_kernel::Timestamp;
use concierge_origins::{CookieOverrides, Origin, OriginPattern};

use crate::settings::{Fault, Outline};

/// A deployment, and what of its description could not be read.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// The API's own origins, the public one first; none if that could not be told.
    pub(super) own: Vec<Origin>,
    /// The frontends that may call.
    pub(super) frontends: Vec<OriginPattern>,
    /// Whether somebody listed them, so that they have to work.
    pub(super) listed: bool,
    /// What is set by hand of the cookies' attributes.
    pub(super) overrides: CookieOverrides,
    /// What could not be read, a sentence each.
    pub(super) faults: Vec<String>,
    /// What else is wrong with the settings, a sentence each.
    pub(super) asides: Vec<String>,
}

impl Subject {
    /// Takes where the API and its frontends live from the command line, and from the settings what that leaves out.
    ///
    /// An API that is named has this one name, and what is named needs no settings to be right.
    pub(crate) fn new(
        api: Option<Origin>,
        mut frontends: Vec<Origin>,
        settings: &Outline,
        now: Timestamp,
    ) -> Self {
        let mut faults = Vec::new();
        let (api_is_named, frontends_are_named) = (api.is_some(), !frontends.is_empty());
        let own = api.map_or_else(|| own_origins(settings, &mut faults), |api| vec![api]);
        frontends.dedup();
        let needed = |fault: &&Fault| match fault.key() {
            Some("server.public_url" | "server.aliases" | "server.port") => !api_is_named,
            Some("origins.allowed") => !frontends_are_named,
            _ => true,
        };
        faults.extend(settings.faults.iter().filter(needed).map(ToString::to_string));
        let alone = !api_is_named && !frontends_are_named;
        let asides = settings.other_faults.iter().filter(|_| alone).map(ToString::to_string).collect();
        let (frontends, listed) = if frontends_are_named {
            (frontends.into_iter().map(OriginPattern::Exact).collect(), true)
        } else {
            (living(settings, now), !settings.allowed_is_compiled_in)
        };
        Self { own, frontends, listed, overrides: settings.cookies.clone(), faults, asides }
    }
}

fn own_origins(settings: &Outline, faults: &mut Vec<String>) -> Vec<Origin> {
    let told = |fault: &Fault| matches!(fault.key(), Some("server.public_url" | "server.port"));
    if settings.own.is_empty() && !settings.faults.iter().any(told) {
        faults
            .push("cannot tell where the API lives; set server.public_url, or name it with --api".to_owned());
    }
    settings.own.clone()
}

fn living(settings: &Outline, now: Timestamp) -> Vec<OriginPattern> {
    settings
        .allowed
        .iter()
        .filter(|listing| listing.lives(now))
        .map(|listing| listing.pattern.clone())
        .collect()
}
