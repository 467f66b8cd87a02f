//! The origins of a running server: what the settings files say of them is taken up while it serves.

use std::path::PathBuf;
use std::sync::Arc;

use concierge_kernel::{Clock, Timestamp};
use concierge_origins::{Origin, Registry, Severity};
use concierge_web::LiveOrigins;

use crate::settings::deployment::{Judgement, judge};
use crate::settings::{Layer, Listing, Origins, Settings, Sources};

/// The key that is taken up.
const ALLOWED: &str = "origins.allowed";

/// Which origins may call an API whose own origins are `own`, at `now`.
pub(crate) fn registry(own: Vec<Origin>, origins: &Origins, now: Timestamp) -> Registry {
    let (living, expired): (Vec<&Listing>, _) =
        origins.allowed.iter().partition(|listing| listing.lives(now));
    let patterns = |listings: Vec<&Listing>| listings.into_iter().map(|one| one.pattern.clone()).collect();
    Registry::new(own, patterns(living)).remembering(patterns(expired))
}

/// Follows the settings files. Settings that could not be started with change nothing: the origins in force stay so.
pub struct FollowOrigins {
    sources: Sources,
    /// The settings of the start, which are in force but for their origins.
    settings: Settings,
    own: Vec<Origin>,
    clock: Arc<dyn Clock>,
    live: Arc<LiveOrigins>,
    origins: Origins,
    /// What the files said when they were last taken up; `None` for one that is not there.
    seen: Vec<Option<Vec<u8>>>,
    /// What they said at the last look, if that was anything else: perhaps somebody is still writing.
    unsettled: Option<Vec<Option<Vec<u8>>>>,
    /// When the next entry ends.
    next_end: Option<Timestamp>,
}

impl FollowOrigins {
    /// Follows `sources`, from which `settings` were read, for an API whose own origins are `own`.
    pub(crate) fn start(
        sources: Sources,
        settings: Settings,
        own: Vec<Origin>,
        clock: Arc<dyn Clock>,
        live: Arc<LiveOrigins>,
    ) -> Self {
        // Read as they are now: what is written from here on is seen at the next looks.
        let seen = contents(&sources.files(settings.environment));
        let origins = settings.origins.clone();
        let next_end = next_end(&origins, clock.now());
        Self { sources, settings, own, clock, live, origins, seen, unsettled: None, next_end }
    }

    /// Takes up what the files say, if that is new and was the same at the last look, and lets go of entries whose time is
    /// over.
    pub(crate) fn look(&mut self) {
        let found = contents(&self.sources.files(self.settings.environment));
        if found == self.seen {
            self.unsettled = None;
        } else if self.unsettled.as_ref() == Some(&found) {
            self.seen = found;
            self.unsettled = None;
            self.take_up();
        } else {
            self.unsettled = Some(found);
        }
        let now = self.clock.now();
        if self.next_end.is_some_and(|end| end <= now) {
            self.install();
        }
    }

    fn take_up(&mut self) {
        self.sources.now = self.clock.now();
        let settings = match Settings::load(&self.sources) {
            Ok(settings) => settings,
            // Once for each state of the files, for they are read when they have changed.
            Err(error) => return tracing::error!("the origins in force stay so: {error}"),
        };
        for key in changed(&self.settings, &settings).filter(|key| *key != ALLOWED) {
            tracing::warn!("{key} has changed in the settings files: it takes a restart");
        }
        if settings.origins == self.origins || !self.goes_with_what_is_in_force(&settings) {
            return;
        }
        self.origins = settings.origins;
        self.install();
    }

    /// Whether the new list can work with the settings of the start, whatever others the files hold by now.
    fn goes_with_what_is_in_force(&self, settings: &Settings) -> bool {
        let layer = settings.sources.get(ALLOWED).and_then(|found| found.layer());
        let compiled_in = matches!(layer, Some(Layer::Default | Layer::Environment(_)));
        let living = settings.origins.allowed.iter().filter(|listing| listing.lives(self.sources.now));
        let overrides = &self.settings.cookies.overrides;
        let mut works = true;
        for Judgement { severity, sentence, .. } in judge(&self.own, living, compiled_in, overrides) {
            match severity {
                Severity::Impossible => {
                    works = false;
                    tracing::error!("the origins in force stay so, until a restart at least: {sentence}");
                }
                Severity::Doubtful => tracing::warn!("{ALLOWED}: {sentence}"),
            }
        }
        works
    }

    fn install(&mut self) {
        let now = self.clock.now();
        let registry = registry(self.own.clone(), &self.origins, now);
        let allowed: Vec<_> = registry.allowed().iter().map(ToString::to_string).collect();
        self.live.install(registry);
        self.next_end = next_end(&self.origins, now);
        tracing::info!(allowed = allowed.join(" "), "origins in force");
    }
}

/// What each file holds. One that cannot be read counts as absent here; loading says what is wrong with it. What is no file,
/// such as a pipe, could keep its reader waiting for ever.
fn contents(paths: &[PathBuf]) -> Vec<Option<Vec<u8>>> {
    let read = |path: &PathBuf| path.is_file().then(|| std::fs::read(path).ok()).flatten();
    paths.iter().map(read).collect()
}

fn next_end(origins: &Origins, now: Timestamp) -> Option<Timestamp> {
    origins.allowed.iter().filter_map(|listing| listing.until).filter(|end| *end > now).min()
}

/// The keys whose values differ, as far as they may be shown.
fn changed<'a>(before: &'a Settings, after: &'a Settings) -> impl Iterator<Item = &'static str> + 'a {
    let value = |settings: &'a Settings, key| settings.sources.get(key).and_then(|found| found.value());
    after.sources.iter().map(|found| found.key()).filter(move |key| value(before, key) != value(after, key))
}

#[cfg(test)]
mod tests;
