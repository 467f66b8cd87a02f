//! Takes the text of an origin or a pattern apart, and refuses whatever a browser would not send.

use std::net::Ipv6Addr;

use crate::{Fault, Scheme};

/// The three parts of an origin. The host is still unchecked: an origin and a pattern have different rules for it.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) scheme: Scheme,
    pub(crate) host: &'a str,
    pub(crate) port: u16,
}

impl<'a> Parts<'a> {
    pub(crate) fn split(text: &'a str) -> Result<Self, Fault> {
        match text {
            "" => return Err(Fault::Empty),
            "*" => return Err(Fault::Star),
            "null" => return Err(Fault::Null),
            _ if text.contains(is_blank) => return Err(Fault::Blank),
            _ => {}
        }
        let (scheme, rest) = text.split_once("://").ok_or(Fault::SchemeMissing)?;
        let scheme = read_scheme(scheme)?;
        let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        if authority.contains('@') {
            return Err(Fault::Userinfo);
        }
        match tail.as_bytes() {
            [] => {}
            b"/" => return Err(Fault::TrailingSlash),
            [b'?', ..] => return Err(Fault::Query),
            [b'#', ..] => return Err(Fault::Fragment),
            _ => return Err(Fault::Path),
        }
        let (host, port) = split_port(authority)?;
        if host.is_empty() {
            return Err(Fault::HostMissing);
        }
        Ok(Self {
            scheme,
            host,
            port: port.map_or(Ok(scheme.default_port()), |port| read_port(port, scheme))?,
        })
    }
}

/// Blanks, line ends and control characters: none has a place in an origin, and none is visible in a log.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Where apps that are made of pages serve them from, and extensions of browsers.
const SCHEMES_OF_APPS: [&str; 7] =
    ["app", "capacitor", "chrome-extension", "ionic", "moz-extension", "safari-web-extension", "tauri"];

fn read_scheme(text: &str) -> Result<Scheme, Fault> {
    let known = [Scheme::Http, Scheme::Https].into_iter().find(|s| s.as_str().eq_ignore_ascii_case(text));
    match known {
        Some(scheme) if scheme.as_str() == text => Ok(scheme),
        Some(_) => Err(Fault::UpperCase),
        None if SCHEMES_OF_APPS.contains(&text) => Err(Fault::SchemeOfAnApp),
        None if text.contains('*') => Err(Fault::WildcardMisplaced),
        // RFC 3986, section 3.1. Anything else before `://` belongs to a path or a query.
        None if text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) =>
        {
            Err(Fault::SchemeUnsupported)
        }
        None => Err(Fault::SchemeMissing),
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), Fault> {
    if authority.starts_with('[') {
        let end = authority.find(']').ok_or(Fault::Ipv6Malformed)? + 1;
        let (host, rest) = authority.split_at(end);
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(Fault::Ipv6Malformed),
        };
    }
    if authority.parse::<Ipv6Addr>().is_ok() {
        return Err(Fault::Ipv6WithoutBrackets);
    }
    Ok(authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))))
}

fn read_port(text: &str, scheme: Scheme) -> Result<u16, Fault> {
    match text {
        "" => return Err(Fault::PortMissing),
        "*" => return Err(Fault::WildcardMisplaced),
        _ if !text.bytes().all(|b| b.is_ascii_digit()) => return Err(Fault::PortNotNumber),
        _ if text.bytes().all(|b| b == b'0') => return Err(Fault::PortZero),
        _ if text.starts_with('0') => return Err(Fault::PortLeadingZeros),
        _ => {}
    }
    // Digits alone: what does not fit is too large.
    let port = text.parse().map_err(|_| Fault::PortTooLarge)?;
    if port == scheme.default_port() { Err(Fault::PortDefault) } else { Ok(port) }
}
