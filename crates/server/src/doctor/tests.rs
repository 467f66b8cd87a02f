//! Tests: what is said of which deployment, in which words.

use concierge_kernel::Timestamp;
use concierge_origins::{CookieDomain, CookieOverrides, Origin, SameSite};

use super::{Report, Subject, body, write};
use crate::settings::{Listing, Outline};

fn outline(overrides: CookieOverrides) -> Outline {
    Outline {
        own: vec![Origin::parse("https://unused.example.com").unwrap()],
        allowed: Vec::new(),
        allowed_is_compiled_in: false,
        cookies: overrides,
        faults: Vec::new(),
        other_faults: Vec::new(),
    }
}

fn examine(api: &str, frontend: &str, overrides: CookieOverrides) -> Report {
    let [api, frontend] = [api, frontend].map(|text| Origin::parse(text).unwrap());
    Report::of(&Subject::new(Some(api), vec![frontend], &outline(overrides), Timestamp::MAX))
}

fn words(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn left_alone(api: &str, frontend: &str) -> String {
    words(&examine(api, frontend, CookieOverrides::default()))
}

#[test]
fn a_frontend_of_the_same_site_gets_lax_cookies_that_all_keep() {
    let expected = "\
The API is at https://api.example.com.

https://app.example.com is of the same site as the API at https://api.example.com:
  sets     __Host-access_token=…; HttpOnly; SameSite=Lax; Secure; Path=/
  sets     __Secure-refresh_token=…; HttpOnly; SameSite=Lax; Secure; Path=/auth
  sets     __Host-csrf_token=…; SameSite=Lax; Secure; Path=/
  sets     __Host-visitor=…; HttpOnly; SameSite=Lax; Secure; Path=/
  Chrome   keeps them (tested)
  Firefox  keeps them (documented)
  Safari   keeps them (documented)

It works.
";
    assert_eq!(left_alone("https://api.example.com", "https://app.example.com"), expected);
}

#[test]
fn what_is_said_of_a_deployment() {
    for (api, frontend, expected) in [
        (
            "https://api.example.com",
            "https://app.example.org",
            &[
                "https://app.example.org is of another site than the API at https://api.example.com:",
                "sets     __Host-csrf_token=…; SameSite=None; Secure; Path=/; Partitioned",
                "Safari   keeps them, apart for each site that stands in the address bar (documented)",
                "It works.",
            ][..],
        ),
        ("https://app.example.com", "https://app.example.com", &["is the API's own origin:", "It works."]),
        (
            "http://localhost:5000",
            "http://127.0.0.1:5173",
            &[
                "sets     refresh_token=…; HttpOnly; SameSite=None; Secure; Path=/auth; Partitioned",
                "Chrome   keeps them, apart for each site",
                "Safari   drops them: browsers drop Secure cookies that come over http",
                "doubt    to browsers http://127.0.0.1:5173 and http://localhost:5000 are two sites",
                "open the page as http://localhost:5173",
                "It works, with one doubt.",
            ],
        ),
        (
            "http://api.example.com",
            "http://app.example.org",
            &[
                "Chrome   drops them: SameSite=Lax and Strict keep cookies from pages of other sites",
                "WRONG    http://app.example.org is of another site than the API at http://api.example.com",
                "serve the API over https, or both from one site",
                "It cannot work like this: see what is WRONG.",
            ],
        ),
        (
            "http://api.example.com",
            "https://app.example.com",
            &[
                "WRONG    browsers drop the cookies",
                "an https page may not call an http API; serve the API over https",
            ],
        ),
        (
            "http://api.example.com",
            "http://app.example.com",
            &[
                "doubt    http://api.example.com is http: passwords and tokens cross the network readable to anyone on",
                "It works, with one doubt.",
            ],
        ),
        (
            "https://api.example.com",
            "http://app.example.com",
            &["doubt    http://app.example.com is http: whoever is on the way", "It works, with one doubt."],
        ),
    ] {
        let words = left_alone(api, frontend);
        for expected in expected {
            assert!(words.contains(expected), "{expected}\n{words}");
        }
    }
}

#[test]
fn what_is_set_by_hand_is_judged() {
    let domain = CookieOverrides {
        domain: Some(CookieDomain::parse("other.com").unwrap()),
        ..CookieOverrides::default()
    };
    let report = examine("https://api.example.com", "https://app.example.com", domain);
    assert!(!report.works());
    let told = words(&report);
    assert!(
        told.contains(
            "sets     __Secure-visitor=…; HttpOnly; SameSite=Lax; Secure; Path=/; Domain=other.com"
        ),
        "{told}"
    );
    assert!(
        told.contains("WRONG    browsers drop the cookies of https://api.example.com: the cookie's Domain"),
        "{told}"
    );
    let lax = CookieOverrides { same_site: Some(SameSite::Lax), ..CookieOverrides::default() };
    let report = examine("https://api.example.com", "https://app.example.org", lax);
    assert!(words(&report).contains("set SameSite=None for this frontend"));
}

#[test]
fn of_the_apis_names_a_frontend_is_told_the_one_it_does_best_to_call() {
    let own = ["http://localhost:5000", "http://127.0.0.1:5000"].map(|text| Origin::parse(text).unwrap());
    let settings = Outline { own: own.into(), ..outline(CookieOverrides::default()) };
    let frontend = Origin::parse("http://127.0.0.1:5173").unwrap();
    let report = Report::of(&Subject::new(None, vec![frontend], &settings, Timestamp::MAX));
    let told = words(&report);
    let expected = "http://127.0.0.1:5173 is of the same site as the API at http://127.0.0.1:5000, the name it does best to call:";
    assert!(told.contains(expected), "{told}");
    assert!(report.works() && report.doubts() == 0, "{told}");
}

#[test]
fn development_servers_that_nobody_has_listed_are_no_fault() {
    let listing =
        |text: &str| Listing { pattern: concierge_origins::OriginPattern::parse(text).unwrap(), until: None };
    let settings = Outline {
        own: vec![Origin::parse("http://api.example.com").unwrap()],
        allowed: vec![listing("http://localhost:5173"), listing("http://localhost:8080")],
        allowed_is_compiled_in: true,
        ..outline(CookieOverrides::default())
    };
    let report = Report::of(&Subject::new(None, vec![], &settings, Timestamp::MAX));
    assert!(report.works(), "{}", words(&report));
    assert_eq!(report.doubts(), 2, "{}", words(&report));
    let listed = Outline { allowed_is_compiled_in: false, ..settings };
    assert!(!Report::of(&Subject::new(None, vec![], &listed, Timestamp::MAX)).works());
}

#[test]
fn a_pattern_is_examined_by_a_page_that_stands_for_all() {
    let pattern = concierge_origins::OriginPattern::parse("https://*.preview.example.com").unwrap();
    let settings = Outline {
        own: vec![Origin::parse("https://api.example.com").unwrap()],
        allowed: vec![Listing { pattern, until: None }],
        ..outline(CookieOverrides::default())
    };
    let told = words(&Report::of(&Subject::new(None, vec![], &settings, Timestamp::MAX)));
    let expected =
        "https://*.preview.example.com, for example https://x.preview.example.com, is of the same site";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn programs_are_told_the_same_in_words_that_stay() {
    let report = body(&examine("http://localhost:5000", "http://127.0.0.1:5173", CookieOverrides::default()));
    let frontend = &report["frontends"][0];
    assert_eq!(frontend["topology"], "cross_site");
    let safari = &frontend["cookies"][1]["verdicts"][2];
    assert_eq!(
        [&safari["browser"], &safari["verdict"], &safari["reason"], &safari["source"]],
        ["Safari", "dropped", "secure_over_http", "documented"]
    );
    assert_eq!(frontend["findings"][0]["code"], "two_names_of_this_machine");
    assert_eq!(frontend["findings"][0]["severity"], "doubtful");
    assert!(frontend["live"].is_null());
}
