//! What is wrong with one answer.

use concierge_origins::Origin;
use concierge_probe::Answer;

use super::asks::{Ask, PUBLIC};
use super::trouble::{Hop, Trouble, excerpt};

const REQUEST_ID: &str = "X-Request-Id";
const ALLOW_ORIGIN: &str = "Access-Control-Allow-Origin";
const ALLOW_CREDENTIALS: &str = "Access-Control-Allow-Credentials";

/// Everything that is wrong with the answer to a page of `origin`, whose request had this id. Who made it comes first:
/// what else an answer lacks that concierge did not make, follows.
pub(super) fn judge(ask: &Ask, origin: &Origin, id: &str, answer: &Answer) -> Vec<Trouble> {
    if let (300..400, Some(to)) = (answer.status, answer.header("Location")) {
        return vec![Trouble::Redirected { to: excerpt(to) }];
    }
    if !is_of_concierge(answer) {
        let (status, expected, by) = (answer.status, ask.status, Hop::of(answer));
        return vec![Trouble::Foreign { status, expected, by, remedy: remedy(ask, status) }];
    }
    if answer.status == 403 && String::from_utf8_lossy(&answer.body).contains("\"origin_not_allowed\"") {
        return vec![Trouble::UnknownOrigin];
    }
    let (status, expected) = (answer.status, ask.status);
    let other_status = (status != expected).then_some(Trouble::OtherStatus { status, expected });
    let varies = all(answer, "Vary").flat_map(|value| value.split(',')).any(|name| names_origin(name.trim()));
    let no_vary = (!varies).then_some(Trouble::NoVary);
    let cached = cached(answer).filter(|_| ask.target != PUBLIC.target);
    let of_id = match answer.header(REQUEST_ID) {
        None => Some(Trouble::RequestIdLost),
        Some(found) if found != id => Some(Trouble::RequestIdReplaced),
        Some(_) => None,
    };
    let single = [other_status, no_vary, cached, of_id];
    sharing(origin, answer).into_iter().chain(single.into_iter().flatten()).collect()
}

/// With whom an answer is shared, if with anybody.
pub(super) fn shared_with(answer: &Answer) -> Option<&str> {
    answer.header(ALLOW_ORIGIN)
}

/// Whether concierge made the answer, whatever was changed on the way. Its failures are all problem details, and what
/// takes its request id away leaves the policy that it sends.
fn is_of_concierge(answer: &Answer) -> bool {
    let policy =
        answer.header("Content-Security-Policy").is_some_and(|it| it.starts_with("default-src 'none'"));
    let problem = answer.header("Content-Type").is_some_and(|it| it.starts_with("application/problem+json"));
    (policy || answer.header(REQUEST_ID).is_some()) && (answer.status < 400 || problem)
}

fn remedy(ask: &Ask, status: u16) -> &'static str {
    match status {
        502..=504 => "see whether it reaches the API",
        _ if ask.is_preflight() => "have it pass OPTIONS on to the API",
        413 => {
            "have it take bodies of more than 1 MiB, so that the API can refuse them in words a page may read"
        }
        _ => "have it pass every path and method on to the API, and its answers back as they are",
    }
}

fn sharing(origin: &Origin, answer: &Answer) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    let origins: Vec<_> = values(answer, ALLOW_ORIGIN).collect();
    match &origins[..] {
        [] => return vec![Trouble::NotShared],
        [one] if *one == origin.to_string() => {}
        [other] => troubles.push(Trouble::SharedWithOther { found: excerpt(other) }),
        several => troubles.push(Trouble::Duplicated { header: ALLOW_ORIGIN, count: several.len() }),
    }
    match &values(answer, ALLOW_CREDENTIALS).collect::<Vec<_>>()[..] {
        ["true"] => {}
        [] | [_] => troubles.push(Trouble::NoCredentials),
        several => troubles.push(Trouble::Duplicated { header: ALLOW_CREDENTIALS, count: several.len() }),
    }
    troubles
}

fn names_origin(name: &str) -> bool {
    name == "*" || name.eq_ignore_ascii_case("Origin")
}

/// The header by which a cache says that it had the answer already.
fn cached(answer: &Answer) -> Option<Trouble> {
    let hit = |(name, value): &&(String, String)| match name.to_ascii_lowercase().as_str() {
        "age" => true,
        "x-cache" | "cf-cache-status" | "x-cache-status" => value.to_ascii_lowercase().contains("hit"),
        _ => false,
    };
    let (name, value) = answer.headers.iter().find(hit)?;
    Some(Trouble::FromCache { header: excerpt(&format!("{name}: {value}")) })
}

fn all<'a>(answer: &'a Answer, name: &'static str) -> impl Iterator<Item = &'a str> {
    let named = answer.headers.iter().filter(move |(found, _)| found.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value.as_str())
}

/// The values of a header that takes one, however they are joined.
fn values<'a>(answer: &'a Answer, name: &'static str) -> impl Iterator<Item = &'a str> {
    all(answer, name).flat_map(|value| value.split(',')).map(str::trim)
}
