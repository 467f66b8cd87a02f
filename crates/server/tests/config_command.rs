//! `concierge config`: what the settings are, and whether they can be used.

mod support;

use support::{Launch, SECRET};

#[test]
fn every_setting_is_shown_with_its_layer_and_secrets_stay_hidden() {
    let shown =
        Launch::new().set("TOKENS__SECRET", SECRET).set("SERVER__WORKERS", "3").run(&["config", "show"]);
    assert_eq!(shown.code(), 0, "{}", shown.stderr);
    assert!(!shown.stdout.contains(SECRET));
    let layer_of = |setting: &str| {
        let line = shown.stdout.lines().find(|line| line.starts_with(setting));
        line.and_then(|line| line.split_once("# ")).map(|(_, layer)| layer.to_owned())
    };
    assert_eq!(layer_of("tokens.secret = (hidden)").as_deref(), Some("CONCIERGE__TOKENS__SECRET"));
    assert_eq!(layer_of("server.workers = \"3\"").as_deref(), Some("CONCIERGE__SERVER__WORKERS"));
    assert_eq!(layer_of("passwords.iterations = 1").as_deref(), Some("compiled-in test.toml"));
    assert_eq!(layer_of("server.shutdown_timeout = 30").as_deref(), Some("compiled-in default"));
    assert_eq!(layer_of("# cookies.domain is unset").as_deref(), Some("cookies.domain is unset"));
}

#[test]
fn checking_starts_nothing_and_tells_every_fault_or_that_there_is_none() {
    let right = Launch::new();
    let checked = right.run(&["config", "check"]);
    assert_eq!((checked.code(), checked.stdout.as_str()), (0, "The settings can be used (test).\n"));
    assert!(right.files().is_empty(), "{:?}", right.files());

    let wrong =
        Launch::new().set("SERVER__PORT", "many").set("CORS__PUBLIC", "ajar").run(&["config", "check"]);
    assert_eq!(wrong.code(), 78);
    for key in ["server.port", "cors.public"] {
        assert!(wrong.stderr.contains(key), "{}", wrong.stderr);
    }
}

#[test]
fn what_is_doubtful_is_warned_of() {
    let checked = Launch::new()
        .env("CONCIERGE_ENV", "production")
        .set("TOKENS__SECRET", SECRET)
        .set("SERVER__PUBLIC_URL", "https://api.example.com")
        .set("DATABASE__URL", "memory://")
        .run(&["config", "check"]);
    assert_eq!(checked.code(), 0, "{}", checked.stderr);
    let warnings: Vec<_> = checked.stdout.lines().take(2).collect();
    assert!(warnings[0].starts_with("warning: server.trusted_proxies is empty"), "{}", checked.stdout);
    assert!(warnings[1].starts_with("warning: database.url = memory://"), "{}", checked.stdout);
}
