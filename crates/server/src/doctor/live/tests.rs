//! Tests: what is said of which answer, and of deployments that are asked without a network.

use std::cell::Cell;

use concierge_kernel::Timestamp;
use concierge_origins::{CookieOverrides, Origin};
use concierge_probe::{Answer, ProbeError, Request};

use super::asks::{ASKS, PUBLIC};
use super::judge::judge;
use super::trouble::Trouble;
use super::{Course, Examiner};
use crate::doctor::{Report, Subject};
use crate::settings::Outline;

const PAGE: &str = "https://app.example.com";
const OURS: &str = "X-Request-Id: doctor-1";
const SHARED: &str = "Access-Control-Allow-Origin: https://app.example.com\nAccess-Control-Allow-Credentials: true\nVary: Origin";

fn answer(status: u16, lines: &str, body: &str) -> Answer {
    let headers = lines.lines().filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Answer { status, headers, body: body.as_bytes().to_vec() }
}

/// What is wrong with an answer to a preflight, by codes.
fn codes(status: u16, lines: &str) -> Vec<&'static str> {
    let page = Origin::parse(PAGE).unwrap();
    let troubles = judge(&ASKS[0], &page, "doctor-1", &answer(status, lines, ""));
    for trouble in &troubles {
        assert!(trouble.to_string().contains("; "), "{trouble} does not say what to do");
    }
    troubles.iter().map(Trouble::code).collect()
}

#[test]
fn every_fault_of_an_answer_is_named() {
    let all = format!("{OURS}\n{SHARED}");
    let without = |line: &str| all.replace(line, "");
    let problem = format!("{all}\nContent-Type: application/problem+json");
    let policy = all.replace(OURS, "Content-Security-Policy: default-src 'none'");
    for (status, lines, expected) in [
        (204, all.clone(), &[][..]),
        (204, without("Vary: Origin"), &["no_vary"]),
        (204, all.replace("Vary: Origin", "Vary: Accept, origin"), &[]),
        (204, without("Access-Control-Allow-Credentials: true"), &["no_credentials"]),
        (204, without("Access-Control-Allow-Origin: https://app.example.com"), &["not_shared"]),
        (204, all.replace(PAGE, "https://other.example.com"), &["shared_with_other"]),
        (204, all.replace(PAGE, "https://app.example.com, *"), &["duplicated_header"]),
        (204, format!("{all}\naccess-control-allow-credentials: true"), &["duplicated_header"]),
        (204, format!("{all}\nX-Cache: Hit from cloudfront"), &["from_cache"]),
        (204, format!("{all}\nX-Cache: Miss from cloudfront"), &[]),
        (204, policy, &["request_id_lost"]),
        (204, all.replace("doctor-1", "other"), &["request_id_replaced"]),
        (204, without(OURS), &["foreign_answer"]),
        (308, "Location: https://api.example.com/".to_owned(), &["redirected"]),
        (502, "Server: nginx".to_owned(), &["foreign_answer"]),
        (502, all.clone(), &["foreign_answer"]),
        (503, problem, &["other_status"]),
    ] {
        assert_eq!(codes(status, &lines), expected, "{status}\n{lines}");
    }
}

#[test]
fn whoever_made_a_foreign_answer_is_named_as_far_as_it_tells() {
    let told = |lines: &str| {
        let page = Origin::parse(PAGE).unwrap();
        judge(&PUBLIC, &page, "doctor-1", &answer(504, lines, ""))[0].to_string()
    };
    assert!(
        told("Server: nginx\nVia: 1.1 varnish")
            .contains("it came from `nginx`; see whether it reaches the API")
    );
    let expected =
        &judge(&PUBLIC, &Origin::parse(PAGE).unwrap(), "doctor-1", &answer(200, "", ""))[0].to_string();
    assert!(
        expected.starts_with("an answer of 200 that concierge did not make; it came from "),
        "{expected}"
    );
    assert!(told("Via: 1.1 varnish").contains("it came from `1.1 varnish`"));
    assert!(told("Server: a\u{7}b").contains("`a?b`"));
    assert!(told("").contains("it came from something that does not name itself"));
}

