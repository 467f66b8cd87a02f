//! The binary on Postgres: alone, two of them on one database, and while the server is away.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use std::time::{Duration, Instant};

use concierge_test_servers::{Postgres, Schema};
use serde_json::{Value, json};
use support::{Launch, PASSWORD, Response, SECRET, Server};

/// What clients are promised.
const PROMISED: Duration = Duration::from_secs(2);
/// On a busy machine a thread may have to wait for its turn; that is no broken promise.
const BUSY_MACHINE: Duration = Duration::from_secs(10);
/// How often something is tried that is to come about; one that fails may take a second.
const TRIES: usize = 60;

fn launch(url: &str) -> Launch {
    Launch::new().set("DATABASE__URL", url).set("TOKENS__SECRET", SECRET)
}

fn token<'a>(body: &'a Value, name: &str) -> &'a str {
    body["tokens"][name].as_str().unwrap()
}

fn log_in(server: &Server) -> Response {
    let form = json!({"username": "alice", "password": PASSWORD, "delivery": "body"});
    server.post("/auth/login").json(&form).send()
}

#[test]
fn who_registers_is_there_after_a_restart_and_refreshes() {
    let Some(schema) = Schema::make() else { return };
    let server = launch(&schema.url()).serve();
    assert_eq!(server.get("/health/ready").send().status, 200);
    let body = server.register("alice");
    assert_eq!(server.get("/secure").bearer(token(&body, "access_token")).send().status, 200);

    let server = server.stop().serve();
    let refreshed = server.post("/auth/refresh").bearer(token(&body, "refresh_token")).send();
    assert_eq!(refreshed.status, 201, "{}", refreshed.text());
    assert_eq!(server.get("/secure").bearer(token(&refreshed.json(), "access_token")).send().status, 200);
    assert_eq!(log_in(&server).status, 201);
    let again = json!({"username": "ALICE", "password": PASSWORD});
    assert_eq!(server.post("/auth/register").json(&again).send().problem().code, "username_taken");
}

#[test]
fn a_session_ended_on_one_instance_ends_soon_on_the_other() {
    let Some(schema) = Schema::make() else { return };
    let (here, there) = (launch(&schema.url()).serve(), launch(&schema.url()).serve());
    let body = here.register("alice");
    let access = token(&body, "access_token");
    assert_eq!(there.get("/secure").bearer(access).send().status, 200);
    // Either of them goes on with what the other began.
    let refreshed = there.post("/auth/refresh").bearer(token(&body, "refresh_token")).send().json();
    let refresh = token(&refreshed, "refresh_token");

    assert_eq!(here.post("/auth/logout").bearer(refresh).send().status, 200);
    #[expect(
        clippy::disallowed_methods,
        reason = "what is promised is a real duration between real processes"
    )]
    let ended = Instant::now();
    while there.get("/secure").bearer(access).send().status == 200 {
        assert!(ended.elapsed() < PROMISED + BUSY_MACHINE, "the other instance never heard of it");
    }
    assert_eq!(there.get("/secure").bearer(access).send().problem().code, "session_ended");
    assert_eq!(there.post("/auth/refresh").bearer(refresh).send().status, 401);
}

#[test]
fn commands_work_on_it_beside_servers() {
    let Some(schema) = Schema::make() else { return };
    let launch = launch(&schema.url());
    let migrated = launch.run(&["migrate"]);
    assert_eq!(migrated.code(), 0, "{}", migrated.stderr);
    assert!(
        migrated.stdout.starts_with("applied 2026-11-20-000000_users_and_sessions\n"),
        "{}",
        migrated.stdout
    );
    assert_eq!(launch.run(&["migrate"]).stdout, "The database is up to date.\n");

    let server = launch.clone().serve();
    let created = launch.run_with(&["users", "create", "root", "--admin"], &format!("{PASSWORD}\n"));
    assert_eq!(created.code(), 0, "{}", created.stderr);
    let refused = launch.run(&["users", "demote", "root"]);
    assert_eq!(refused.code(), 1, "{}", refused.stdout);
    server.register("alice");
    let listed = launch.run(&["users", "list"]).stdout;
    assert!(listed.contains("alice") && listed.contains("root"), "{listed}");
}

#[test]
fn while_the_server_is_away_clients_are_told_to_come_back_and_then_served() {
    let Some(mut postgres) = Postgres::start() else { return };
    let server = launch(&postgres.url()).set("DATABASE__CONNECT_TIMEOUT", "1").serve();
    let access = server.register("alice");

    postgres.stop();
    let away = log_in(&server);
    assert_eq!(away.status, 503, "{}", away.text());
    assert_eq!(away.problem().code, "store_unavailable");
    let ready = server.get("/health/ready").send();
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("store"), "{}", ready.text());
    // No store is asked about access tokens.
    assert_eq!(server.get("/secure").bearer(token(&access, "access_token")).send().status, 200);

    postgres.resume();
    assert!((0..TRIES).any(|_| log_in(&server).status == 201), "{}", server.log());
    assert!((0..TRIES).any(|_| server.get("/health/ready").send().status == 200));
}

#[test]
fn without_a_secret_that_its_servers_share_none_starts() {
    let Some(schema) = Schema::make() else { return };
    let finished = launch(&schema.url()).unset("TOKENS__SECRET").run(&["serve"]);
    assert_eq!(finished.code(), 1, "{}", finished.stderr);
    assert!(finished.stderr.contains("CONCIERGE__TOKENS__SECRET"), "{}", finished.stderr);
}

#[test]
fn a_password_in_the_url_is_shown_nowhere() {
    let launch = launch("postgres://me:hunter2@127.0.0.1:1/concierge?password=hunter2&sslmode=disable");
    for arguments in [&["config", "show"][..], &["config", "check"], &["migrate"], &["serve"]] {
        let finished = launch.run(arguments);
        let said = format!("{}{}", finished.stdout, finished.stderr);
        assert!(!said.contains("hunter2"), "{arguments:?}: {said}");
    }
    let serving = launch.run(&["serve"]);
    assert_eq!(serving.code(), 1, "{}", serving.stderr);
    let sentence = "cannot connect to the Postgres database postgres://127.0.0.1:1/concierge";
    assert!(serving.stderr.contains(sentence), "{}", serving.stderr);
}
