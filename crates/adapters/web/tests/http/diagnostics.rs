//! `/diagnostics`: the page, the script, the probes and the counters.

use actix_web::test::TestRequest;
use concierge_web::DiagnosticsAccess;
use serde_json::{Value, json};

use crate::support::administration::by;
use crate::support::{
    Answer, Api, FRONTEND, OWN, PREVIEW, STRANGER, Tokens, World, cookies, credentials, get, post, post_json,
    preflight, with_csrf,
};

const COOKIES: &str = "/diagnostics/cookies";

fn delete(path: &str) -> TestRequest {
    TestRequest::delete().uri(path)
}

/// The counters of an origin: answered, refused; cookies set, seen and never seen.
async fn counters(api: &Api, origin: &str) -> Option<[u64; 5]> {
    let body = api.ask(get("/diagnostics/origins")).await.json();
    let row = body["origins"].as_array().unwrap().iter().find(|row| row["origin"] == origin).cloned()?;
    let names = ["answered", "refused", "cookies_set", "cookies_seen", "cookies_never_seen"];
    Some(names.map(|name| row[name].as_u64().unwrap()))
}

#[actix_web::test]
async fn the_page_runs_nothing_but_its_own_script_and_can_post_to_its_own_origin() {
    let api = World::new().api().await;
    let page = api.ask(get("/diagnostics")).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(
        page.header("content-security-policy"),
        Some(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'"
        )
    );
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    assert_eq!(page.header("cross-origin-resource-policy"), Some("same-origin"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    for inline in ["<style", " style=", " onclick=", "<script>", "{{"] {
        assert!(!page.body.contains(inline), "{inline}");
    }
    for part in ["<table id=\"steps\">", FRONTEND, "https://*.preview.example.com", "/diagnostics.js"] {
        assert!(page.body.contains(part), "{part}");
    }
}

#[actix_web::test]
async fn the_script_loads_into_any_page_and_is_the_same_for_everybody() {
    let mut world = World::new();
    world.web.diagnostics = DiagnosticsAccess::Admins;
    let api = world.api().await;
    let mut bodies = Vec::new();
    for origin in [None, Some(FRONTEND), Some(STRANGER)] {
        let request = get("/diagnostics.js");
        let script = api
            .ask(match origin {
                Some(origin) => request.insert_header(("Origin", origin)),
                None => request,
            })
            .await;
        assert_eq!(script.status, 200);
        assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
        assert_eq!(script.header("cross-origin-resource-policy"), Some("cross-origin"));
        bodies.push(script.body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    for markup in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
        assert!(!bodies[0].contains(markup), "what is shown is text: {markup}");
    }
    assert_eq!(
        api.ask(get("/diagnostics/style.css")).await.header("content-type"),
        Some("text/css; charset=utf-8")
    );
}

#[actix_web::test]
async fn probes_of_the_same_site_are_set_come_back_and_are_cleared_for_the_right_token_alone() {
    let api = World::new().api().await;
    let set = api
        .ask(post(COOKIES).insert_header(("Origin", FRONTEND)).insert_header(("Host", "localhost:5000")))
        .await;
    assert_eq!(set.status, 201, "{}", set.body);
    let body = set.json();
    assert_eq!((body["topology"].as_str(), body["api"].as_str()), (Some("same_site"), Some(OWN)));
    assert_eq!(body["host_is_own"], true);
    assert_eq!(body["saw"], json!({"host": "localhost:5000", "origin": FRONTEND, "sec_fetch_site": null}));
    assert_eq!(body["cookies"][0]["line"], "diagnostics=…; HttpOnly; SameSite=Lax; Path=/; Max-Age=60");
    assert_eq!(
        body["cookies"][0]["browsers"]["chrome"],
        json!({"verdict": "kept", "code": null, "because": null})
    );
    let token = body["csrf_token"].as_str().unwrap().to_owned();
    assert_eq!(
        set.set_cookies(),
        [
            format!("diagnostics={token}; HttpOnly; SameSite=Lax; Path=/; Max-Age=60"),
            format!("diagnostics_third_party={token}; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=60"),
        ]
    );

    let came_back = async |jar: &[(&str, &str)]| {
        let asked = with_csrf(cookies(get(COOKIES), jar), &token);
        let body = api.ask(asked).await.json();
        (body["came_back"]["profile"].as_bool().unwrap(), body["came_back"]["third_party"].as_bool().unwrap())
    };
    let both = [("diagnostics", token.as_str()), ("diagnostics_third_party", token.as_str())];
    assert_eq!(came_back(&both).await, (true, true));
    assert_eq!(came_back(&both[1..]).await, (false, true));
    assert_eq!(came_back(&[]).await, (false, false));
    let older = "A".repeat(43);
    assert_eq!(
        came_back(&[("diagnostics", &older)]).await,
        (false, false),
        "one of an earlier try does not count"
    );
    let plain = api.ask(cookies(get(COOKIES), &[("diagnostics", &older)])).await.json();
    assert_eq!(plain["came_back"], json!({"profile": true, "third_party": false}));

    api.ask(cookies(delete(COOKIES), &both)).await.assert_problem(403, "csrf_token_missing");
    let wrong = with_csrf(cookies(delete(COOKIES), &both), &older);
    api.ask(wrong).await.assert_problem(403, "csrf_token_mismatch");
    api.ask(with_csrf(delete(COOKIES), &token)).await.assert_problem(403, "csrf_token_mismatch");
    let cleared = api.ask(with_csrf(cookies(delete(COOKIES), &both), &token)).await;
    assert_eq!(cleared.status, 200);
    let lines = cleared.set_cookies();
    assert!(
        lines.contains(&"diagnostics=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(
            &"diagnostics_third_party=; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=0".to_owned()
        ),
        "{lines:?}"
    );
}

#[actix_web::test]
async fn probes_have_the_attributes_and_names_that_the_origin_calls_for() {
    let mut world = World::new();
    world.own = "https://api.example.org";
    let set = world.api().await.ask(post(COOKIES).insert_header(("Origin", PREVIEW))).await;
    let token = set.json()["csrf_token"].as_str().unwrap().to_owned();
    assert_eq!(set.json()["topology"], "cross_site");
    let attributes = "HttpOnly; SameSite=None; Secure; Path=/; Max-Age=60";
    assert_eq!(
        set.set_cookies(),
        [
            format!("__Host-diagnostics={token}; {attributes}; Partitioned"),
            format!("__Host-diagnostics_third_party={token}; {attributes}"),
        ]
    );
    let safari = &set.json()["cookies"][1]["browsers"]["safari"];
    assert_eq!(
        (safari["verdict"].as_str(), safari["code"].as_str()),
        (Some("dropped"), Some("blocked_third_party"))
    );

    world.own = "http://api.example.com";
    let set = world.api().await.ask(post(COOKIES).insert_header(("Host", "10.0.0.7:5000"))).await;
    assert_eq!(set.set_cookies().len(), 1, "over http browsers drop the other one for being Secure");
    assert_eq!((&set.json()["host_is_own"], &set.json()["topology"]), (&json!(false), &json!("same_origin")));
}

#[actix_web::test]
async fn the_probes_obey_the_rules_of_every_route() {
    let api = World::new().api().await;
    let stranger = |request: TestRequest| request.insert_header(("Origin", STRANGER));
    api.ask(stranger(post(COOKIES))).await.assert_problem(403, "origin_not_allowed");
    api.ask(stranger(delete(COOKIES))).await.assert_problem(403, "origin_not_allowed");
    api.ask(stranger(preflight(COOKIES, "POST"))).await.assert_problem(403, "origin_not_allowed");
    let allowed = api.ask(preflight(COOKIES, "DELETE").insert_header(("Origin", FRONTEND))).await;
    assert_eq!(
        (allowed.status.as_u16(), allowed.header("access-control-allow-origin")),
        (204, Some(FRONTEND))
    );
}

#[actix_web::test]
async fn where_admins_alone_may_diagnose_others_get_the_script_and_no_more() {
    let mut world = World::with_alice();
    world.web.diagnostics = DiagnosticsAccess::Admins;
    let requests = |tokens: Option<&Tokens>| {
        let of = |request| match tokens {
            Some(tokens) => by(tokens, request),
            None => request,
        };
        [get("/diagnostics"), get("/diagnostics/origins"), get(COOKIES), post(COOKIES), delete(COOKIES)]
            .map(of)
    };
    let api = world.api().await;
    for request in requests(None) {
        api.ask(request).await.assert_problem(401, "token_missing");
    }
    let member = api.log_in().await;
    for request in requests(Some(&member)) {
        api.ask(request).await.assert_problem(403, "forbidden");
    }
    world.promote("alice");
    let admin = api.log_in().await;
    let mut statuses = Vec::new();
    for request in requests(Some(&admin)) {
        statuses.push(api.ask(request).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 201, 403], "only the probe's own token is missing");
}

#[actix_web::test]
async fn requests_are_counted_by_their_origin_where_cors_decides() {
    let api = World::new().api().await;
    let of = |request: TestRequest, origin: &str| request.insert_header(("Origin", origin));
    api.ask(get("/health/live")).await;
    for origin in [FRONTEND, PREVIEW, STRANGER, "null"] {
        api.ask(of(get("/health/live"), origin)).await;
        api.ask(of(preflight("/auth/login", "POST"), origin)).await;
    }
    for (origin, expected) in [
        (FRONTEND, [2, 0, 0, 0, 0]),
        (PREVIEW, [2, 0, 0, 0, 0]),
        (STRANGER, [0, 2, 0, 0, 0]),
        ("null", [0, 2, 0, 0, 0]),
    ] {
        assert_eq!(counters(&api, origin).await, Some(expected), "{origin}");
    }
    let page = api.ask(get("/diagnostics")).await;
    assert!(page.body.contains(&format!("<th scope=\"row\">{STRANGER}</th>")), "{}", page.body);
}

/// Logs alice in from a page of the frontend.
async fn log_in(api: &Api, more: Value) -> Answer {
    let answer =
        api.ask(post_json("/auth/login", &credentials(more)).insert_header(("Origin", FRONTEND))).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer
}

#[actix_web::test]
async fn the_cookies_of_a_login_are_seen_by_whatever_brings_them_back() {
    let world = World::with_alice();
    let api = world.api().await;
    let ways: [fn() -> TestRequest; 4] =
        [|| get("/secure"), || get("/auth/csrf"), || post("/auth/refresh"), || post("/auth/logout")];
    for (seen, way) in (1..).zip(ways) {
        let tokens = Tokens::of_cookies(&log_in(&api, json!({})).await);
        assert_eq!(counters(&api, FRONTEND).await.unwrap()[2..], [seen, seen - 1, 0]);
        for _ in 0..2 {
            let jar = [("access_token", &*tokens.access), ("refresh_token", &*tokens.refresh)];
            api.ask(cookies(with_csrf(way(), &tokens.csrf), &jar)).await;
        }
        assert_eq!(counters(&api, FRONTEND).await.unwrap()[2..], [seen, seen, 0]);
    }
}

#[actix_web::test]
async fn the_cookies_of_a_login_that_never_come_back_are_told_after_ten_minutes() {
    let world = World::with_alice();
    let api = world.api().await;
    let lost = Tokens::of_cookies(&log_in(&api, json!({})).await);
    // Neither a Bearer nor a client without an origin has a cookie to lose.
    api.log_in_for_body().await;
    api.log_in().await;
    world.wait(600);
    api.session(&lost.access).await;
    assert_eq!(counters(&api, FRONTEND).await, Some([1, 0, 1, 0, 1]));
}
