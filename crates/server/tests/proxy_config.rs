//! A real nginx with the configuration that `concierge proxy-config` prints, before an API that lives on another site.

mod support;

use std::net::SocketAddr;

use concierge_test_servers::{NGINX, on_a_free_port};
use serde_json::json;
use support::{Front, Jar, Launch, PASSWORD, Request, Response, Server, advised, printed};

/// Another site than the frontend's, which is 127.0.0.1.
const PUBLIC_URL: &str = "http://api.example.org";

/// An API, and the proxy before it. The proxy stops first.
struct Deployment {
    _front: Front,
    api: Server,
    address: SocketAddr,
    frontend: String,
}

/// `None` where there is no nginx and none can be installed, which has been said.
fn deploy() -> Option<Deployment> {
    let nginx = NGINX.find()?;
    Some(on_a_free_port(|port| {
        let frontend = format!("http://127.0.0.1:{port}");
        let launch = Launch::new().set("SERVER__PUBLIC_URL", PUBLIC_URL).set("ORIGINS__ALLOWED", "");
        // The API follows the advice, and nothing else makes the frontend known to it.
        let advice = printed(&launch, &frontend, &["http://127.0.0.1:1".to_owned()]);
        let api = advised(launch.clone(), &advice).serve();
        let front =
            Front::start(&nginx, &printed(&launch, &frontend, &[format!("http://{}", api.address())]), "")?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Ok(Deployment { _front: front, api, address, frontend })
    }))
}

impl Deployment {
    /// What a page of the frontend sends: browsers add `Origin` to all but simple reads.
    fn page(&self, method: &str, target: &str) -> Request {
        let request = Request::new(self.address, method, target).header("Sec-Fetch-Site", "same-origin");
        if method == "GET" { request } else { request.header("Origin", &self.frontend) }
    }

    fn register(&self) -> Response {
        let form = json!({"username": "alice", "password": PASSWORD});
        self.page("POST", "/auth/register").json(&form).send()
    }
}

/// Every cookie of an answer is the frontend's own: first-party, and of no other host.
fn assert_first_party(response: &Response) {
    let cookies: Vec<_> = response.headers("Set-Cookie").collect();
    assert!(!cookies.is_empty(), "{response:?}");
    for cookie in cookies {
        assert!(cookie.contains("; SameSite=Lax"), "{cookie}");
        assert!(!cookie.contains("Domain") && !cookie.contains("Partitioned"), "{cookie}");
    }
}

#[test]
fn a_session_lives_through_the_proxy_with_cookies_of_the_frontends_own() {
    let Some(deployed) = deploy() else { return };
    let registered = deployed.register();
    assert_eq!(registered.status, 201, "{}", registered.text());
    assert_first_party(&registered);
    assert_eq!(registered.header("Access-Control-Allow-Origin"), Some(&*deployed.frontend));
    let mut jar = Jar::of(&registered);

    let secure = deployed.page("GET", "/secure").jar(&jar).send();
    assert_eq!((secure.status, secure.json()["message"].as_str()), (200, Some("Hello, alice!")));
    let without_token = deployed.page("POST", "/auth/refresh").jar(&jar).without("X-CSRF-Token").send();
    assert_eq!(without_token.problem().code, "csrf_token_missing");
    let refreshed = deployed.page("POST", "/auth/refresh").jar(&jar).send();
    assert_eq!(refreshed.status, 201, "{}", refreshed.text());
    assert_first_party(&refreshed);
    jar.keep(&refreshed);

    let left = deployed.page("POST", "/auth/logout").jar(&jar).send();
    assert_eq!(left.status, 200, "{}", left.text());
    let kept = jar.clone();
    jar.keep(&left);
    assert!(jar.is_empty(), "{jar:?}");
    assert_eq!(deployed.page("GET", "/secure").jar(&kept).send().problem().code, "session_ended");
}

#[test]
fn a_visitor_is_known_through_the_proxy() {
    let Some(deployed) = deploy() else { return };
    let set = deployed.page("GET", "/set-cookie?lifetime=browser").send();
    assert_eq!(set.status, 200, "{}", set.text());
    assert_first_party(&set);
    let jar = Jar::of(&set);
    assert_eq!(deployed.page("GET", "/get-cookie").jar(&jar).send().status, 200);
    assert_eq!(deployed.page("GET", "/get-cookie").send().problem().code, "no_cookie");
}

