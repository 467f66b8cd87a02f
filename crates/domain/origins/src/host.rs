//! The rules for the host of an origin.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::Fault;
use crate::address::{ends_in_a_number, read_ipv4, write_ipv6};

/// What kind of host an origin has. Its text is [`crate::Origin::host_str`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostKind {
    /// A name: one label or several.
    Name,
    /// An IPv4 address.
    Ipv4(Ipv4Addr),
    /// An IPv6 address; its text stands in brackets.
    Ipv6(Ipv6Addr),
}

/// The longest label that DNS can carry, in bytes (RFC 1035, section 2.3.4).
pub(crate) const LONGEST_LABEL: usize = 63;
/// The longest name that DNS can carry, in bytes of text without the final dot (RFC 1035, section 2.3.4).
pub(crate) const LONGEST_NAME: usize = 253;

/// Whether a byte may stand in a label. The underscore is in no hostname of RFC 952, yet browsers send it.
pub(crate) fn is_label_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')
}

/// Checks the text of a host, brackets included, which must be spelled as browsers spell it.
pub(crate) fn check(host: &str) -> Result<HostKind, Fault> {
    if let Some(address) = host.strip_prefix('[') {
        return check_ipv6(address.strip_suffix(']').ok_or(Fault::Ipv6Malformed)?);
    }
    check_name(host)?;
    if !ends_in_a_number(host) {
        return Ok(HostKind::Name);
    }
    let address = read_ipv4(host).ok_or(Fault::Ipv4Malformed)?;
    match address {
        _ if address.to_string() != host => Err(Fault::Ipv4NotCanonical),
        Ipv4Addr::UNSPECIFIED => Err(Fault::Unspecified),
        _ => Ok(HostKind::Ipv4(address)),
    }
}

fn check_name(host: &str) -> Result<(), Fault> {
    if host.is_empty() {
        return Err(Fault::HostMissing);
    }
    if !host.is_ascii() {
        return Err(Fault::NotAscii);
    }
    if let Some(byte) = host.bytes().find(|b| *b != b'.' && !is_label_byte(*b)) {
        return Err(match byte {
            b'A'..=b'Z' => Fault::UpperCase,
            b'*' => Fault::WildcardInOrigin,
            _ => Fault::ForbiddenCharacter(char::from(byte)),
        });
    }
    let labels = host.strip_suffix('.').unwrap_or(host);
    if labels.split('.').any(str::is_empty) {
        return Err(Fault::EmptyLabel);
    }
    if labels.len() < host.len() {
        return Err(Fault::TrailingDot);
    }
    if host.split('.').any(|label| label.len() > LONGEST_LABEL) {
        return Err(Fault::LabelTooLong);
    }
    if host.len() > LONGEST_NAME { Err(Fault::HostTooLong) } else { Ok(()) }
}

fn check_ipv6(address: &str) -> Result<HostKind, Fault> {
    if address.contains('*') {
        return Err(Fault::WildcardInAddress);
    }
    let parsed: Ipv6Addr = address.parse().map_err(|_| Fault::Ipv6Malformed)?;
    if parsed.is_unspecified() {
        Err(Fault::Unspecified)
    } else if write_ipv6(parsed) == address {
        Ok(HostKind::Ipv6(parsed))
    } else if address.bytes().any(|b| b.is_ascii_uppercase()) {
        Err(Fault::UpperCase)
    } else {
        Err(Fault::Ipv6NotCanonical)
    }
}

/// Whether the host can only be the visitor's own machine: RFC 6761 (`localhost` and all below it), 127.0.0.0/8, `::1`.
pub(crate) fn is_loopback(kind: HostKind, text: &str) -> bool {
    match kind {
        HostKind::Name => text == "localhost" || text.ends_with(".localhost"),
        HostKind::Ipv4(address) => address.is_loopback(),
        HostKind::Ipv6(address) => address.is_loopback(),
    }
}
