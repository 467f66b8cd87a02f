//! `concierge doctor --live`: a deployment that is well, and proxies that break it, each of which is named.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod proxy;
#[path = "../support/mod.rs"]
mod support;

use proxy::{Heads, Proxy, SilentPort};
use serde_json::Value;
use support::{Launch, Server};

const FRONTEND: &str = "http://localhost:5173";

/// What `doctor --live` finds at a port of this machine: its exit code, and the troubles by code.
fn troubles(port: u16) -> (i32, Vec<(String, String)>) {
    let api = format!("http://localhost:{port}");
    let finished = Launch::new().run(&["doctor", "--live", "--json", "--api", &api, "--frontend", FRONTEND]);
    let report: Value = serde_json::from_str(&finished.stdout).unwrap();
    let told = |trouble: &Value| {
        let at: Vec<_> = trouble["at"].as_array().unwrap().iter().map(|at| at.as_str().unwrap()).collect();
        let problem = trouble["problem"].as_str().unwrap();
        (trouble["code"].as_str().unwrap().to_owned(), format!("{}: {problem}", at.join(", ")))
    };
    let troubles = report["frontends"][0]["live"]["troubles"].as_array().unwrap().iter().map(told).collect();
    (finished.code(), troubles)
}

/// Expects exactly these troubles behind a proxy, and `words` in what is told of the first.
#[track_caller]
fn assert_named(
    break_it: impl Fn(&mut Heads) + Send + Sync + 'static,
    code: i32,
    names: &[&str],
    words: &str,
) {
    let server = Server::spawn();
    let proxy = Proxy::start(server.address(), break_it);
    let (found, troubles) = troubles(proxy.port());
    let codes: Vec<_> = troubles.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!((found, codes.as_slice()), (code, names), "{troubles:#?}");
    assert!(troubles.is_empty() || troubles[0].1.contains(words), "{troubles:#?}");
}

#[test]
fn a_server_that_is_asked_directly_is_well() {
    let server = Server::spawn();
    assert_eq!(troubles(server.address().port()), (0, vec![]));
    let api = format!("http://localhost:{}", server.address().port());
    let words = Launch::new().run(&["doctor", "--live", "--api", &api, "--frontend", FRONTEND]);
    assert!(words.stdout.contains("as this page makes them: all is as it should be"), "{}", words.stdout);
}

#[test]
fn a_proxy_that_changes_nothing_is_no_trouble() {
    assert_named(|_| {}, 0, &[], "");
}

#[test]
fn a_proxy_without_vary_is_doubtful() {
    assert_named(|heads| heads.remove("vary"), 0, &["no_vary"], "have the proxy leave Vary alone");
}

#[test]
fn a_proxy_with_cors_headers_of_its_own_is_named() {
    let words = "Access-Control-Allow-Origin stands there 2 times";
    assert_named(
        |heads| heads.add("Access-Control-Allow-Origin", FRONTEND),
        1,
        &["duplicated_header"],
        words,
    );
    let star = |heads: &mut Heads| {
        heads.remove("access-control-allow-origin");
        heads.add("Access-Control-Allow-Origin", "*");
    };
    assert_named(star, 1, &["shared_with_other"], "is `*` and not the page's origin");
}

#[test]
fn a_proxy_that_answers_preflights_itself_is_named() {
    let words = "OPTIONS /auth/login, OPTIONS /auth/sessions: an answer that concierge did not make: 405 where 204 was \
                 expected; it came from `nginx/1.26`; have it pass OPTIONS on to the API";
    let refuse = |heads: &mut Heads| {
        if heads.method() == "OPTIONS" {
            heads.replace(405, "Server: nginx/1.26\r\nContent-Type: text/html\r\n");
        }
    };
    assert_named(refuse, 1, &["foreign_answer"], words);
}

#[test]
fn a_proxy_whose_own_limit_of_bodies_comes_first_is_named() {
    let limit = |heads: &mut Heads| {
        if heads.status() == 413 {
            heads.replace(413, "Server: caddy\r\nContent-Type: text/html\r\n");
        }
    };
    let words = "an answer of 413 that concierge did not make; it came from `caddy`; have it take bodies of more than 1 MiB";
    assert_named(limit, 1, &["foreign_answer"], words);
}

#[test]
fn a_proxy_that_drops_set_cookie_is_named() {
    let names = ["cookie_lost", "cookie_lost", "cookie_lost", "cookie_lost"];
    assert_named(|heads| heads.remove("set-cookie"), 1, &names, "the answer sets no access_token");
}

#[test]
fn a_proxy_that_rewrites_cookies_is_named() {
    let rewrite = |heads: &mut Heads| heads.rewrite("set-cookie", "SameSite=Lax", "SameSite=Strict");
    assert_named(
        rewrite,
        1,
        &["cookie_changed"; 4],
        "came as `access_token=…; HttpOnly; SameSite=Strict; Path=/`",
    );
}

#[test]
fn a_proxy_that_drops_cookies_on_their_way_in_is_named() {
    let server = Server::spawn();
    let proxy = Proxy::start_changing_requests(server.address(), |heads| heads.remove("cookie"));
    let (code, troubles) = troubles(proxy.port());
    assert_eq!((code, troubles.len(), troubles[0].0.as_str()), (1, 1, "cookie_not_returned"), "{troubles:?}");
}

#[test]
fn a_cache_that_gives_one_origins_answer_to_another_is_named() {
    let server = Server::spawn();
    let proxy = Proxy::start_caching(server.address());
    let (code, troubles) = troubles(proxy.port());
    let codes: Vec<_> = troubles.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!((code, codes.as_slice()), (1, &["shared_copy"][..]), "{troubles:#?}");
    assert!(troubles[0].1.starts_with("GET /.well-known/jwks.json: "), "{troubles:#?}");
}

#[test]
fn a_redirect_is_named_with_where_it_leads() {
    let redirect =
        |heads: &mut Heads| heads.replace(301, "Server: nginx\r\nLocation: https://api.example.com/x\r\n");
    assert_named(redirect, 1, &["redirected"], "redirected to https://api.example.com/x");
}

#[test]
fn an_answer_from_a_store_and_a_lost_request_id_are_doubtful() {
    let cached = |heads: &mut Heads| {
        heads.remove("x-request-id");
        heads.add("Age", "7");
    };
    assert_named(cached, 0, &["from_cache", "request_id_lost"], "`Age: 7`");
}

#[test]
fn an_origin_that_the_running_api_does_not_know_is_told_once() {
    let server = Launch::new().set("ORIGINS__ALLOWED", "https://app.example.com").serve();
    let (code, troubles) = troubles(server.address().port());
    assert_eq!((code, troubles.len(), troubles[0].0.as_str()), (1, 1, "unknown_origin"), "{troubles:?}");
}

#[test]
fn where_nobody_listens_one_sentence_says_so() {
    let silent = SilentPort::take();
    let (code, troubles) = troubles(silent.number());
    assert_eq!((code, troubles.len(), troubles[0].0.as_str()), (1, 1, "unreachable"), "{troubles:?}");
    assert!(troubles[0].1.contains("nothing answers at"), "{troubles:?}");
}
