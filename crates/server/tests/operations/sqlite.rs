//! SQLite: `concierge backup` beside a server, and the file in the place of the database.

use std::fs;

use serde_json::json;

use crate::load::{self, refresh_token};
use crate::restored::{assert_whole, log_in, make_root};
use crate::support::{Launch, SECRET};

const DATABASE: &str = "data/concierge.db";

fn launch() -> Launch {
    Launch::new().set("TOKENS__SECRET", SECRET)
}

/// A new folder whose database is the copy that was made in the folder of `launch`.
fn restored(from: &Launch, copy: &str) -> Launch {
    let launch = launch();
    fs::create_dir(launch.folder().join("data")).unwrap();
    fs::copy(from.folder().join(copy), launch.folder().join(DATABASE)).unwrap();
    launch
}

fn back_up(launch: &Launch, file: &str) {
    let finished = launch.run(&["backup", file]);
    assert_eq!((finished.code(), &*finished.stderr), (0, ""), "{}", finished.stdout);
}

#[test]
fn a_backup_taken_while_clients_write_holds_all_that_was_acknowledged_before_it_and_serves() {
    let launch = launch();
    make_root(&launch);
    let server = launch.clone().serve();
    let before = load::amid(&server, || back_up(&launch, "copy.db"));
    drop(server);
    let restored = restored(&launch, "copy.db");
    let server = restored.clone().serve();
    assert_whole(&restored, &server, &before);
}

/// What `docs/operations.md` warns of, and the way out that it tells.
#[test]
fn an_old_backup_brings_ended_sessions_back_until_the_secret_is_replaced() {
    let launch = launch();
    let server = launch.clone().serve();
    let (ended, refreshed) = (server.register("alice"), server.register("bob"));
    back_up(&launch, "copy.db");
    let refresh = |body: &_| server.post("/auth/refresh").bearer(refresh_token(body)).send();
    assert_eq!(server.post("/auth/logout").bearer(refresh_token(&ended)).send().status, 200);
    assert_eq!(refresh(&ended).problem().code, "session_ended");
    let newer = refresh(&refreshed).json();
    let newest = server.post("/auth/refresh").bearer(refresh_token(&newer)).send().json();
    drop(server);

    let old = restored(&launch, "copy.db");
    let server = old.clone().serve();
    let present = |body: &_| server.post("/auth/refresh").bearer(refresh_token(body)).send();
    assert_eq!(present(&ended).status, 201, "it had ended, but not in the backup");
    // The backup does not know this token, and cannot tell it from a stolen one.
    assert_eq!(present(&newest).status, 401);
    server.wait_for_log("refresh_token_reused");
    drop(server);

    let server = old.set("TOKENS__SECRET", &SECRET.chars().rev().collect::<String>()).serve();
    for body in [&ended, &refreshed, &newest] {
        let refused = server.post("/auth/refresh").bearer(refresh_token(body)).send();
        assert_eq!((refused.status, &refused.json()["next"]), (401, &json!("login")), "{}", refused.text());
    }
    log_in(&server, "alice");
}
