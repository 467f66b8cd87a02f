//! Paths, methods and queries that lead nowhere.

use super::row::{Row, row};
use super::support::Server;

const NOTHING: (u16, &str, &str) = (404, "not_found", "There is nothing at this path");
const NO_METHOD: (u16, &str, &str) = (405, "method_not_allowed", "does not know that method");
const NO_LIFETIME: (u16, &str, &str) =
    (400, "invalid_lifetime", "use 'browser' or a number of seconds from 1 to 31536000");

pub(crate) fn rows(server: &Server) -> Vec<Row> {
    [paths(server), methods(server), lifetimes(server)].into_iter().flatten().collect()
}

fn paths(server: &Server) -> Vec<Row> {
    let get = |target: &str| server.get(target);
    let endless = format!("/{}", "p".repeat(10_000));
    vec![
        row("the root", get("/"), NOTHING),
        row("an unknown path", get("/nowhere"), NOTHING),
        row("a path in capitals", get("/SECURE"), NOTHING),
        row("a slash behind a path", get("/secure/"), NOTHING),
        row("a slash before a path", get("//secure"), NOTHING),
        row("a way up", get("/../../etc/passwd"), NOTHING),
        row("an escaped way up", get("/%2e%2e/%2e%2e/etc/passwd"), NOTHING),
        row("an escaped NUL", get("/secure%00"), NOTHING),
        row("escaped bytes that are no UTF-8", get("/%ff%fe"), NOTHING),
        row("escapes that are none", get("/%zz%"), NOTHING),
        row("escaped line breaks", get("/x%0d%0aSet-Cookie:%20a=b"), NOTHING).never_repeats("Set-Cookie"),
        row("a path of 10000 characters", get(&endless), NOTHING).never_repeats(&endless[..100]),
        row("a path below a route", server.post("/auth/login/x").json_text("{}"), NOTHING),
        row("a body for nobody", server.post("/nowhere").json_text("{"), NOTHING),
        row("the asterisk", server.request("OPTIONS", "*"), NOTHING),
    ]
}

fn methods(server: &Server) -> Vec<Row> {
    let request = |method: &str, target: &str| server.request(method, target);
    vec![
        row("GET a greeting", request("GET", "/greet"), NO_METHOD),
        row("PUT a greeting", request("PUT", "/greet").json_text("{}"), NO_METHOD),
        row("ask for options without an origin", request("OPTIONS", "/greet"), NO_METHOD),
        row("GET a login", request("GET", "/auth/login"), NO_METHOD),
        row("GET a registration", request("GET", "/auth/register"), NO_METHOD),
        row("GET a refresh", request("GET", "/auth/refresh"), NO_METHOD),
        row("GET a logout", request("GET", "/auth/logout"), NO_METHOD),
        row("POST a session", request("POST", "/auth/session"), NO_METHOD),
        row("POST for a CSRF token", request("POST", "/auth/csrf"), NO_METHOD),
        row("DELETE what is secure", request("DELETE", "/secure"), NO_METHOD),
        row("POST for a cookie", request("POST", "/set-cookie"), NO_METHOD),
        row("DELETE a cookie", request("DELETE", "/delete-cookie"), NO_METHOD),
        row("PATCH a cookie", request("PATCH", "/get-cookie"), NO_METHOD),
        row("POST a user", request("POST", "/admin/users").json_text("{}"), NO_METHOD),
        row("GET a user", request("GET", "/admin/users/x"), NO_METHOD),
        row("GET a user's sessions", request("GET", "/admin/users/x/sessions"), NO_METHOD),
        row("GET an explanation", request("GET", "/admin/explain"), NO_METHOD),
        row("POST for diagnostics", request("POST", "/diagnostics").json_text("{}"), NO_METHOD),
        row("DELETE counters", request("DELETE", "/diagnostics/origins"), NO_METHOD),
        row("PUT a probe", request("PUT", "/diagnostics/cookies"), NO_METHOD),
        row("POST health", request("POST", "/health/live"), NO_METHOD),
        row("POST readiness", request("POST", "/health/ready"), NO_METHOD),
        row("TRACE", request("TRACE", "/secure").header("X-Secret", "mirabelle"), NO_METHOD)
            .never_repeats("mirabelle"),
        row("a method nobody knows", request("BREW", "/secure"), NO_METHOD),
        row("a method in lower case", request("get", "/secure"), NO_METHOD),
    ]
}

fn lifetimes(server: &Server) -> Vec<Row> {
    let set = |query: &str| server.get(&format!("/set-cookie?{query}"));
    vec![
        row("a lifetime of 0", set("lifetime=0"), NO_LIFETIME),
        row("a lifetime below 0", set("lifetime=-1"), NO_LIFETIME),
        row("a lifetime of a year and a second", set("lifetime=31536001"), NO_LIFETIME),
        row("a lifetime beyond all numbers", set(&format!("lifetime={}", "9".repeat(10_000))), NO_LIFETIME),
        row("half a lifetime", set("lifetime=1.5"), NO_LIFETIME),
        row("a lifetime in capitals", set("lifetime=BROWSER"), NO_LIFETIME),
        row("a lifetime with a plus", set("lifetime=%2B5"), NO_LIFETIME),
        row("a lifetime that is no UTF-8", set("lifetime=%ff"), NO_LIFETIME),
        row("a lifetime with line breaks", set("lifetime=5%0d%0aSet-Cookie:a=b"), NO_LIFETIME)
            .never_repeats("Set-Cookie"),
        row("two lifetimes", set("lifetime=5&lifetime=6"), NO_LIFETIME),
        row("the same lifetime twice", set("lifetime=5&lifetime=5"), NO_LIFETIME),
        row("10000 lifetimes", set(&"lifetime=5&".repeat(5000)), NO_LIFETIME),
    ]
}
