//! A real server behind a proxy that calls it by another of its names than the browser does.

mod support;

use support::{Jar, Launch, PASSWORD, Request};

#[test]
fn a_page_at_an_alias_stays_logged_in_whatever_host_a_proxy_writes() {
    for (public_url, alias, name) in [
        ("https://api.example.com", "http://localhost:6140", "__Host-access_token"),
        ("https://api.example.com", "https://app.example.org", "__Host-access_token"),
        ("http://localhost:6140", "https://app.example.org", "access_token"),
    ] {
        let launch = Launch::new().set("SERVER__PUBLIC_URL", public_url).set("SERVER__ALIASES", alias);
        // The server's own address is none of its names, so that every request calls its public one.
        let server = launch.set("ORIGINS__ALLOWED", alias).serve();
        let page = |request: Request| request.header("Origin", alias).header("Sec-Fetch-Site", "same-origin");
        let form = serde_json::json!({"username": "alice", "password": PASSWORD});
        let registered = page(server.post("/auth/register")).json(&form).send();
        assert_eq!(registered.status, 201, "{}", registered.text());
        let mut jar = Jar::of(&registered);
        assert!(jar.get(name).is_some(), "{jar:?}");
        for _ in 0..2 {
            let refreshed = page(server.post("/auth/refresh")).jar(&jar).send();
            assert_eq!(refreshed.status, 201, "{public_url} {alias} {}", refreshed.text());
            jar.keep(&refreshed);
            assert_eq!(page(server.get("/secure")).jar(&jar).send().status, 200, "{public_url} {alias}");
        }
    }
}
