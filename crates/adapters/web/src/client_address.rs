//! Where a request came from, when proxies stand between: believed of those that are trusted, and of nobody else.
//!
//! Only `X-Forwarded-For` is read, which every proxy writes. Its successor `Forwarded` (RFC 7239) is written by few,
//! and a proxy that does not know it passes on what a client made up.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A network of addresses: one address, or one with the length of its prefix (RFC 4632, section 3.1).
///
/// An IPv4 network is never kept in its IPv6-mapped form (RFC 4291, section 2.5.5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// How many of the address's leading bits count, at least 1.
    prefix: u8,
}

/// Why a text is no network of proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Neither an address nor an address, a slash and the length of a prefix.
    #[error("expected an IP address such as 10.0.0.7 or a network such as 10.0.0.0/8")]
    Malformed,
    /// Bits beyond the prefix are set: an address was meant, or another network.
    #[error(
        "bits beyond the prefix are set: for the whole network write {0}, for one address leave the prefix out"
    )]
    HostBits(Network),
    /// The network of all addresses.
    #[error("this trusts everybody, and so lets every client choose its own address")]
    Everybody,
}

impl Network {
    fn width(address: IpAddr) -> u8 {
        if address.is_ipv4() { 32 } else { 128 }
    }

    /// The address's bits, moved to the high end.
    fn bits(address: IpAddr) -> u128 {
        match address {
            IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
            IpAddr::V6(address) => address.to_bits(),
        }
    }

    /// The network of `address` alone.
    fn only(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self { address, prefix: Self::width(address) }
    }

    /// Whether `address`, which is not IPv6-mapped, is in it.
    fn contains(&self, address: IpAddr) -> bool {
        let differing = Self::bits(self.address) ^ Self::bits(address);
        self.address.is_ipv4() == address.is_ipv4() && differing.leading_zeros() >= u32::from(self.prefix)
    }

    /// The network of this prefix that the address is in.
    fn masked(&self) -> Self {
        let kept = Self::bits(self.address) & (u128::MAX << (128 - u32::from(self.prefix)));
        let address = match self.address {
            IpAddr::V4(_) => IpAddr::V4(u32::try_from(kept >> 96).unwrap_or_default().into()),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from_bits(kept)),
        };
        Self { address, prefix: self.prefix }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let address = |text: &str| text.parse::<IpAddr>().map_err(|_| NetworkError::Malformed);
        let Some((start, length)) = text.split_once('/') else { return Ok(Self::only(address(text)?)) };
        let written = address(start)?;
        let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = length.parse::<u8>().ok().filter(|prefix| digits && *prefix <= Self::width(written));
        let mut prefix = prefix.ok_or(NetworkError::Malformed)?;
        let address = written.to_canonical();
        if Self::width(address) < Self::width(written) {
            // The 96 bits that all mapped addresses have in common.
            prefix = prefix.checked_sub(96).ok_or(NetworkError::Malformed)?;
        }
        if prefix == 0 {
            return Err(NetworkError::Everybody);
        }
        let network = Self { address, prefix };
        let masked = network.masked();
        if masked == network { Ok(network) } else { Err(NetworkError::HostBits(masked)) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// The proxies whose word about a client's address counts.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// These; with none, every address is that of the connection.
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The client's address: the connection's, unless a trusted proxy is at its other end; then the right-most one of
    /// `forwarded_for`, the values of `X-Forwarded-For` in their order, that is no trusted proxy's. Where an entry is no
    /// address, or all are proxies', it is the last one reached.
    fn client<'a>(&self, peer: IpAddr, forwarded_for: impl DoubleEndedIterator<Item = &'a [u8]>) -> IpAddr {
        let mut reached = peer.to_canonical();
        let mut entries = forwarded_for.rev().flat_map(|value| value.rsplit(|byte| *byte == b','));
        while self.contain(reached) {
            match entries.next().and_then(entry) {
                Some(address) => reached = address,
                None => break,
            }
        }
        reached
    }

    /// The address of the client that sent `request`; `None` when it came by no connection.
    pub(crate) fn client_of(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip();
        let values: Vec<_> =
            request.headers().get_all(X_FORWARDED_FOR).map(|value| value.as_bytes()).collect();
        Some(self.client(peer, values.into_iter()))
    }
}

