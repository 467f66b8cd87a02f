//! Two real servers on one database: what one of them ends, the other refuses.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use std::time::{Duration, Instant};

use support::{Jar, Launch, PASSWORD, SECRET, Server};

/// What clients are promised.
const PROMISED: Duration = Duration::from_secs(2);
/// On a busy machine a thread may have to wait for its turn; that is no broken promise.
const BUSY_MACHINE: Duration = Duration::from_secs(10);

fn pair() -> (tempfile::TempDir, Server, Server) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/shared.db", folder.path().display());
    let serve = || Launch::new().set("DATABASE__URL", &url).set("TOKENS__SECRET", SECRET).serve();
    let servers = (serve(), serve());
    (folder, servers.0, servers.1)
}

fn log_in(server: &Server) -> Jar {
    let form = serde_json::json!({"username": "alice", "password": PASSWORD});
    let response = server.post("/auth/register").json(&form).send();
    assert_eq!(response.status, 201, "{}", response.text());
    Jar::of(&response)
}

#[test]
fn a_session_ended_on_one_instance_ends_at_once_there_and_soon_on_the_other() {
    let (_folder, here, there) = pair();
    let jar = log_in(&here);
    assert_eq!(here.get("/secure").jar(&jar).send().status, 200);
    assert_eq!(there.get("/secure").jar(&jar).send().status, 200);

    assert_eq!(here.post("/auth/logout").jar(&jar).send().status, 200);
    #[expect(
        clippy::disallowed_methods,
        reason = "what is promised is a real duration between real processes"
    )]
    let ended = Instant::now();
    let problem = here.get("/secure").jar(&jar).send().problem();
    assert_eq!((problem.code.as_str(), problem.next.as_deref()), ("session_ended", Some("login")));

    while there.get("/secure").jar(&jar).send().status == 200 {
        assert!(ended.elapsed() < PROMISED + BUSY_MACHINE, "the other instance never heard of it");
    }
    assert_eq!(there.get("/secure").jar(&jar).send().problem().code, "session_ended");
}

#[test]
fn a_session_ended_while_an_instance_was_away_is_refused_by_its_first_answer() {
    let (_folder, here, there) = pair();
    let jar = log_in(&here);
    let away = there.stop();
    assert_eq!(here.post("/auth/logout").jar(&jar).send().status, 200);
    let back = away.serve();
    assert_eq!(back.get("/secure").jar(&jar).send().problem().code, "session_ended");
}
