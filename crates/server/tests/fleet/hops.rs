//! One browser, a different replica each time.

use std::sync::Barrier;
use std::thread;

use serde_json::json;

use crate::fleet::Fleet;
use crate::page::Page;
use crate::support::{Jar, PASSWORD, Response};

/// How many tabs refresh at once.
const TABS: usize = 9;

#[test]
fn a_session_that_hops_from_replica_to_replica_never_notices() {
    let Some(fleet) = Fleet::start() else { return };
    let mut page = Page::open(&fleet);
    let registered = page.enter("/auth/register", "alice");
    for _ in 0..4 {
        let secure = page.ask("GET", "/secure", 200).json();
        assert_eq!(secure["message"], "Hello, alice!");
        let session = page.ask("GET", "/auth/session", 200).json();
        assert_eq!(session["session"]["id"], registered["session"]["id"]);
        let csrf = page.ask("GET", "/auth/csrf", 200).json();
        assert_eq!(csrf["csrf_token"], registered["csrf_token"]);
        let without = page.request("POST", "/auth/refresh").without("X-CSRF-Token");
        assert_eq!(page.send(&without).problem().code, "csrf_token_missing");
        page.ask("POST", "/auth/refresh", 201);
        let devices = page.ask("GET", "/auth/sessions", 200).json();
        let [device] = &devices["sessions"].as_array().unwrap()[..] else { panic!("{devices}") };
        assert_eq!(device["current"], true);
        assert_eq!(device["address"], "127.0.0.1", "{device}");
    }
    page.assert_has_met_all();
    page.ask("POST", "/auth/logout", 200);
    assert!(page.jar.is_empty(), "{:?}", page.jar);
}

#[test]
fn a_visitor_is_known_to_every_replica_and_forgotten_by_every_one() {
    let Some(fleet) = Fleet::start() else { return };
    let mut page = Page::open(&fleet);
    page.ask("GET", "/set-cookie?lifetime=browser", 200);
    let token = page.ask("GET", "/get-cookie", 200).json();
    for _ in 0..6 {
        assert_eq!(page.ask("GET", "/get-cookie", 200).json(), token);
    }
    page.assert_has_met_all();
    let mut copy = page.clone();
    page.ask("GET", "/delete-cookie", 200);
    assert!(page.jar.is_empty(), "{:?}", page.jar);
    for _ in 0..3 {
        copy.ask("GET", "/get-cookie", 404);
    }
}

#[test]
fn tabs_that_refresh_at_once_on_different_replicas_stay_logged_in_with_one_living_token() {
    let Some(fleet) = Fleet::start() else { return };
    let mut page = Page::open(&fleet);
    page.enter("/auth/register", "alice");
    for round in 0..5 {
        let start = Barrier::new(TABS);
        let refresh = page.request("POST", "/auth/refresh");
        let answers: Vec<Response> = thread::scope(|scope| {
            let tab = || {
                start.wait();
                refresh.send()
            };
            let tabs: Vec<_> = (0..TABS).map(|_| scope.spawn(tab)).collect();
            tabs.into_iter().map(|tab| tab.join().unwrap()).collect()
        });
        let refreshed = |answer: &Response| {
            assert_eq!(answer.status, 201, "round {round}: {}", answer.text());
            Jar::of(answer).get("refresh_token").unwrap().to_owned()
        };
        let tokens: Vec<_> = answers.iter().map(refreshed).collect();
        assert!(tokens.iter().all(|token| *token == tokens[0]), "round {round}: two living tokens");
        page.jar.keep(&answers[0]);
        page.ask("GET", "/secure", 200);
    }
    let devices = page.ask("GET", "/auth/sessions", 200).json();
    assert_eq!(devices["sessions"].as_array().unwrap().len(), 1);
}

#[test]
fn replicas_believe_nginx_about_addresses_and_nobody_else_through_it() {
    let Some(fleet) = Fleet::start() else { return };
    let form = json!({"username": "alice", "password": PASSWORD});
    let mut page = Page::open(&fleet);
    let register = page.request("POST", "/auth/register").header("X-Forwarded-For", "203.0.113.9");
    assert_eq!(page.send(&register.json(&form)).status, 201);
    for replica in fleet.all() {
        let devices = replica.get("/auth/sessions").jar(&page.jar).send().json();
        assert_eq!(devices["sessions"][0]["address"], "127.0.0.1", "{devices}");
    }
}
