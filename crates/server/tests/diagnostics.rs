//! `/diagnostics` as frontends and operators meet it.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod support;

use serde_json::{Value, json};
use support::{Jar, Launch, PASSWORD, Server};

const COOKIES: &str = "/diagnostics/cookies";
const NEAR: &str = "https://app.example.com";
const FAR: &str = "https://app.example.org";

fn public() -> Launch {
    Launch::new()
        .set("SERVER__PUBLIC_URL", "https://api.example.com")
        .set("ORIGINS__ALLOWED", &format!("{NEAR}, {FAR}"))
}

#[test]
fn the_probes_make_the_round_trip_for_frontends_of_both_kinds() {
    let server = public().serve();
    for (frontend, topology, partitioned) in [(NEAR, "same_site", false), (FAR, "cross_site", true)] {
        let page = |method: &str| server.request(method, COOKIES).header("Origin", frontend);
        let set = page("POST").json(&json!({})).send();
        assert_eq!((set.status, set.json()["topology"].as_str()), (201, Some(topology)), "{}", set.text());
        assert_eq!(set.header("Access-Control-Allow-Origin"), Some(frontend));
        assert_eq!(set.headers("Set-Cookie").any(|line| line.ends_with("; Partitioned")), partitioned);
        let token = set.json()["csrf_token"].as_str().unwrap().to_owned();
        let mut jar = Jar::of(&set);
        assert_eq!(jar.get("__Host-diagnostics"), Some(token.as_str()));

        let came_back = |jar: &Jar| page("GET").header("X-CSRF-Token", &token).jar(jar).send().json();
        assert_eq!(came_back(&jar)["came_back"], json!({"profile": true, "third_party": true}));
        let forged = page("DELETE").jar(&jar).send();
        assert_eq!((forged.status, forged.problem().code), (403, "csrf_token_missing".to_owned()));
        let cleared = page("DELETE").header("X-CSRF-Token", &token).jar(&jar).send();
        assert_eq!(cleared.status, 200, "{}", cleared.text());
        jar.keep(&cleared);
        assert!(jar.is_empty(), "{jar:?}");
        assert_eq!(came_back(&jar)["came_back"], json!({"profile": false, "third_party": false}));
    }
}

#[test]
fn everybody_may_diagnose_in_development_and_admins_alone_in_production() {
    let open = Launch::new().env("CONCIERGE_ENV", "development").serve();
    let page = open.get("/diagnostics").send();
    assert_eq!((page.status, page.header("Content-Type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(page.header("Referrer-Policy"), Some("same-origin"));
    assert!(page.header("Content-Security-Policy").unwrap().contains("script-src 'self'"));
    assert!(
        page.text().contains("<h3>http://localhost:5173<span>of the API’s site</span></h3>"),
        "{}",
        page.text()
    );

    let secret = support::SECRET;
    let closed = public().env("CONCIERGE_ENV", "production").set("TOKENS__SECRET", secret).serve();
    for path in ["/diagnostics", "/diagnostics/origins", COOKIES] {
        assert_eq!(closed.get(path).send().problem().code, "token_missing", "{path}");
    }
    assert_eq!(closed.post(COOKIES).header("Origin", NEAR).send().status, 401);
    let script = closed.get("/diagnostics.js").header("Origin", "https://evil.example").send();
    assert_eq!((script.status, script.header("Cross-Origin-Resource-Policy")), (200, Some("cross-origin")));
    let member = closed.register("alice")["tokens"]["access_token"].as_str().unwrap().to_owned();
    assert_eq!(closed.get("/diagnostics").bearer(member).send().problem().code, "forbidden");
    let admin = admin(closed);
    assert_eq!(admin.get("/diagnostics").send().status, 200);
    assert_eq!(admin.get("/diagnostics/origins").send().status, 200);
}

/// A server at which alice administers.
struct Administered {
    server: Server,
    token: String,
}

impl Administered {
    fn get(&self, path: &str) -> support::Request {
        self.server.get(path).bearer(&self.token)
    }
}

/// Makes alice, who is registered, an admin.
fn admin(server: Server) -> Administered {
    let launch = server.stop();
    assert_eq!(launch.run(&["users", "promote", "alice"]).code(), 0);
    let server = launch.serve();
    let form = json!({"username": "alice", "password": PASSWORD, "delivery": "body"});
    let body = server.post("/auth/login").json(&form).send().json();
    Administered { server, token: body["tokens"]["access_token"].as_str().unwrap().to_owned() }
}

#[test]
fn counters_tell_refused_origins_and_cookies_that_came_back() {
    let server = public().serve();
    let form = json!({"username": "alice", "password": PASSWORD});
    let registered = server.post("/auth/register").header("Origin", FAR).json(&form).send();
    assert_eq!(registered.status, 201, "{}", registered.text());
    server.get("/secure").header("Origin", FAR).send();
    server.get("/secure").header("Origin", "https://evil.example").send();
    let row = |origin: &str| {
        let body = server.get("/diagnostics/origins").send().json();
        body["origins"].as_array().unwrap().iter().find(|row| row["origin"] == origin).cloned()
    };
    let expected = |answered: u64, refused: u64, set: u64, seen: u64| json!({"answered": answered, "refused": refused, "cookies_set": set, "cookies_seen": seen, "cookies_never_seen": 0});
    let of = |origin: &str, mut counters: Value| {
        counters["origin"] = json!(origin);
        Some(counters)
    };
    assert_eq!(row(FAR), of(FAR, expected(2, 0, 1, 0)));
    assert_eq!(row("https://evil.example"), of("https://evil.example", expected(0, 1, 0, 0)));
    let secure = server.get("/secure").header("Origin", FAR).jar(&Jar::of(&registered)).send();
    assert_eq!(secure.status, 200, "{}", secure.text());
    assert_eq!(row(FAR), of(FAR, expected(3, 0, 1, 1)));
}

#[test]
fn admins_are_told_of_a_request_what_the_command_line_tells() {
    let server = Launch::new().serve();
    server.register("alice");
    let Administered { server, token } = admin(server);
    for (origin, method, path, header) in [
        ("http://localhost:5174", "POST", "/auth/login", "Content-Type: application/json"),
        ("http://localhost:5173", "DELETE", "/auth/sessions", "X-CSRF-Token: abc"),
        ("https://evil.example", "GET", "/%73et-cookie", "Sec-Fetch-Site: cross-site"),
        ("http://localhost:5173", "BREW", "/nowhere", "X-Mine: 1"),
    ] {
        let (name, value) = header.split_once(": ").unwrap();
        let body = json!({"origin": origin, "method": method, "path": path, "headers": {name: value}});
        let answer = server.post("/admin/explain").bearer(&token).json(&body).send();
        assert_eq!(answer.status, 200, "{}", answer.text());
        let arguments =
            ["explain", "--json", "--origin", origin, "--method", method, "--path", path, "--header", header];
        let printed = Launch::new().run(&arguments);
        assert_eq!(printed.code(), 0, "{}", printed.stderr);
        assert_eq!(answer.json(), serde_json::from_str::<Value>(&printed.stdout).unwrap());
    }
}
