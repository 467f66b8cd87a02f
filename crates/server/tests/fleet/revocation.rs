//! What ends a session on one replica ends it on all, soon.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fleet::Fleet;
use crate::page::Page;
use crate::support::{PASSWORD, Server};

/// What clients are promised.
const PROMISED: Duration = Duration::from_secs(2);
/// On a busy machine a thread may have to wait for its turn; that is no broken promise.
const BUSY_MACHINE: Duration = Duration::from_secs(10);

/// Asks every replica itself, again and again, until all refuse this page.
#[track_caller]
fn assert_ends_everywhere(fleet: &Fleet, page: &Page, act: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "what is promised is a real duration between real processes"
    )]
    let done = Instant::now();
    let accepts = |replica: &Server| replica.get("/secure").jar(&page.jar).send().status == 200;
    for replica in fleet.all() {
        while accepts(replica) {
            assert!(done.elapsed() < PROMISED + BUSY_MACHINE, "{act}: one never heard of it");
        }
    }
    for replica in fleet.all() {
        let refused = replica.get("/secure").jar(&page.jar).send().problem();
        assert_eq!(
            (refused.code.as_str(), refused.next.as_deref()),
            ("session_ended", Some("login")),
            "{act}"
        );
        let refresh = replica.post("/auth/refresh").jar(&page.jar).send();
        assert_eq!(refresh.status, 401, "{act}: {}", refresh.text());
    }
}

/// A page of a new user that every replica has accepted, and the body of its session.
fn registered(fleet: &Fleet, username: &str) -> (Page, Value) {
    let mut page = Page::open(fleet);
    let body = page.enter("/auth/register", username);
    assert_accepted(fleet, &page);
    (page, body)
}

fn logged_in(fleet: &Fleet, username: &str) -> (Page, Value) {
    let mut page = Page::open(fleet);
    let body = page.enter("/auth/login", username);
    assert_accepted(fleet, &page);
    (page, body)
}

#[track_caller]
fn assert_accepted(fleet: &Fleet, page: &Page) {
    for replica in fleet.all() {
        let secure = replica.get("/secure").jar(&page.jar).send();
        assert_eq!(secure.status, 200, "{}", secure.text());
    }
}

#[test]
fn a_session_that_its_user_ends_ends_on_every_replica_within_two_seconds() {
    let Some(fleet) = Fleet::start() else { return };
    let (mut leaving, _) = registered(&fleet, "alice");
    let kept = leaving.clone();
    leaving.ask("POST", "/auth/logout", 200);
    assert_ends_everywhere(&fleet, &kept, "logout");

    let (mut here, _) = logged_in(&fleet, "alice");
    let (lost, body) = logged_in(&fleet, "alice");
    here.ask("DELETE", &format!("/auth/sessions/{}", body["session"]["id"].as_str().unwrap()), 204);
    assert_ends_everywhere(&fleet, &lost, "the end of one device");
    let (lost, _) = logged_in(&fleet, "alice");
    here.ask("DELETE", "/auth/sessions", 204);
    assert_ends_everywhere(&fleet, &lost, "the end of all other devices");

    let (stolen, _) = logged_in(&fleet, "alice");
    let change = json!({"current_password": PASSWORD, "new_password": "another-otter-in-the-rain-7"});
    let changed = here.send(&here.request("PUT", "/auth/password").json(&change));
    assert_eq!(changed.status, 204, "{}", changed.text());
    assert_ends_everywhere(&fleet, &stolen, "another password");
    assert_accepted(&fleet, &here);
}

#[test]
fn a_session_that_an_admin_ends_ends_on_every_replica_within_two_seconds() {
    let Some(fleet) = Fleet::start() else { return };
    let created = fleet.desk().run_with(&["users", "create", "root", "--admin"], &format!("{PASSWORD}\n"));
    assert_eq!(created.code(), 0, "{}", created.stderr);
    let (mut admin, _) = logged_in(&fleet, "root");
    let (page, body) = registered(&fleet, "alice");
    let user = body["user"]["id"].as_str().unwrap();

    admin.ask("DELETE", &format!("/admin/users/{user}/sessions"), 204);
    assert_ends_everywhere(&fleet, &page, "an admin's word");
    let (page, _) = logged_in(&fleet, "alice");
    let disable = admin.request("PATCH", &format!("/admin/users/{user}")).json(&json!({"disabled": true}));
    let disabled = admin.send(&disable);
    assert_eq!(disabled.status, 200, "{}", disabled.text());
    assert_ends_everywhere(&fleet, &page, "a disabled account");
}
