//! Keys that change under running replicas.

use crate::fleet::Fleet;
use crate::load::{Load, token};
use crate::support::{Forged, Launch};

/// Runs `concierge keys`, which must succeed, and returns the first word it says: a kid.
fn keys(launch: &Launch, arguments: &[&str]) -> String {
    let finished = launch.run(&[&["keys"], arguments].concat());
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    finished.stdout.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn no_hop_fails_while_the_keys_of_all_replicas_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys").display().to_string();
    let with_keys = |launch: Launch| launch.set("TOKENS__KEYS_DIR", &path);
    let first = keys(&with_keys(Launch::new()), &["generate"]);
    let Some(fleet) = Fleet::start_with(with_keys) else { return };
    let load = Load::on(&fleet);
    for replica in fleet.all() {
        let published = replica.get("/.well-known/jwks.json").send().json();
        assert_eq!(published["keys"][0]["kid"], first.as_str(), "it is told before it signs");
    }
    keys(fleet.desk(), &["rotate", &first]);
    wait_until_signed_by(&fleet, &first);
    load.wait_for(100);
    let second = keys(fleet.desk(), &["generate", "--algorithm", "es256"]);
    keys(fleet.desk(), &["rotate", &second]);
    wait_until_signed_by(&fleet, &second);
    load.wait_for(100);
    let told = load.stop();
    assert!(told.unanswered.is_empty(), "{:?}", told.unanswered);
    for account in &told.accounts {
        let refreshed = fleet.request("POST", "/auth/refresh").bearer(&account.refresh_token).send();
        assert_eq!(refreshed.status, 201, "{}: {}", account.username, refreshed.text());
        let access = token(&refreshed.json(), "access_token");
        assert_eq!(Forged::from(&access).headed("kid"), second.as_str());
    }
}

/// Waits until every replica says so.
fn wait_until_signed_by(fleet: &Fleet, kid: &str) {
    for replica in fleet.all() {
        replica.wait_for_log(&format!("keys in force signing=\"{kid}\""));
    }
}
