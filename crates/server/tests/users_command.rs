//! `concierge users`, `sessions` and `migrate`: on a database of their own, and beside a running server.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Launch, PASSWORD, Response, Server};

/// What clients are promised.
const PROMISED: Duration = Duration::from_secs(2);
/// On a busy machine a thread may have to wait for its turn; that is no broken promise.
const BUSY_MACHINE: Duration = Duration::from_secs(10);
const NEW: &str = "seventeen walruses in a tuba";

/// Runs a command that must succeed, and returns what it says.
#[track_caller]
fn run(launch: &Launch, arguments: &[&str]) -> String {
    run_with(launch, arguments, "")
}

#[track_caller]
fn run_with(launch: &Launch, arguments: &[&str], input: &str) -> String {
    let finished = launch.run_with(arguments, input);
    assert_eq!((finished.code(), &*finished.stderr), (0, ""), "{}", finished.stdout);
    finished.stdout
}

/// Runs a command that must fail with code 1, and checks what it says.
#[track_caller]
fn refused(launch: &Launch, arguments: &[&str], input: &str, because: &str) {
    let finished = launch.run_with(arguments, input);
    assert_eq!((finished.code(), &*finished.stdout), (1, ""), "{}", finished.stderr);
    assert!(finished.stderr.contains(because), "{}", finished.stderr);
}

/// A client that is no browser.
struct Client<'a> {
    server: &'a Server,
    body: Value,
}

impl<'a> Client<'a> {
    fn register(server: &'a Server, username: &str) -> Self {
        Self { server, body: server.register(username) }
    }

    fn log_in(server: &'a Server, username: &str, password: &str) -> Response {
        let form = json!({"username": username, "password": password, "delivery": "body"});
        server.post("/auth/login").json(&form).send()
    }

    fn token(&self, name: &str) -> &str {
        self.body["tokens"][name].as_str().unwrap()
    }

    fn refresh(&mut self) -> Response {
        let response = self.server.post("/auth/refresh").bearer(self.token("refresh_token")).send();
        if response.status == 201 {
            self.body = response.json();
        }
        response
    }

    fn get(&self, path: &str) -> Response {
        self.server.get(path).bearer(self.token("access_token")).send()
    }

    /// Waits until the server has heard that the session ended, which another process did just now.
    fn assert_ends_soon(&mut self) {
        #[expect(
            clippy::disallowed_methods,
            reason = "what is promised is a real duration between real processes"
        )]
        let ended = Instant::now();
        while self.get("/secure").status == 200 {
            assert!(ended.elapsed() < PROMISED + BUSY_MACHINE, "the server never heard of it");
        }
        assert_eq!(self.get("/secure").problem().code, "session_ended");
        assert_eq!(self.refresh().problem().code, "session_ended");
    }
}

#[test]
fn the_first_admin_is_made_beside_a_running_server() {
    let launch = Launch::new();
    let server = launch.clone().serve();
    let mut alice = Client::register(&server, "alice");
    assert_eq!(alice.get("/admin/users").problem().code, "forbidden");
    assert!(run(&launch, &["users", "promote", "Alice"]).starts_with("alice: user+admin, enabled;"));
    assert_eq!(alice.get("/admin/users").problem().code, "forbidden", "the token is from before");
    assert_eq!(alice.refresh().status, 201);
    let listed = alice.get("/admin/users").json();
    assert_eq!((&listed["users"][0]["username"], &listed["next_cursor"]), (&json!("alice"), &Value::Null));

    // Over HTTP she may now do what the command line does.
    let bob = Client::register(&server, "bob");
    let path = format!("/admin/users/{}", bob.body["user"]["id"].as_str().unwrap());
    let patch = server.request("PATCH", &path).bearer(alice.token("access_token"));
    assert_eq!(patch.json(&json!({"disabled": true})).send().json()["disabled"], true);
    assert_eq!(bob.get("/secure").problem().code, "session_ended");
}

