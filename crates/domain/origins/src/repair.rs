//! Guesses what was meant by a faulty origin, for the "write … instead" of an error; never to accept it.

use std::net::Ipv6Addr;

use crate::address::{ends_in_a_number, read_ipv4, write_ipv6};
use crate::host::{HostKind, is_loopback};
use crate::syntax::is_blank;

/// Longer texts, in bytes, are not worth a guess. The longest origin has 267, which leaves room for a path.
const LONGEST_WORTH_A_GUESS: usize = 2048;

/// What browsers would make of `text` if it were typed into the address bar. The guess is unchecked: the
/// caller parses it strictly before showing it to anyone.
pub(crate) fn guess(text: &str) -> Option<String> {
    if text.len() > LONGEST_WORTH_A_GUESS {
        return None;
    }
    let text = text.trim_matches(is_blank).to_ascii_lowercase();
    let (scheme, rest) = match text.split_once("://") {
        Some(("http" | "ws", rest)) => (Some("http"), rest),
        Some(("https" | "wss", rest)) => (Some("https"), rest),
        Some(_) => return None,
        // Rather an e-mail address than a user of a host.
        None if text.contains('@') => return None,
        None => without_slashes(&text),
    };
    let authority = rest.split(['/', '\\', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    let (host, loopback) = host_as_written(host.strip_suffix('.').unwrap_or(host));
    let port: Option<u16> = if port.is_empty() { None } else { Some(digits(port)?) };
    let scheme = scheme.unwrap_or(if loopback || port == Some(80) { "http" } else { "https" });
    Some(match (scheme, port) {
        (_, None) | ("http", Some(80)) | ("https", Some(443)) => format!("{scheme}://{host}"),
        (_, Some(port)) => format!("{scheme}://{host}:{port}"),
    })
}

/// `//host`, `https:host` and `https:/host`, as well as no scheme at all.
fn without_slashes(text: &str) -> (Option<&'static str>, &str) {
    for (prefix, scheme) in [("http:", "http"), ("https:", "https")] {
        if let Some(rest) = text.strip_prefix(prefix) {
            return (Some(scheme), rest.trim_start_matches('/'));
        }
    }
    (None, text.trim_start_matches('/'))
}

fn host_as_written(host: &str) -> (String, bool) {
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if let Some(address) = bracketed.and_then(|host| host.parse::<Ipv6Addr>().ok()) {
        return (format!("[{}]", write_ipv6(address)), address.is_loopback());
    }
    match read_ipv4(host).filter(|_| ends_in_a_number(host)) {
        Some(address) => (address.to_string(), address.is_loopback()),
        None => (host.to_owned(), is_loopback(HostKind::Name, host)),
    }
}

fn digits(port: &str) -> Option<u16> {
    // `parse` would also take a sign.
    port.bytes().all(|b| b.is_ascii_digit()).then(|| port.parse().ok())?
}
