//! `redis.url`: where the Redis server is and who connects.

use std::fmt;
use std::net::Ipv6Addr;
use std::num::NonZeroU16;

/// The URL of a Redis server. It may hold a password, and shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

const EXPECTED: &str =
    "redis://USER:PASSWORD@HOST:PORT/NUMBER, or rediss:// for TLS; all but the host may be left out";

impl RedisUrl {
    pub(in crate::settings) fn parse(text: &str) -> Result<Self, String> {
        let rest = match text.split_once("://") {
            Some(("redis" | "rediss", rest)) => rest,
            _ => return Err(format!("expected {EXPECTED}")),
        };
        check(rest)?;
        Ok(Self(text.to_owned()))
    }

    /// The URL, password and all.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisUrl(hidden)")
    }
}

/// What a client would refuse with less to say, or understand otherwise than it was meant.
fn check(rest: &str) -> Result<(), String> {
    let problem = |problem: &str| Err(format!("{problem}; expected {EXPECTED}"));
    if rest.chars().any(|letter| letter.is_whitespace() || letter.is_control() || "?#\\".contains(letter)) {
        return problem(
            "a blank, ?, # and \\ are to be percent-encoded in a password, and stand nowhere else",
        );
    }
    if !percent_encoded(rest) {
        return problem("a % in it begins a percent-encoded character: % itself is %25");
    }
    let (credentials, place) =
        rest.rsplit_once('@').map_or((None, rest), |(before, place)| (Some(before), place));
    if credentials.is_some_and(|credentials| credentials.contains(['@', '/'])) {
        return problem("a password's @ and / are to be percent-encoded: %40 and %2F");
    }
    if credentials.is_some_and(|credentials| credentials.matches(':').count() != 1) {
        return problem(
            "one colon stands before the password, without a user too (:PASSWORD@HOST); further ones are %3A",
        );
    }
    let (address, number) = place.split_once('/').unwrap_or((place, ""));
    if !is_address(address) {
        return problem(
            "before the number stands the name or the address of a host, [::1] in brackets, and its port",
        );
    }
    if !number.is_empty() && (number.len() > 5 || !number.bytes().all(|digit| digit.is_ascii_digit())) {
        return problem("after the host stands the number of a database");
    }
    Ok(())
}

/// A host and, after a colon, its port.
fn is_address(text: &str) -> bool {
    let (host_is_one, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((host, port))) => (host.parse::<Ipv6Addr>().is_ok(), port),
        Some(None) => return false,
        None => {
            let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            (!host.is_empty() && host.bytes().all(of_a_name), port)
        }
    };
    let port_is_one = match port.strip_prefix(':') {
        Some(digits) => {
            digits.bytes().all(|digit| digit.is_ascii_digit()) && digits.parse::<NonZeroU16>().is_ok()
        }
        None => port.is_empty(),
    };
    host_is_one && port_is_one
}

fn of_a_name(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || b".-_".contains(&letter)
}

/// Whether every `%` begins a character.
fn percent_encoded(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        after.get(..2).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_needs_no_more_than_a_host() {
        for url in [
            "redis://localhost",
            "redis://127.0.0.1:6380/15",
            "rediss://cache.example.com:6380",
            "redis://:hunter2@[::1]/0",
            "rediss://me:p%40ss%2Fw%25@[::1]:6380/",
        ] {
            assert_eq!(RedisUrl::parse(url).unwrap().expose(), url);
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_the_password() {
        for (url, said) in [
            ("localhost:6379", "expected redis://USER"),
            ("http://localhost", "expected redis://USER"),
            ("unix:///run/redis.sock", "expected redis://USER"),
            ("redis://", "the name or the address of a host"),
            ("redis:///1", "the name or the address of a host"),
            ("redis://:hunter2@", "the name or the address of a host"),
            ("redis://::1", "the name or the address of a host"),
            ("redis://[::1", "the name or the address of a host"),
            ("redis://[hunter2]", "the name or the address of a host"),
            ("redis://localhost:", "the name or the address of a host"),
            ("redis://localhost:0", "the name or the address of a host"),
            ("redis://localhost:+1", "the name or the address of a host"),
            ("redis://localhost:65536", "the name or the address of a host"),
            ("redis://one,other", "the name or the address of a host"),
            ("redis://localhost/one", "the number of a database"),
            ("redis://localhost/-1", "the number of a database"),
            ("redis://localhost/1/2", "the number of a database"),
            ("redis://:hunt@er2@localhost", "%40 and %2F"),
            ("redis://:hunt/er2@localhost", "%40 and %2F"),
            ("redis://hunter2@localhost", ":PASSWORD@HOST"),
            ("redis://me:hunt:er2@localhost", ":PASSWORD@HOST"),
            ("redis://:hunter%2@localhost", "% itself is %25"),
            ("redis://:hunt er2@localhost", "percent-encoded"),
            ("rediss://localhost#insecure", "percent-encoded"),
            ("redis://localhost?protocol=resp3", "percent-encoded"),
        ] {
            let problem = RedisUrl::parse(url).expect_err(url);
            assert!(problem.contains(said) && !problem.contains("hunt"), "{url}: {problem}");
        }
    }
}
