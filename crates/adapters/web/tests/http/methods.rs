//! Which methods a path knows: HEAD wherever GET, and `Allow` where it knows another.

use std::collections::BTreeSet;

use actix_web::http::Method;
use actix_web::test::TestRequest;

use crate::support::{Answer, World, cookies};

/// Every path with its methods.
const PATHS: [(&str, &[&str]); 27] = [
    ("/greet", &["POST"]),
    ("/set-cookie", &["GET", "HEAD"]),
    ("/get-cookie", &["GET", "HEAD"]),
    ("/delete-cookie", &["GET", "HEAD"]),
    ("/auth/register", &["POST"]),
    ("/auth/login", &["POST"]),
    ("/auth/refresh", &["POST"]),
    ("/auth/logout", &["POST"]),
    ("/auth/session", &["GET", "HEAD"]),
    ("/auth/csrf", &["GET", "HEAD"]),
    ("/auth/sessions", &["GET", "HEAD", "DELETE"]),
    ("/auth/sessions/x", &["DELETE"]),
    ("/auth/password", &["PUT"]),
    ("/admin/events", &["GET", "HEAD"]),
    ("/secure", &["GET", "HEAD"]),
    ("/admin/users", &["GET", "HEAD"]),
    ("/admin/users/x", &["PATCH"]),
    ("/admin/users/x/sessions", &["DELETE"]),
    ("/admin/explain", &["POST"]),
    ("/diagnostics", &["GET", "HEAD"]),
    ("/diagnostics.js", &["GET", "HEAD"]),
    ("/diagnostics/style.css", &["GET", "HEAD"]),
    ("/diagnostics/origins", &["GET", "HEAD"]),
    ("/diagnostics/cookies", &["GET", "HEAD", "POST", "DELETE"]),
    ("/health/live", &["GET", "HEAD"]),
    ("/health/ready", &["GET", "HEAD"]),
    ("/.well-known/jwks.json", &["GET", "HEAD"]),
];

fn request(method: &str, path: &str) -> TestRequest {
    TestRequest::default().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path)
}

/// Everything about an answer's head that is the same every time.
fn head(answer: &Answer) -> (u16, BTreeSet<(String, String)>) {
    let changing = ["x-request-id", "set-cookie", "content-length"];
    let kept = answer.headers.iter().filter(|(name, _)| !changing.contains(&name.as_str()));
    let lines = kept.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (answer.status.as_u16(), lines)
}

#[actix_web::test]
async fn head_is_answered_as_get_is_wherever_get_is() {
    let api = World::with_alice().api().await;
    let tokens = api.log_in().await;
    for (path, _) in PATHS.iter().filter(|(_, methods)| methods.contains(&"GET")) {
        for jar in [vec![], vec![("access_token", tokens.access.as_str())]] {
            let got = api.ask(cookies(request("GET", path), &jar)).await;
            let asked = api.ask(cookies(request("HEAD", path), &jar)).await;
            assert_eq!(head(&asked), head(&got), "{path}");
            assert_eq!(asked.set_cookies().len(), got.set_cookies().len(), "{path}");
        }
    }
}

#[actix_web::test]
async fn a_method_that_a_path_does_not_know_is_answered_with_those_it_knows() {
    let api = World::with_alice().api().await;
    for (path, known) in PATHS {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            let answer = api.ask(request(method, path)).await;
            if known.contains(&method) {
                assert_ne!(answer.status, 405, "{method} {path}");
                continue;
            }
            answer.assert_problem(405, "method_not_allowed");
            let allowed: BTreeSet<_> = answer.header("allow").unwrap().split(',').map(str::trim).collect();
            assert_eq!(allowed, known.iter().copied().collect(), "{method} {path}");
        }
    }
}

#[actix_web::test]
async fn a_path_that_does_not_exist_is_a_404_for_every_method() {
    let api = World::new().api().await;
    for method in ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "BREW"] {
        for path in ["/", "/nowhere", "/auth", "/auth/", "/greet/", "/secure/x", "/%00", "/%ff"] {
            api.ask(request(method, path)).await.assert_problem(404, "not_found");
        }
    }
}
