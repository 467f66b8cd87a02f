use std::collections::HashMap;
use std::time::Duration;

use concierge_contracts::doubles::ManualClock;
use concierge_origins::Decision;
use tempfile::TempDir;

use super::*;

/// A folder of settings files, a clock, and what follows both.
struct Followed {
    folder: TempDir,
    clock: Arc<ManualClock>,
    live: Arc<LiveOrigins>,
    follow: FollowOrigins,
}

impl Followed {
    fn start(local: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("local.toml"), local).unwrap();
        let sources = Sources { env: HashMap::new(), config_dir: folder.path().to_owned() };
        let settings = Settings::load(&sources).unwrap();
        let clock = Arc::new(ManualClock::default());
        let public_url = Origin::parse("https://api.example.com").unwrap();
        let live = Arc::new(LiveOrigins::new(registry(&settings, &public_url, clock.now())));
        let follow = FollowOrigins::start(sources, settings, public_url, clock.clone(), live.clone());
        Self { folder, clock, live, follow }
    }

    fn write(&self, local: &str) {
        std::fs::write(self.folder.path().join("local.toml"), local).unwrap();
    }

    fn lets_in(&mut self, origin: &str) -> bool {
        self.follow.look();
        !matches!(self.live.registry().decide(origin.as_bytes()), Decision::Refused(_))
    }
}

#[test]
fn a_new_list_replaces_the_old_one_as_a_whole() {
    let mut followed = Followed::start("origins.allowed = 'https://a.example.com, https://b.example.com'");
    assert!(followed.lets_in("https://a.example.com"));
    followed.write("origins.allowed = 'https://b.example.com, https://c.example.com'");
    assert!(!followed.lets_in("https://a.example.com"));
    assert!(followed.lets_in("https://b.example.com"));
    assert!(followed.lets_in("https://c.example.com"));
    assert!(followed.lets_in("https://api.example.com"), "the API's own stays");
}

#[test]
fn settings_that_could_not_be_started_with_leave_the_old_list_in_force() {
    let mut followed = Followed::start("origins.allowed = 'https://a.example.com'");
    for wrong in [
        "origins.allowed = 'https://b.example.com/'",
        "origins.allowed = 'https://b.example.com",
        "origins.allowed = 'https://b.example.com'\nserver.port = 'many'",
    ] {
        followed.write(wrong);
        assert!(followed.lets_in("https://a.example.com"), "{wrong}");
        assert!(!followed.lets_in("https://b.example.com"), "{wrong}");
    }
    followed.write("origins.allowed = 'https://b.example.com'");
    assert!(followed.lets_in("https://b.example.com"));
}

#[test]
fn an_entry_lets_in_until_its_time_is_over_and_one_that_is_over_can_be_prolonged() {
    let end = |clock: &ManualClock, secs| clock.now().plus(Duration::from_secs(secs));
    let mut followed = Followed::start("");
    let entry = |clock: &ManualClock, secs| {
        format!("origins.allowed = 'https://pr-7.example.com until {}'", end(clock, secs))
    };
    followed.write(&entry(&followed.clock, 60));
    assert!(followed.lets_in("https://pr-7.example.com"));
    followed.clock.advance(Duration::from_secs(59));
    assert!(followed.lets_in("https://pr-7.example.com"));
    followed.clock.advance(Duration::from_secs(1));
    assert!(!followed.lets_in("https://pr-7.example.com"));
    followed.write(&entry(&followed.clock, 60));
    assert!(followed.lets_in("https://pr-7.example.com"));
}
