//! Runs against deployments that are made up.

use concierge_origins::Origin;

use super::*;
use crate::http::{Answer, NoAnswer, Request, Silence, Transport};
use crate::support::{Fake, Zeros, answer};

const SOURCE: &str = "source = { title = 'Fetch', section = '3', url = 'https://fetch.spec.whatwg.org/' }";

fn table(rows: &[&str]) -> Table {
    let mut table = Table::default();
    for (number, row) in rows.iter().enumerate() {
        let text = format!("[[row]]\nid = 'row-{number}'\nchecks = 'Something.'\n{SOURCE}\n{row}\n");
        table.add("rows.toml", &text).unwrap();
    }
    table
}

fn run(
    rows: &[&str],
    transport: &dyn Transport,
    origin: Option<&str>,
    write: bool,
) -> Result<Report, NoReport> {
    let own = Origin::parse("https://api.example.com").unwrap();
    let origin = origin.map(|origin| Origin::parse(origin).unwrap());
    Kit { transport, entropy: &Zeros, own, origin, write }.run(&table(rows))
}

fn outcomes(report: &Report) -> Vec<String> {
    let told = |verdict: &Verdict| match &verdict.outcome {
        Outcome::Passed => "passed".to_owned(),
        Outcome::Failed { faults } => format!("failed: {}", faults[0].came),
        Outcome::Skipped { reason } => format!("skipped: {reason}"),
    };
    report.rows.iter().map(told).collect()
}

/// An API that registers everybody and lets nobody in without the cookie.
fn api(request: &Request) -> Result<Answer, NoAnswer> {
    let session = r#"{"csrf_token": "c", "session": {"id": "s"}, "tokens": {"access_token": "a", "refresh_token": "r"}}"#;
    let has_cookie =
        request.headers.iter().any(|(name, value)| name == "Cookie" && value == "__Host-access_token=t");
    Ok(match request.path.as_str() {
        "/auth/register" | "/auth/login" => {
            answer(201, &[("Set-Cookie", "__Host-access_token=t; Secure; Path=/")], session)
        }
        "/busy" => answer(429, &[], ""),
        "/secure" if has_cookie => answer(200, &[], ""),
        "/secure" => answer(401, &[], ""),
        _ => answer(404, &[], ""),
    })
}

const OPEN: &str = "request = { method = 'GET', path = '/secure' }\nexpect.status = 401";
const OF_FRONTEND: &str = "needs = ['origin']\nrequest = { method = 'GET', path = '/secure', headers = [['Origin', '{origin}']] }\nexpect.status = 401";
const OF_SESSION: &str = "needs = ['session']\nrequest = { method = 'GET', path = '/secure', headers = [['Cookie', '{cookie:access_token}']] }\nexpect.status = 200";

#[test]
fn rows_that_cannot_run_are_skipped_with_their_reason() {
    let transport = Fake::new(api);
    let about_http = "needs = ['http']\nrequest = { method = 'GET', path = '/' }\nexpect.status = 404";
    let about_siblings = about_http.replace("'http'", "'same_site'");
    let rows = [OPEN, OF_FRONTEND, OF_SESSION, about_http, &about_siblings];
    let report = run(&rows, &transport, None, false).unwrap();
    assert_eq!(
        outcomes(&report),
        [
            "passed",
            "skipped: it needs a frontend that may call: --origin",
            "skipped: it needs an account, which is made with --write alone",
            "skipped: it is about http, and the target is on https",
            "skipped: it is about a frontend on the API's own site",
        ]
    );
    assert!(report.is_success());
    assert_eq!(transport.asked.borrow().len(), 1);
    // A frontend on the site runs the last one too.
    let report = run(&rows, &Fake::new(api), Some("https://app.example.com"), false).unwrap();
    assert_eq!(outcomes(&report)[4], "passed");
}

#[test]
fn one_account_is_registered_and_its_sessions_end_with_the_run() {
    let transport = Fake::new(api);
    let report =
        run(&[OF_SESSION, OF_SESSION, OPEN], &transport, Some("https://app.example.com"), true).unwrap();
    assert_eq!(outcomes(&report), ["passed"; 3]);
    let asked: Vec<_> =
        transport.asked.borrow().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect();
    assert_eq!(
        asked,
        [
            "POST /auth/register",
            "GET /secure",
            "GET /secure",
            "GET /secure",
            "POST /auth/login",
            "DELETE /auth/sessions",
            "POST /auth/logout",
        ]
    );
    let registration = &transport.asked.borrow()[0];
    assert!(registration.headers.contains(&("Origin".to_owned(), "https://app.example.com".to_owned())));
}

