//! The ways to Postgres: through a pooler, with TLS, by a file that holds the URL; and many servers that start at once.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use std::thread;

use concierge_test_servers::{Authority, POOLED_CONNECTIONS, Pooled, Postgres, Schema};
use serde_json::{Value, json};
use support::{Launch, PASSWORD, SECRET, Server};

/// How many servers start at once.
const REPLICAS: usize = 10;

fn launch(url: &str) -> Launch {
    Launch::new().set("DATABASE__URL", url).set("TOKENS__SECRET", SECRET)
}

fn token(body: &Value, name: &str) -> String {
    body["tokens"][name].as_str().unwrap().to_owned()
}

/// Registers, logs in, refreshes, lists the sessions and ends all but one.
fn live_a_day(server: &Server, username: &str) {
    let registered = server.register(username);
    let form = json!({"username": username, "password": PASSWORD, "delivery": "body"});
    let logged_in = server.post("/auth/login").json(&form).send();
    assert_eq!(logged_in.status, 201, "{}", logged_in.text());
    let refreshed = server.post("/auth/refresh").bearer(&token(&logged_in.json(), "refresh_token")).send();
    assert_eq!(refreshed.status, 201, "{}", refreshed.text());
    let access = token(&refreshed.json(), "access_token");
    let sessions = server.get("/auth/sessions").bearer(&access).send();
    assert_eq!(sessions.json()["sessions"].as_array().unwrap().len(), 2, "{}", sessions.text());
    assert_eq!(server.request("DELETE", "/auth/sessions").bearer(&access).send().status, 204);
    let ended = server.post("/auth/refresh").bearer(&token(&registered, "refresh_token")).send();
    assert_eq!(ended.status, 401, "{}", ended.text());
}

#[test]
fn through_a_pooler_more_clients_than_it_has_connections_are_served() {
    let Some(pooled) = Pooled::make() else { return };
    let server = launch(&pooled.url()).set("DATABASE__POOLER", "transaction").serve();
    thread::scope(|scope| {
        for number in 0..POOLED_CONNECTIONS * 4 {
            let server = &server;
            scope.spawn(move || (0..3).for_each(|day| live_a_day(server, &format!("user{number}x{day}"))));
        }
    });
    assert_eq!(server.get("/health/ready").send().status, 200);
}

#[test]
fn a_pooler_that_the_settings_do_not_name_stops_the_start_with_what_to_set() {
    let Some(pooled) = Pooled::make() else { return };
    let refused = launch(&pooled.url()).run(&["serve"]);
    assert_eq!(refused.code(), 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("set database.pooler to transaction"), "{}", refused.stderr);
}

#[test]
fn a_url_from_a_file_is_used_and_the_systems_authorities_are_trusted_where_it_says_so() {
    let authority = Authority::default();
    let Some(postgres) = Postgres::start_on_localhost(Some(&authority.certify("localhost"))) else { return };
    let file = tempfile::NamedTempFile::new().unwrap();
    let url =
        format!("postgres://postgres@localhost:{}/postgres?sslrootcert=system", postgres.port().unwrap());
    std::fs::write(file.path(), format!("{url}\n")).unwrap();
    let launch =
        Launch::new().set("DATABASE__URL_FILE", file.path().to_str().unwrap()).set("TOKENS__SECRET", SECRET);
    let refused = launch.run(&["migrate"]);
    assert_eq!(refused.code(), 1, "{}", refused.stdout);
    assert!(refused.stderr.contains("certificate verify failed"), "{}", refused.stderr);

    let trusting = launch.env("SSL_CERT_FILE", authority.file().to_str().unwrap());
    let migrated = trusting.run(&["migrate"]);
    assert_eq!(migrated.code(), 0, "{}", migrated.stderr);
}

#[test]
fn many_servers_that_start_at_once_on_an_empty_database_all_serve() {
    let Some(schema) = Schema::make() else { return };
    let servers: Vec<_> = thread::scope(|scope| {
        let start = || scope.spawn(|| launch(&schema.url()).set("DATABASE__POOL_SIZE", "2").serve());
        let starting: Vec<_> = std::iter::repeat_with(start).take(REPLICAS).collect();
        starting.into_iter().map(|server| server.join().unwrap()).collect()
    });
    assert_eq!(launch(&schema.url()).run(&["migrate"]).stdout, "The database is up to date.\n");
    let registered = servers[0].register("alice");
    for server in &servers {
        let sessions = server.get("/auth/sessions").bearer(&token(&registered, "access_token")).send();
        assert_eq!(sessions.status, 200, "{}", sessions.text());
    }
}