#[test]
fn a_strangers_page_is_refused_through_the_proxy_too() {
    let Some(deployed) = deploy() else { return };
    let stranger = "https://evil.example";
    let form = json!({"username": "alice", "password": PASSWORD});
    let login =
        Request::new(deployed.address, "POST", "/auth/login").header("Origin", stranger).json(&form).send();
    assert_eq!(login.problem().code, "origin_not_allowed");
    let preflight = Request::new(deployed.address, "OPTIONS", "/auth/login").header("Origin", stranger);
    let preflight = preflight.header("Access-Control-Request-Method", "POST").send();
    assert_eq!((preflight.status, preflight.header("Access-Control-Allow-Origin")), (403, None));
}

#[test]
fn large_bodies_odd_paths_and_request_ids_pass_as_they_are() {
    let Some(deployed) = deploy() else { return };
    let large = json!({"name": "a".repeat(2 << 20)}).to_string();
    let refused = deployed.page("POST", "/greet").header("X-Request-Id", "mine-7").json_text(large).send();
    assert_eq!((refused.status, refused.problem().code.as_str()), (413, "payload_too_large"));
    assert_eq!(refused.header("Access-Control-Allow-Origin"), Some(&*deployed.frontend));
    assert_eq!(refused.header("X-Request-Id"), Some("mine-7"));

    let long_cookie = "x".repeat(20_000);
    let greeted = deployed
        .page("POST", "/greet")
        .cookie("of_the_frontend", long_cookie)
        .json(&json!({"name": "Alice"}));
    assert_eq!(greeted.send().status, 200);
    assert_eq!(deployed.page("GET", "/auth/no%2Fsuch%2Fpath").send().problem().code, "not_found");
    assert_eq!(deployed.page("GET", "/health/ready").send().status, 200);
    assert_eq!(deployed.page("GET", "/.well-known/jwks.json").send().status, 200);
    let of_the_frontend = deployed.page("GET", "/about").send();
    assert!(of_the_frontend.check_problem().is_err(), "the frontend's own paths stay its own");
}

#[test]
fn the_api_is_told_the_clients_address_and_nothing_that_a_client_made_up() {
    let Some(deployed) = deploy() else { return };
    let form = json!({"username": "alice", "password": PASSWORD});
    let register = deployed.page("POST", "/auth/register").header("X-Forwarded-For", "203.0.113.9");
    let jar = Jar::of(&register.json(&form).send());
    let sessions = deployed.page("GET", "/auth/sessions").jar(&jar).send().json();
    assert_eq!(sessions["sessions"][0]["address"], "127.0.0.1", "{sessions}");
    // Without the proxy the API believes the header, as this connection comes from where the proxy would be.
    let direct = deployed.api.post("/auth/login").header("X-Forwarded-For", "203.0.113.9").json(&form).send();
    let sessions = deployed.api.get("/auth/sessions").jar(&Jar::of(&direct)).send().json();
    assert_eq!(sessions["sessions"][0]["address"], "203.0.113.9", "{sessions}");
}

#[test]
fn what_cannot_be_printed_is_refused_with_what_to_do() {
    let launch = Launch::new();
    let nonsense = launch.run(&["proxy-config", "--for", "nginx", "--frontend", "https://app.example.com/"]);
    assert_eq!(nonsense.code(), 2);
    assert!(nonsense.stderr.contains("write `https://app.example.com`"), "{}", nonsense.stderr);
    let nowhere = launch.run(&["proxy-config", "--for", "vite"]);
    assert_eq!(nowhere.code(), 1);
    assert!(nowhere.stderr.contains("add --upstream http://127.0.0.1:PORT"), "{}", nowhere.stderr);
    let public = launch.set("SERVER__PUBLIC_URL", "https://api.example.org");
    let vercel = public.run(&["proxy-config", "--for", "vercel", "--frontend", "https://app.example.com"]);
    assert_eq!(vercel.code(), 0, "{}", vercel.stderr);
    assert!(vercel.stdout.starts_with("{\n") && vercel.stderr.contains("vercel.json"), "{}", vercel.stdout);
}