#[test]
fn who_is_disabled_or_demoted_is_out_within_the_delay() {
    let launch = Launch::new();
    let server = launch.clone().serve();
    let (mut alice, mut bob) = (Client::register(&server, "alice"), Client::register(&server, "bob"));
    assert_eq!(run(&launch, &["users", "disable", "bob"]), "bob: user, disabled; 1 session ended\n");
    bob.assert_ends_soon();
    assert_eq!(Client::log_in(&server, "bob", PASSWORD).problem().code, "invalid_credentials");
    assert_eq!(run(&launch, &["users", "enable", "bob"]), "bob: user, enabled\n");
    assert_eq!(Client::log_in(&server, "bob", PASSWORD).status, 201);

    for name in ["alice", "bob"] {
        run(&launch, &["users", "promote", name]);
    }
    assert_eq!(run(&launch, &["users", "demote", "alice"]), "alice: user, enabled; 1 session ended\n");
    alice.assert_ends_soon();
    let again = run(&launch, &["users", "demote", "alice"]);
    assert_eq!(again, "alice: user, enabled; there was no session to end\n");
    for command in ["demote", "disable"] {
        let last = "bob is the last enabled admin; make another one first: `concierge users promote NAME`";
        refused(&launch, &["users", command, "bob"], "", last);
    }
}

#[test]
fn a_user_is_created_with_the_first_line_of_standard_input_as_password() {
    let launch = Launch::new();
    let created = run_with(&launch, &["users", "create", "Root", "--admin"], &format!("{PASSWORD}\nmore\n"));
    assert!(created.starts_with("root: user+admin, enabled, id 01"), "{created}");
    let plain = run_with(&launch, &["users", "create", "bob"], NEW);
    assert!(plain.starts_with("bob: user, enabled, id 01"), "{plain}");

    let create = |name| ["users", "create", name];
    refused(&launch, &create("ROOT"), PASSWORD, "the username root is taken");
    refused(&launch, &create("al"), PASSWORD, "at least 3 characters");
    refused(&launch, &create("carol"), "password1\n", "Add another word");
    refused(&launch, &create("carol"), "short", "at least 8 characters");
    refused(&launch, &create("carol"), "", "the first line of standard input");
    refused(&launch, &["users", "promote", "carol"], "", "`concierge users list` shows who there is");

    let server = launch.serve();
    let root = Client::log_in(&server, "root", PASSWORD).json();
    assert_eq!(root["user"]["roles"], json!(["user", "admin"]));
    assert_eq!(Client::log_in(&server, "bob", NEW).status, 201);
}

#[test]
fn a_password_that_is_set_replaces_the_old_one_and_ends_every_session() {
    let launch = Launch::new();
    let server = launch.clone().serve();
    let mut alice = Client::register(&server, "alice");
    refused(&launch, &["users", "set-password", "alice"], "alice1234", "is easy to guess");
    let set = run_with(&launch, &["users", "set-password", "alice"], NEW);
    assert_eq!(set, "alice has another password; 1 session ended\n");
    alice.assert_ends_soon();
    assert_eq!(Client::log_in(&server, "alice", PASSWORD).problem().code, "invalid_credentials");
    assert_eq!(Client::log_in(&server, "alice", NEW).status, 201);
}