#[test]
fn an_account_that_cannot_be_made_skips_what_needs_it_and_is_tried_once() {
    let closed = |request: &Request| match request.path.as_str() {
        "/auth/register" => Ok(answer(403, &[], r#"{"detail": "closed"}"#)),
        _ => api(request),
    };
    let transport = Fake::new(closed);
    let report = run(&[OF_SESSION, OF_SESSION], &transport, None, true).unwrap();
    let skipped = "skipped: it needs an account, and POST /auth/register was answered 403, \"closed\"";
    assert_eq!(outcomes(&report), [skipped, skipped]);
    assert_eq!(transport.asked.borrow().len(), 1);
    assert!(!report.is_success(), "nothing ran");
}

#[test]
fn a_row_that_is_turned_away_for_its_number_is_no_failure() {
    let busy = "request = { method = 'GET', path = '/busy' }\nexpect.status = 200";
    let limited = "request = { method = 'GET', path = '/busy' }\nexpect.status = 429";
    let report = run(&[busy, limited], &Fake::new(api), None, false).unwrap();
    assert_eq!(
        outcomes(&report),
        ["skipped: it was answered 429, too many requests; try again later", "passed"]
    );
}

#[test]
fn silence_fails_a_row_and_a_target_that_is_not_there_ends_the_run() {
    let none = |silence| move |_: &Request| Err(NoAnswer { reason: "nothing came".to_owned(), silence });
    let report = run(&[OPEN, OPEN], &Fake::new(none(Silence::Broken)), None, false).unwrap();
    assert_eq!(outcomes(&report), ["failed: nothing came"; 2]);
    for silence in [Silence::Unreachable, Silence::TooLong] {
        let transport = Fake::new(none(silence));
        assert_eq!(
            run(&[OPEN, OPEN], &transport, None, false),
            Err(NoReport::Unreachable("nothing came".to_owned()))
        );
        assert_eq!(transport.asked.borrow().len(), 1);
    }
}

#[test]
fn a_target_that_falls_silent_ends_the_run_with_a_sentence() {
    let falls_silent = |request: &Request| match request.path.as_str() {
        "/busy" => Err(NoAnswer { reason: "nothing came".to_owned(), silence: Silence::TooLong }),
        _ => api(request),
    };
    let busy = OPEN.replace("/secure", "/busy");
    let transport = Fake::new(falls_silent);
    let ended = run(&[OPEN, &busy, &busy, &busy, &busy, OPEN], &transport, None, false);
    let sentence = "3 requests in a row had no answer: nothing came";
    assert_eq!(ended, Err(NoReport::Unreachable(sentence.to_owned())));
    assert_eq!(transport.asked.borrow().len(), 4);
}

#[test]
fn what_comes_first_sets_cookies_for_what_follows() {
    let row = "before = [{ method = 'POST', path = '/auth/login' }]\n\
               request = { method = 'GET', path = '/secure', headers = [['Cookie', '{cookie:access_token}']] }\nexpect.status = 200";
    assert_eq!(outcomes(&run(&[row], &Fake::new(api), None, false).unwrap()), ["passed"]);
    let failing = row.replace("/auth/login", "/nowhere");
    let report = run(&[&failing], &Fake::new(api), None, false).unwrap();
    assert_eq!(outcomes(&report), ["skipped: what comes first, POST /nowhere, was answered 404"]);
}

#[test]
fn a_report_tells_each_failure_on_one_line_and_the_totals_last() {
    let wrong = OPEN.replace("401", "204");
    let report = run(&[OPEN, &wrong, OF_FRONTEND], &Fake::new(api), None, false).unwrap();
    assert_eq!(
        report.to_string(),
        "FAILED  row-1: expected status 204; came 401 [Fetch, 3: https://fetch.spec.whatwg.org/]\n\
         skipped 1: it needs a frontend that may call: --origin\n\
         https://api.example.com: 1 passed, 1 failed, 1 skipped\n"
    );
    assert!(!report.is_success());
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["totals"], serde_json::json!({"passed": 1, "failed": 1, "skipped": 1}));
    assert_eq!(json["rows"][1]["outcome"], "failed");
    assert_eq!(json["rows"][1]["faults"][0]["expected"], "status 204");
}

#[test]
fn a_frontend_that_may_not_call_is_told_in_one_sentence_before_any_row_fails_for_it() {
    let closed = |request: &Request| match request.method.as_str() {
        "OPTIONS" => Ok(answer(403, &[], r#"{"code": "origin_not_allowed"}"#)),
        _ => api(request),
    };
    let transport = Fake::new(closed);
    let ended = run(&[OPEN, OF_FRONTEND], &transport, Some("https://app.example.org"), false).unwrap_err();
    let sentence = "https://app.example.org may not call https://api.example.com: add it to the target's origins.allowed";
    assert_eq!((ended.to_string().as_str(), transport.asked.borrow().len()), (sentence, 1));
    // Rows that need no frontend do not mind.
    let report = run(&[OPEN], &Fake::new(closed), Some("https://app.example.org"), false).unwrap();
    assert_eq!(outcomes(&report), ["passed"]);
    // A refusal of somebody else's is for the rows to judge.
    let other = |request: &Request| match request.method.as_str() {
        "OPTIONS" => Ok(answer(403, &[], "<html>")),
        _ => api(request),
    };
    let report = run(&[OF_FRONTEND], &Fake::new(other), Some("https://app.example.org"), false).unwrap();
    assert_eq!(outcomes(&report), ["passed"]);
}
