//! A running server takes up the origins that its settings files name.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use support::{Launch, Response, Server};

const FIRST: &str = "https://first.example.com";
const SECOND: &str = "https://second.example.com";

fn launch() -> Launch {
    let launch = Launch::new();
    std::fs::create_dir(launch.folder().join("config")).unwrap();
    launch
}

fn write(launch: &Launch, local: &str) {
    // In one step, as editors and deployments do.
    let folder = launch.folder().join("config");
    std::fs::write(folder.join("new"), local).unwrap();
    std::fs::rename(folder.join("new"), folder.join("local.toml")).unwrap();
}

fn preflight(server: &Server, origin: &str) -> Response {
    let request = server.request("OPTIONS", "/auth/login").header("Origin", origin);
    request.header("Access-Control-Request-Method", "POST").send()
}

#[test]
fn the_list_changes_under_a_running_server_and_a_wrong_one_changes_nothing() {
    let launch = launch();
    let server = launch.clone().serve();
    assert_eq!(preflight(&server, FIRST).problem().code, "origin_not_allowed");

    write(&launch, &format!("origins.allowed = ['{FIRST}']"));
    server.wait_for_log(&format!("origins in force allowed=\"{FIRST}\""));
    let allowed = preflight(&server, FIRST);
    assert_eq!((allowed.status, allowed.header("Access-Control-Allow-Origin")), (204, Some(FIRST)));
    let login = server.post("/auth/login").header("Origin", FIRST).json_text("{}").send();
    assert_eq!(login.problem().code, "missing_field", "the origin check has taken it up, too");

    write(&launch, &format!("origins.allowed = ['{SECOND}/']"));
    server.wait_for_log("the origins in force stay so: 1 setting is wrong:");
    server.wait_for_log(&format!("`{SECOND}/` has a trailing slash; write `{SECOND}`"));
    assert_eq!(preflight(&server, FIRST).status, 204);

    write(
        &launch,
        &format!("origins.allowed = ['{SECOND}', '{FIRST} until 2026-01-01T00:00:00Z']\nserver.workers = 3"),
    );
    server.wait_for_log(&format!("origins in force allowed=\"{SECOND}\""));
    server.wait_for_log("server.workers has changed in the settings files: it takes a restart");
    assert_eq!(preflight(&server, SECOND).status, 204);
    assert_eq!(preflight(&server, FIRST).status, 403);
    server.wait_for_log("refused an origin: the time of its entry in the list is over");
}