#[test]
fn users_are_listed_in_a_table_or_as_json() {
    let launch = Launch::new();
    let server = launch.clone().serve();
    for name in ["alice", "bob", "Βασίλης"] {
        server.register(name);
    }
    run(&launch, &["users", "promote", "alice"]);
    run(&launch, &["users", "disable", "bob"]);
    let table = run(&launch, &["users", "list"]);
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 4, "{table}");
    let id_begins = |line: &str| line.split("  01").next().unwrap().chars().count();
    assert!(lines[1..].iter().all(|line| id_begins(line) == id_begins(lines[1])), "{table}");
    assert!(lines[1].starts_with("alice    user+admin  20") && lines[1].ends_with("  enabled"), "{table}");
    assert!(lines[2].starts_with("bob ") && lines[2].contains("  disabled since 20"), "{table}");
    let first = run(&launch, &["users", "list", "--limit", "1"]);
    assert!(first.contains("alice") && first.contains("There are more"), "{first}");

    let listed: Value =
        serde_json::from_str(&run(&launch, &["users", "list", "--json", "--query", "B"])).unwrap();
    assert_eq!((listed[0]["username"].as_str(), listed[0]["disabled"].as_bool()), (Some("bob"), Some(true)));
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(run(&launch, &["users", "list", "--json", "--query", "zz"]), "[]\n");
    refused(&launch, &["users", "list", "--query", "a b"], "", "No username contains ' '");
}

#[test]
fn what_commands_and_administrators_do_is_recorded() {
    let launch = Launch::new();
    run_with(&launch, &["users", "create", "root", "--admin"], PASSWORD);
    let server = launch.clone().serve();
    let alice = Client::register(&server, "alice");
    let id = alice.body["user"]["id"].as_str().unwrap();
    for command in ["promote", "promote", "disable", "disable", "enable"] {
        run(&launch, &["users", command, "alice"]);
    }
    run_with(&launch, &["users", "set-password", "alice"], NEW);
    let hers = Client::log_in(&server, "alice", NEW).json();
    run(&launch, &["sessions", "revoke", "--session", hers["session"]["id"].as_str().unwrap()]);
    let root = Client { server: &server, body: Client::log_in(&server, "root", PASSWORD).json() };
    Client::log_in(&server, "alice", NEW);
    let path = format!("/admin/users/{id}");
    let as_root = |method: &str, path: &str| server.request(method, path).bearer(root.token("access_token"));
    assert_eq!(as_root("DELETE", &format!("{path}/sessions")).send().status, 204);
    let both = json!({"roles": ["user"], "disabled": true});
    assert_eq!(as_root("PATCH", &path).json(&both).send().status, 200);
    assert_eq!(as_root("PATCH", &path).json(&both).send().status, 200);

    let events = root.get(&format!("/admin/events?limit=100&user={id}")).json();
    let told = |event: &Value| json!([event["kind"], event["actor"], event["details"]]);
    let mut told: Vec<_> = events["events"].as_array().unwrap().iter().map(told).collect();
    told.retain(|event| !matches!(event[0].as_str(), Some("user_registered" | "login_succeeded")));
    told.reverse();
    let operator = json!({"kind": "command_line"});
    let admin = json!({"kind": "user", "id": root.body["user"]["id"]});
    let promoted = json!({"before": ["user"], "after": ["user", "admin"]});
    let demoted = json!({"before": ["user", "admin"], "after": ["user"]});
    let ended = |reason: &str| json!({"reason": reason, "sessions": 1});
    let expected = [
        json!(["roles_changed", operator, promoted]),
        json!(["user_disabled", operator, {}]),
        json!(["sessions_revoked", operator, ended("disabled")]),
        json!(["user_enabled", operator, {}]),
        json!(["password_set", operator, {}]),
        json!(["session_revoked", operator, {"reason": "admin"}]),
        json!(["sessions_revoked", admin, ended("admin")]),
        json!(["roles_changed", admin, demoted]),
        json!(["user_disabled", admin, {}]),
    ];
    assert_eq!(told, expected);
    let created = root.get("/admin/events?kind=user_created").json();
    assert_eq!(created["events"][0]["details"], json!({"roles": ["user", "admin"]}));
    assert_eq!(created["events"][0]["subject"], root.body["user"]["id"]);
}

