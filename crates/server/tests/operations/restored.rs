//! What a server has to be able to do on a restored database.

use serde_json::Value;

use crate::load::{Account, form, refresh_token};
use crate::support::{Launch, PASSWORD, Server};

/// Makes the user who reads events; before the backup.
pub(crate) fn make_root(launch: &Launch) {
    let created = launch.run_with(&["users", "create", "root", "--admin"], &format!("{PASSWORD}\n"));
    assert_eq!(created.code(), 0, "{}", created.stderr);
}

/// The kinds of all events with the user they are about, the newest first.
fn events(server: &Server) -> Vec<(String, String)> {
    let root = log_in(server, "root");
    let access = root["tokens"]["access_token"].as_str().unwrap();
    let mut found = Vec::new();
    let mut next = "/admin/events?limit=100".to_owned();
    loop {
        let page = server.get(&next).bearer(access).send();
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let told = |event: &Value| (text(&event["kind"]), text(&event["subject"]));
        found.extend(page["events"].as_array().unwrap().iter().map(told));
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("/admin/events?limit=100&cursor={cursor}"),
            None => return found,
        }
    }
}

pub(crate) fn log_in(server: &Server, username: &str) -> Value {
    let response = server.post("/auth/login").json(&form(username)).send();
    assert_eq!(response.status, 201, "{username}: {}", response.text());
    response.json()
}

/// Expects everything that was acknowledged before the backup, and that all goes on from there.
pub(crate) fn assert_whole(launch: &Launch, server: &Server, before: &[Account]) {
    assert_eq!(launch.run(&["migrate"]).stdout, "The database is up to date.\n");
    let recorded = events(server);
    for Account { username, refresh } in before {
        let refreshed = server.post("/auth/refresh").bearer(refresh).send();
        assert_eq!(refreshed.status, 201, "{username}: {}", refreshed.text());
        assert_ne!(&refresh_token(&refreshed.json()), refresh, "the living token was another");
        let id = log_in(server, username)["user"]["id"].as_str().unwrap().to_owned();
        let event = ("user_registered".to_owned(), id);
        assert!(recorded.contains(&event), "{username}: no event tells of the registration");
    }
    // New events come after those that were restored.
    server.register("newcomer");
    let after = events(server);
    let told: Vec<_> = after.iter().take(3).map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(told, ["login_succeeded", "user_registered", "login_succeeded"]);
    assert!(after.ends_with(&recorded), "the order of the restored events has changed");
}