fn course(send: &dyn Fn(&Origin, &Request) -> Result<Answer, ProbeError>) -> Course {
    courses(send, &[PAGE]).remove(0)
}

fn courses(send: &dyn Fn(&Origin, &Request) -> Result<Answer, ProbeError>, pages: &[&str]) -> Vec<Course> {
    let settings = Outline {
        own: vec![Origin::parse("https://api.example.com").unwrap()],
        allowed: Vec::new(),
        allowed_is_compiled_in: false,
        cookies: CookieOverrides::default(),
        faults: Vec::new(),
        other_faults: Vec::new(),
    };
    let pages: Vec<_> = pages.iter().map(|page| Origin::parse(page).unwrap()).collect();
    let mut report = Report::of(&Subject::new(None, pages, &settings, Timestamp::MAX));
    Examiner::new(send).examine(&mut report);
    report.frontends.into_iter().map(|frontend| frontend.course.unwrap()).collect()
}

#[test]
fn whoever_is_shared_with_every_stranger_is_told_so() {
    let echo = |_: &Origin, request: &Request| {
        let header = |name: &str| {
            let found = request.headers.iter().find(|(found, _)| found == name).unwrap();
            String::from_utf8(found.1.clone()).unwrap()
        };
        let lines =
            format!("X-Request-Id: {}\n{}", header("X-Request-Id"), SHARED.replace(PAGE, &header("Origin")));
        let status = ASKS.iter().find(|ask| ask.target == request.target).map_or(200, |ask| ask.status);
        Ok(answer(status, &format!("{lines}\nContent-Type: application/problem+json"), ""))
    };
    let symptoms = course(&echo).symptoms;
    let last = symptoms.last().unwrap();
    assert_eq!(
        (last.trouble.code(), &last.at[..]),
        ("shared_with_stranger", &["GET /.well-known/jwks.json".to_owned()][..])
    );
}

#[test]
fn what_does_not_answer_once_may_answer_another_time() {
    let course = course(&|_, _| Err(ProbeError::TooLarge));
    assert_eq!(course.symptoms.len(), 1);
    assert_eq!(course.symptoms[0].trouble.code(), "no_answer");
    assert!(course.symptoms[0].at.len() > ASKS.len() && !course.went_well());
}

#[test]
fn an_api_that_is_silent_from_the_first_is_asked_once_for_all_frontends() {
    let courses = courses(&|_, _| Err(ProbeError::TooSlow), &[PAGE, "https://www.example.com"]);
    let told: Vec<_> = courses.iter().map(|course| (course.asked, course.symptoms.len())).collect();
    assert_eq!(told, [(1, 1), (0, 1)]);
    for course in courses {
        assert_eq!(course.symptoms[0].trouble.code(), "unreachable");
    }
}

#[test]
fn an_api_that_falls_silent_is_asked_no_more_than_three_times_in_vain() {
    let asked = Cell::new(0);
    let course = course(&|_, request| {
        asked.set(asked.get() + 1);
        match asked.get() {
            // Once is no pattern.
            2 | 4.. => Err(ProbeError::TooSlow),
            _ => Ok(answer(204, &format!("{OURS}\n{SHARED}").replace("doctor-1", &id(request)), "")),
        }
    });
    let codes: Vec<_> = course.symptoms.iter().map(|symptom| symptom.trouble.code()).collect();
    assert_eq!((asked.get(), codes.contains(&"silent"), codes.contains(&"no_answer")), (6, true, true));
    assert!(course.symptoms.last().unwrap().trouble.to_string().contains("so nothing more was asked; "));
}

fn id(request: &Request) -> String {
    let found = request.headers.iter().find(|(name, _)| name == "X-Request-Id").unwrap();
    String::from_utf8(found.1.clone()).unwrap()
}
