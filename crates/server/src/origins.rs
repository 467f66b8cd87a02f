//! The origins of a running server: what the settings files say of them is taken up while it serves.

use std::path::PathBuf;
use std::sync::Arc;

use concierge_kernel::{Clock, Timestamp};
use concierge_origins::{Origin, Registry};
use concierge_web::LiveOrigins;

use crate::settings::{Listing, Settings, Sources};

/// The key that is taken up.
const ALLOWED: &str = "origins.allowed";

/// Which origins may call an API that lives at `public_url`, at `now`.
pub(crate) fn registry(settings: &Settings, public_url: &Origin, now: Timestamp) -> Registry {
    let (living, expired): (Vec<&Listing>, _) =
        settings.origins.allowed.iter().partition(|listing| listing.lives(now));
    let patterns = |listings: Vec<&Listing>| listings.into_iter().map(|one| one.pattern.clone()).collect();
    let own = settings.server.own_origins_at(public_url, settings.environment);
    Registry::new(own, patterns(living)).remembering(patterns(expired))
}

/// Follows the settings files. Settings that could not be started with change nothing: the origins in force stay so.
pub struct FollowOrigins {
    sources: Sources,
    public_url: Origin,
    clock: Arc<dyn Clock>,
    live: Arc<LiveOrigins>,
    /// What the files said when they were last read; `None` for one that is not there.
    seen: Vec<Option<Vec<u8>>>,
    in_force: Settings,
    /// When the next entry ends.
    next_end: Option<Timestamp>,
}

impl FollowOrigins {
    /// Follows `sources`, from which `in_force` was read, for an API that lives at `public_url`.
    pub(crate) fn start(
        sources: Sources,
        in_force: Settings,
        public_url: Origin,
        clock: Arc<dyn Clock>,
        live: Arc<LiveOrigins>,
    ) -> Self {
        // Read as they are now: what is written from here on is seen at the first look.
        let seen = contents(&sources.files(in_force.environment));
        let next_end = next_end(&in_force, clock.now());
        Self { sources, public_url, clock, live, seen, in_force, next_end }
    }

    /// Takes up what the files say now, if that is anything new, and lets go of entries whose time is over.
    pub(crate) fn look(&mut self) {
        let found = contents(&self.sources.files(self.in_force.environment));
        if found != self.seen {
            self.seen = found;
            self.take_up();
        }
        let now = self.clock.now();
        if self.next_end.is_some_and(|end| end <= now) {
            self.install();
        }
    }

    fn take_up(&mut self) {
        let settings = match Settings::load(&self.sources) {
            Ok(settings) => settings,
            // Once for each state of the files, for they are read when they have changed.
            Err(error) => return tracing::error!("the origins in force stay so: {error}"),
        };
        for key in changed(&self.in_force, &settings).filter(|key| *key != ALLOWED) {
            tracing::warn!("{key} has changed in the settings files: it takes a restart");
        }
        let origins_changed = settings.origins != self.in_force.origins;
        self.in_force = settings;
        if origins_changed {
            for warning in self.in_force.warnings.iter().filter(|warning| warning.starts_with(ALLOWED)) {
                tracing::warn!("{warning}");
            }
            self.install();
        }
    }

    fn install(&mut self) {
        let now = self.clock.now();
        let registry = registry(&self.in_force, &self.public_url, now);
        let allowed: Vec<_> = registry.allowed().iter().map(ToString::to_string).collect();
        self.live.install(registry);
        self.next_end = next_end(&self.in_force, now);
        tracing::info!(allowed = allowed.join(" "), "origins in force");
    }
}

/// What each file holds. One that cannot be read counts as absent here; loading says what is wrong with it.
fn contents(paths: &[PathBuf]) -> Vec<Option<Vec<u8>>> {
    paths.iter().map(|path| std::fs::read(path).ok()).collect()
}

fn next_end(settings: &Settings, now: Timestamp) -> Option<Timestamp> {
    settings.origins.allowed.iter().filter_map(|listing| listing.until).filter(|end| *end > now).min()
}

/// The keys whose values differ, as far as they may be shown.
fn changed<'a>(before: &'a Settings, after: &'a Settings) -> impl Iterator<Item = &'static str> + 'a {
    let value = |settings: &'a Settings, key| settings.sources.get(key).and_then(|found| found.value());
    after.sources.iter().map(|found| found.key()).filter(move |key| value(before, key) != value(after, key))
}

#[cfg(test)]
mod tests;