/// One entry of the header: an address, as some proxies write it in brackets or with a port behind.
fn entry(bytes: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    bare.parse::<IpAddr>().ok().or_else(with_port).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn the_clients_address_is_the_right_most_that_no_trusted_proxy_has() {
        let proxies = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "::ffff:198.51.100.0/120"];
        let trusted = TrustedProxies::new(proxies.map(network).to_vec());
        let table: [(&str, &[&str], &str); 22] = [
            // Whoever is not trusted is the client, whatever it says.
            ("203.0.113.9", &[], "203.0.113.9"),
            ("203.0.113.9", &["1.1.1.1"], "203.0.113.9"),
            ("11.0.0.1", &["1.1.1.1"], "11.0.0.1"),
            ("192.0.2.8", &["1.1.1.1"], "192.0.2.8"),
            ("2001:db9::1", &["1.1.1.1"], "2001:db9::1"),
            // A trusted one is believed, and no more than its own entry.
            ("10.1.2.3", &[], "10.1.2.3"),
            ("10.1.2.3", &["1.1.1.1"], "1.1.1.1"),
            ("10.1.2.3", &["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
            ("10.1.2.3", &["6.6.6.6, 1.1.1.1, 10.9.9.9,192.0.2.7"], "1.1.1.1"),
            ("10.1.2.3", &["6.6.6.6", "1.1.1.1", "192.0.2.7"], "1.1.1.1"),
            ("2001:db8::5", &["2001:db9::1"], "2001:db9::1"),
            // All are proxies: the first of them is as near as it gets.
            ("10.1.2.3", &["10.4.4.4, 10.5.5.5"], "10.4.4.4"),
            // What is no address ends the walk.
            ("10.1.2.3", &["1.1.1.1, unknown"], "10.1.2.3"),
            ("10.1.2.3", &["1.1.1.1, , 10.5.5.5"], "10.5.5.5"),
            ("10.1.2.3", &["1.1.1.1, _hidden, 10.5.5.5"], "10.5.5.5"),
            ("10.1.2.3", &[""], "10.1.2.3"),
            ("10.1.2.3", &["1.1.1"], "10.1.2.3"),
            // Ports and brackets do not count, and mapped addresses are what they map.
            ("10.1.2.3", &["1.1.1.1:4711"], "1.1.1.1"),
            ("10.1.2.3", &["[2001:db9::1]:4711, [2001:db8::9]"], "2001:db9::1"),
            ("::ffff:10.1.2.3", &["::ffff:1.1.1.1"], "1.1.1.1"),
            ("::ffff:203.0.113.9", &["1.1.1.1"], "203.0.113.9"),
            ("198.51.100.200", &["1.1.1.1"], "1.1.1.1"),
        ];
        for (peer, headers, expected) in table {
            let found = trusted.client(peer.parse().unwrap(), headers.iter().map(|value| value.as_bytes()));
            assert_eq!(found.to_string(), expected, "{peer} {headers:?}");
        }
        let nobody = TrustedProxies::default();
        let headers = ["1.1.1.1".as_bytes()];
        assert_eq!(nobody.client("10.1.2.3".parse().unwrap(), headers.into_iter()).to_string(), "10.1.2.3");
    }

    #[test]
    fn a_network_ends_at_its_prefix_and_at_its_family() {
        for (text, inside, outside) in [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
            ("10.0.0.7", "10.0.0.7", "10.0.0.6"),
            ("192.0.2.128/25", "192.0.2.128", "192.0.2.127"),
            ("2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"),
            ("::1", "::1", "::2"),
            ("128.0.0.0/1", "255.0.0.0", "8000::"),
        ] {
            assert!(network(text).contains(inside.parse().unwrap()), "{text} {inside}");
            assert!(!network(text).contains(outside.parse().unwrap()), "{text} {outside}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused_with_a_remedy() {
        let malformed = [
            "",
            "localhost",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "::/129",
            "10.0.0",
            "::ffff:0:0/90",
        ];
        for text in malformed {
            assert_eq!(text.parse::<Network>(), Err(NetworkError::Malformed), "{text}");
        }
        for text in ["0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96", "10.0.0.0/0"] {
            assert_eq!(text.parse::<Network>(), Err(NetworkError::Everybody), "{text}");
        }
        assert!("10.1.0.0/8".parse::<Network>().unwrap_err().to_string().contains("write 10.0.0.0/8"));
        assert!("2001:db8::1/32".parse::<Network>().unwrap_err().to_string().contains("2001:db8::/32"));
    }
}