#[test]
fn sessions_end_one_by_one_or_all_of_a_user() {
    let launch = Launch::new();
    let server = launch.clone().serve();
    let mut first = Client::register(&server, "alice");
    let mut others: Vec<_> = (0..2)
        .map(|_| Client { server: &server, body: Client::log_in(&server, "alice", PASSWORD).json() })
        .collect();
    let id = first.body["session"]["id"].as_str().unwrap().to_owned();
    assert_eq!(run(&launch, &["sessions", "revoke", "--session", &id]), "1 session ended\n");
    first.assert_ends_soon();
    assert_eq!(others[0].get("/secure").status, 200);
    assert_eq!(run(&launch, &["sessions", "revoke", "--user", "alice"]), "alice: 2 sessions ended\n");
    for other in &mut others {
        other.assert_ends_soon();
    }
    for unknown in [&*id, "nonsense"] {
        refused(&launch, &["sessions", "revoke", "--session", unknown], "", "there is no living session");
    }
    refused(&launch, &["sessions", "revoke", "--user", "bob"], "", "there is no user bob");
}

#[test]
fn the_schema_is_brought_up_to_date_once_and_nothing_is_done_to_a_database_that_nobody_keeps() {
    let launch = Launch::new();
    let applied = run(&launch, &["migrate"]);
    assert!(applied.starts_with("applied 2026-11-20-000000_users_and_sessions\n"), "{applied}");
    assert_eq!(run(&launch, &["migrate"]), "The database is up to date.\n");
    let memory = launch.set("DATABASE__URL", "memory://");
    for arguments in [&["migrate"][..], &["users", "list"], &["sessions", "revoke", "--user", "alice"]] {
        let finished = memory.run(arguments);
        assert_eq!((finished.code(), &*finished.stdout), (78, ""), "{}", finished.stderr);
        assert!(finished.stderr.contains("name a file, sqlite://PATH"), "{}", finished.stderr);
    }
}

#[test]
fn what_was_done_is_no_failure_because_standard_output_cannot_tell_it() {
    let launch = Launch::new();
    let migrated = launch.run_on_a_full_disk(&["migrate"]);
    assert_eq!(migrated.status.code(), Some(0), "{migrated:?}");
    for name in ["root", "alice"] {
        run_with(&launch, &["users", "create", name, "--admin"], &format!("{PASSWORD}\n"));
    }
    for (arguments, said) in [
        (&["users", "demote", "alice"][..], "alice: user, enabled"),
        (&["users", "disable", "alice"], "alice: user, disabled"),
        (&["sessions", "revoke", "--user", "alice"], "alice: there was no session to end"),
    ] {
        let finished = launch.run_on_a_full_disk(arguments);
        assert_eq!(finished.status.code(), Some(0), "{finished:?}");
        let stderr = String::from_utf8(finished.stderr).unwrap();
        assert!(stderr.contains("it was done, but standard output cannot tell"), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
    // What only shows something has not done it.
    assert_eq!(launch.run_on_a_full_disk(&["users", "list"]).status.code(), Some(1));
}

#[test]
fn a_command_line_that_makes_no_sense_is_told_by_its_exit_code_and_help_tells_the_codes() {
    let launch = Launch::new();
    for arguments in [
        &["users"][..],
        &["users", "create"],
        &["users", "create", "alice", "--password", PASSWORD],
        &["users", "list", "--limit", "0"],
        &["sessions", "revoke"],
        &["sessions", "revoke", "--user", "alice", "--session", "x"],
    ] {
        assert_eq!(launch.run(arguments).code(), 2, "{arguments:?}");
    }
    assert!(launch.files().is_empty(), "{:?}", launch.files());
    for arguments in [&["--help"][..], &["users", "--help"], &["sessions", "--help"]] {
        let help = launch.run(arguments);
        assert!(help.stdout.contains("78 the settings are wrong"), "{}", help.stdout);
    }
    assert!(launch.run(&["users", "--help"]).stdout.contains("within 2 seconds"));
    let wrong = launch.set("DATABASE__URL", "nonsense").run(&["users", "list"]);
    assert_eq!(wrong.code(), 78);
}
