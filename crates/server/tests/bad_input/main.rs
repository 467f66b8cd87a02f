//! Whatever clients send that makes no sense: each case is a 4xx problem that says what is wrong, never a 5xx
//! and never a panic. All go to one server of the real binary, one after the other.
//!
//! To add a case, add a row to the table of its kind; a request that is no HTTP at all belongs in `raw`.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod admin;
mod bodies;
mod credentials;
mod headers;
mod paths;
mod raw;
mod row;
#[path = "../support/mod.rs"]
mod support;
mod users;

use row::Row;
use support::{Forged, Jar, Launch, SECRET, Server};

fn server() -> Server {
    Launch::new().set("TOKENS__SECRET", SECRET).set("LOG__FILTER", "info,access=debug").serve()
}

#[test]
fn every_bad_request_is_answered_with_a_problem_that_says_what_is_wrong() {
    let server = server();
    let rows: Vec<Row> = [
        bodies::rows(&server),
        users::rows(&server),
        credentials::rows(&server),
        headers::rows(&server),
        paths::rows(&server),
        admin::rows(&server),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(rows.len() >= 80, "only {} rows", rows.len());

    let faults: Vec<String> = rows.iter().filter_map(|row| row.check().err()).collect();
    assert!(faults.is_empty(), "{} of {} rows:\n{}", faults.len(), rows.len(), faults.join("\n"));
    assert_unharmed(&server);
}

#[test]
fn what_is_no_http_is_refused_and_nothing_of_it_comes_back() {
    let server = server();
    let cases = raw::cases();
    let faults: Vec<String> = cases.iter().filter_map(|case| case.check(&server).err()).collect();
    assert!(faults.is_empty(), "{} of {} cases:\n{}", faults.len(), cases.len(), faults.join("\n"));
    assert_unharmed(&server);
}

#[test]
fn bad_cookies_and_headers_beside_good_ones_do_no_harm() {
    let server = server();
    let tokens = &server.register("alice")["tokens"];
    let token = tokens["access_token"].as_str().unwrap();
    let secure = || server.get("/secure").cookie("other", b"\x80").cookie("access_token", "nonsense");
    let good = secure().cookie("access_token", token).cookie("access_token", [b'a'; 5000]);
    assert_eq!(good.send().status, 200);
    // The name is looked up in each header there is.
    assert_eq!(secure().header("Cookie", format!("=; access_token={token}")).send().status, 200);
    let expired = Forged::from(token).expired().sign();
    assert_eq!(secure().cookie("access_token", token).cookie("access_token", expired).send().status, 200);
    let basic = server.get("/secure").bearer(token).header("Authorization", "Basic YTpi");
    assert_eq!(basic.send().status, 200);
    // What a form sends whose field was left empty.
    let set = server.get("/set-cookie?lifetime=").send();
    assert_eq!(set.status, 200, "{}", set.text());
    let jar = Jar::of(&set);
    let visitor =
        server.get("/get-cookie").cookie("visitor", "nonsense").jar(&jar).cookie("visitor", b"\xff");
    assert_eq!(visitor.send().status, 200);
    // A logout succeeds whatever comes along.
    for bad in ["Bearer", "Bearer nonsense", "Bearer a b"] {
        assert_eq!(server.post("/auth/logout").header("Authorization", bad).send().status, 200, "{bad}");
    }
    let nonsense = server.post("/auth/logout").cookie("access_token", b"\xff").cookie("refresh_token", "..");
    assert_eq!(nonsense.body("{").send().status, 200);
    assert_unharmed(&server);
}

/// After all of that it still answers, nothing panicked, and nothing was our own fault.
fn assert_unharmed(server: &Server) {
    assert_eq!(server.get("/health/live").send().status, 200);
    assert_eq!(server.get("/health/ready").send().status, 200);
    // The last line of what has been asked: all others stand before it.
    server.wait_for_log("path=\"/health/ready\" status=200");
    let log = server.log();
    for sign in ["panicked", "status=5"] {
        assert!(!log.contains(sign), "the log contains {sign:?}:\n{log}");
    }
}
