//! IP addresses as browsers read and write them (URL standard, "host parsing" and "host serializing").

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a browser takes this host for an IPv4 address: its last label is a number, decimal or `0x…`.
pub(crate) fn ends_in_a_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let decimal = !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit());
    let hexadecimal =
        last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    decimal || hexadecimal
}

/// The address that a browser makes of `host`, in any spelling it understands: `127.1`, `0x7f.1`, `2130706433`.
pub(crate) fn read_ipv4(host: &str) -> Option<Ipv4Addr> {
    let numbers = host.split('.').map(ipv4_number).collect::<Option<Vec<u32>>>()?;
    let (last, front) = numbers.split_last()?;
    if front.len() > 3 || front.iter().any(|part| *part > 255) {
        return None;
    }
    // The last number fills all the bytes that those before it leave.
    let room = 8 * (4 - front.len());
    if u64::from(*last) >> room != 0 {
        return None;
    }
    let high = front.iter().fold(0_u64, |bits, part| bits << 8 | u64::from(*part)) << room;
    u32::try_from(high | u64::from(*last)).ok().map(Ipv4Addr::from)
}

fn ipv4_number(part: &str) -> Option<u32> {
    let (digits, radix) = match part.strip_prefix("0x") {
        Some("") => return Some(0),
        Some(digits) => (digits, 16),
        None if part.len() > 1 && part.starts_with('0') => (part, 8),
        None => (part, 10),
    };
    // `from_str_radix` would also take a sign.
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, radix).ok())?
}

/// The address in its one spelling, without brackets: RFC 5952, but hexadecimal throughout, as browsers write
/// IPv4-mapped addresses too (`::ffff:7f00:1`, never `::ffff:127.0.0.1`).
pub(crate) fn write_ipv6(address: Ipv6Addr) -> String {
    match (address.to_ipv4_mapped(), address.segments()) {
        (Some(_), [.., high, low]) => format!("::ffff:{high:x}:{low:x}"),
        _ => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv4_is_read_in_every_spelling_that_browsers_understand() {
        for (text, address) in [
            ("127.0.0.1", [127, 0, 0, 1]),
            ("127.0.0.01", [127, 0, 0, 1]),
            ("0x7f.1", [127, 0, 0, 1]),
            ("2130706433", [127, 0, 0, 1]),
            ("1.2.3", [1, 2, 0, 3]),
            ("1.2.65535", [1, 2, 255, 255]),
            ("017.0.0.0x", [15, 0, 0, 0]),
            ("4294967295", [255, 255, 255, 255]),
        ] {
            assert_eq!(read_ipv4(text), Some(address.into()), "{text}");
        }
        for text in ["", "1..2", "1.2.3.4.5", "1.2.3.256", "256.1", "1.2.65536", "4294967296", "08.1", "a.1"]
        {
            assert_eq!(read_ipv4(text), None, "{text}");
        }
    }

    #[test]
    fn a_host_is_an_address_when_its_last_label_is_a_number() {
        for host in ["1", "a.1", "a.0x", "a.0xff", "1.2.3.4.5"] {
            assert!(ends_in_a_number(host), "{host}");
        }
        for host in ["a", "1.a", "1.2.3.4a", "a.0xg", "a.-1", "a."] {
            assert!(!ends_in_a_number(host), "{host}");
        }
    }

    #[test]
    fn ipv6_is_written_as_browsers_write_it() {
        for (text, written) in [
            ("::1", "::1"),
            ("0:0:0:0:0:0:0:0", "::"),
            ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("::ffff:127.0.0.1", "::ffff:7f00:1"),
            ("::ffff:0:0", "::ffff:0:0"),
            ("::127.0.0.1", "::7f00:1"),
        ] {
            assert_eq!(write_ipv6(text.parse().unwrap()), written, "{text}");
        }
    }
}
