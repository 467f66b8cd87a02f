use super::*;
use crate::{Origin, parse_list};

const APP: &str = "https://app.example.com";
const ALIAS: &str = "https://api.example.org";

fn explain(method: &str, route: RouteKind, headers: &[(&str, &str)]) -> Explanation {
    let own = Origin::parse("https://api.example.com").unwrap();
    let alias = Origin::parse(ALIAS).unwrap();
    let registry = Registry::new(vec![own, alias], parse_list(APP).unwrap());
    let policy = CorsPolicy { open_public_routes: true, reject_unknown_origins: false };
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let inquiry = Inquiry { method, route, wants_csrf_token: true, headers: &headers };
    inquiry.explain(&registry, policy, &["X-Mine".to_owned()])
}

#[track_caller]
fn assert_ends(explanation: &Explanation, rule: Rule, outcome: Outcome, saying: &str) {
    let last = explanation.steps.last().unwrap();
    assert_eq!((last.rule, explanation.outcome), (rule, outcome), "{explanation:#?}");
    assert!(last.because.contains(saying), "{}", last.because);
}

#[test]
fn a_request_of_an_allowed_page_passes_every_rule() {
    let json = ("Content-Type", "application/json");
    let explained = explain("POST", RouteKind::Ordinary, &[("Origin", APP), json, ("X-Mine", "1")]);
    let rules: Vec<_> = explained.steps.iter().map(|step| (step.rule.as_str(), step.passes)).collect();
    let expected = ["origin", "preflight", "cors", "csrf_origin", "csrf_token"].map(|rule| (rule, true));
    assert_eq!(rules, expected);
    assert_eq!(
        explained.steps[1].because,
        "a browser asks first because of Content-Type, X-Mine, and may go on"
    );
    assert_ends(&explained, Rule::CsrfToken, Outcome::Answered, "csrf_token_missing");
}

#[test]
fn what_stops_a_request_is_the_last_that_is_told_and_says_what_to_do() {
    use Outcome::{Answered, AnsweredUnread, NotSent, Refused};
    let json = ("Content-Type", "application/json");
    let slip = ("Origin", "http://app.example.com");
    for (method, route, headers, rule, outcome, saying) in [
        (
            "POST",
            RouteKind::Ordinary,
            &[slip, json][..],
            Rule::Preflight,
            NotSent,
            "did you mean https://app.",
        ),
        ("POST", RouteKind::Ordinary, &[slip], Rule::CsrfOrigin, Refused, "add it to origins.allowed"),
        ("GET", RouteKind::Ordinary, &[slip], Rule::CsrfToken, AnsweredUnread, "needs no CSRF token"),
        ("patch", RouteKind::Ordinary, &[("Origin", APP)], Rule::Preflight, NotSent, "does not find patch"),
        ("put", RouteKind::Ordinary, &[("Origin", APP)], Rule::CsrfToken, Answered, "csrf_token_missing"),
        ("get", RouteKind::Ordinary, &[("Origin", APP)], Rule::CsrfToken, Answered, "needs no CSRF token"),
        ("Trace", RouteKind::Ordinary, &[("Origin", APP)], Rule::Preflight, NotSent, "fetch throws"),
        (
            "GET",
            RouteKind::Ordinary,
            &[("Origin", APP), ("X-Other", "")],
            Rule::Preflight,
            NotSent,
            "cors.extra",
        ),
        (
            "POST",
            RouteKind::Public,
            &[("Origin", "null"), json, ("X-Other", "")],
            Rule::CsrfToken,
            Answered,
            "",
        ),
        (
            "POST",
            RouteKind::Ordinary,
            &[("Sec-Fetch-Site", "same-site")],
            Rule::CsrfOrigin,
            Refused,
            "allowed origin",
        ),
        ("GET", RouteKind::ChangesWhenRead, &[("Origin", "null")], Rule::CsrfOrigin, Refused, "sandboxed"),
        (
            "DELETE",
            RouteKind::Ordinary,
            &[("authorization", "bearer x")],
            Rule::CsrfToken,
            Answered,
            "a Bearer",
        ),
        (
            "DELETE",
            RouteKind::Ordinary,
            &[("X-CSRF-Token", "x")],
            Rule::CsrfToken,
            Answered,
            "of that session",
        ),
    ] {
        assert_ends(&explain(method, route, headers), rule, outcome, saying);
    }
}

#[test]
fn between_two_of_the_apis_own_origins_a_browser_asks_as_between_any() {
    let told = |headers: &[(&str, &str)]| {
        let headers = [&[("X-Other", "1")][..], headers].concat();
        explain("PUT", RouteKind::Ordinary, &headers).steps[1].because.clone()
    };
    let own = ("Origin", "https://api.example.com");
    let alias = ("Origin", ALIAS);
    for headers in [
        &[own][..],
        &[own, ("Host", "api.example.com")],
        &[alias, ("Host", "API.example.org:443")],
        &[alias, ("Sec-Fetch-Site", "same-origin")],
    ] {
        assert!(told(headers).contains("does not ask"), "{headers:?} {}", told(headers));
    }
    for headers in [&[alias][..], &[own, ("Host", "api.example.org")], &[alias, ("Host", "unknown.example")]]
    {
        assert!(told(headers).contains("does not find X-Other"), "{headers:?} {}", told(headers));
    }
}

#[test]
fn a_preflight_is_explained_as_one() {
    let asks = ("Access-Control-Request-Method", "PUT");
    let allowed = explain("OPTIONS", RouteKind::Ordinary, &[("Origin", APP), asks]);
    assert_ends(&allowed, Rule::Cors, Outcome::Answered, "with credentials");
    let refused = explain("OPTIONS", RouteKind::Ordinary, &[("Origin", "https://evil.example"), asks]);
    assert_ends(&refused, Rule::Cors, Outcome::Refused, "not listed");
}
