use concierge_kernel::Timestamp;
use std::collections::HashMap;
use std::time::Duration;

use concierge_contracts::doubles::ManualClock;
use concierge_origins::Decision;
use tempfile::TempDir;

use super::*;

const PUBLIC_URL: &str = "https://api.example.com";

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
        let url = ("CONCIERGE__SERVER__PUBLIC_URL".to_owned(), PUBLIC_URL.to_owned());
        let config_dir = folder.path().to_owned();
        let sources = Sources { env: HashMap::from([url]), config_dir, now: Timestamp::EPOCH };
        let settings = Settings::load(&sources).unwrap();
        let clock = Arc::new(ManualClock::default());
        let own = vec![Origin::parse(PUBLIC_URL).unwrap()];
        let live = Arc::new(LiveOrigins::new(registry(own.clone(), &settings.origins, clock.now())));
        let follow = FollowOrigins::start(sources, settings, own, clock.clone(), live.clone());
        Self { folder, clock, live, follow }
    }

    fn write(&self, local: &str) {
        std::fs::write(self.folder.path().join("local.toml"), local).unwrap();
    }

    fn lets_in(&mut self, origin: &str) -> bool {
        // What was written is taken up when it has not changed from one look to the next.
        self.follow.look();
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

#[test]
fn what_somebody_is_still_writing_is_not_taken_up() {
    let mut followed = Followed::start("origins.allowed = 'https://a.example.com'");
    for half in ["", "origins.al", "origins.allowed = ''"] {
        followed.write(half);
        followed.follow.look();
        assert!(
            matches!(followed.live.registry().decide(b"https://a.example.com"), Decision::Allowed),
            "{half}"
        );
    }
    followed.write("origins.allowed = 'https://a.example.com, https://b.example.com'");
    assert!(followed.lets_in("https://a.example.com") && followed.lets_in("https://b.example.com"));
}

#[test]
fn nothing_but_the_list_is_taken_up_and_it_has_to_go_with_the_rest_that_is_in_force() {
    let mut followed =
        Followed::start("origins.allowed = 'https://a.example.com'\ncookies.same_site = 'lax'");
    // An alias would be trusted as the API itself.
    followed.write(
        "origins.allowed = 'https://b.example.com'\ncookies.same_site = 'lax'\n\
         server.aliases = ['https://alias.example.org']",
    );
    assert!(followed.lets_in("https://b.example.com"));
    assert!(!followed.lets_in("https://alias.example.org"));
    // Allowed by what the file says of cookies, but not by what is in force.
    followed.write("origins.allowed = 'https://far.example.org'\ncookies.same_site = 'auto'");
    assert!(!followed.lets_in("https://far.example.org"));
    assert!(followed.lets_in("https://b.example.com"));
}
