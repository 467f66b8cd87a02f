//! Whom a limit counts.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sha2::{Digest as _, Sha256};

use crate::Limit;

/// The part of the net that one client has to itself: an IPv4 address, or the /64 that an IPv6 address is in, for of
/// those anybody has 2^64. An IPv4-mapped address (RFC 4291, section 2.5.5.2) is the IPv4 address, and so is one that a NAT64
/// has translated under the well-known prefix (RFC 6052, section 2.1), or all of IPv4 were one /64.
///
/// Clients of unknown address count as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientNetwork(Option<IpAddr>);

impl ClientNetwork {
    /// The network that `address` is in.
    pub fn of(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => translated(address).map_or_else(|| slash_64(address), IpAddr::V4),
            address @ IpAddr::V4(_) => address,
        }))
    }
}

/// `64:ff9b::`, the first 96 bits of what a NAT64 makes of an IPv4 address, where no prefix of its own is set.
const NAT64: u128 = 0x0064_ff9b << 96;

fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    u32::try_from(address.to_bits() ^ NAT64).ok().map(Ipv4Addr::from_bits)
}

fn slash_64(address: Ipv6Addr) -> IpAddr {
    Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into()
}

impl fmt::Display for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address @ IpAddr::V4(_)) => address.fmt(f),
            Some(address @ IpAddr::V6(_)) => write!(f, "{address}/64"),
            None => f.write_str("unknown"),
        }
    }
}

/// Whom a limit counts, as a digest: sixteen bytes, whatever was typed.
///
/// It is the first half of a SHA-256: to share the key of another, one would have to try 2^128 names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 16]);

impl Key {
    /// The account of this name, which need not exist. `name` is the canonical form, or one account had many keys.
    pub fn account(name: &str) -> Self {
        Self::digest(b"account", &[name.as_bytes()])
    }

    /// Everybody in a network.
    pub fn network(network: ClientNetwork) -> Self {
        match network.0 {
            Some(IpAddr::V4(address)) => Self::digest(b"ipv4", &[&address.octets()]),
            Some(IpAddr::V6(address)) => Self::digest(b"ipv6", &[&address.octets()]),
            None => Self::digest(b"unknown", &[]),
        }
    }

    /// An account as it is tried from one network.
    pub fn pair(account: Self, network: Self) -> Self {
        Self::digest(b"pair", &[&account.0, &network.0])
    }

    /// The session of this id.
    pub fn session(id: &[u8; 16]) -> Self {
        Self::digest(b"session", &[id])
    }

    /// A key of a limit, as the log is told of it.
    pub(crate) fn report(limit: Limit, key: Self) -> Self {
        Self::digest(b"report", &[&key.0, limit.name().as_bytes()])
    }

    /// Everybody.
    pub(crate) fn all() -> Self {
        Self::digest(b"all", &[])
    }

    /// Nobody: by it is found out whether a limiter works.
    pub(crate) fn look() -> Self {
        Self::digest(b"look", &[])
    }

    /// The sixteen bytes, which are spread evenly.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// What is of one kind has one length, except for its last part: no two ways of cutting make one digest.
    fn digest(kind: &[u8], parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        hash.update(kind);
        hash.update([0]);
        for part in parts {
            hash.update(part);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Self(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> ClientNetwork {
        ClientNetwork::of(Some(text.parse().unwrap()))
    }

    #[test]
    fn an_ipv4_address_is_a_network_of_its_own_in_either_spelling() {
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_eq!(network("192.0.2.1").to_string(), "192.0.2.1");
    }

    #[test]
    fn behind_a_nat64_every_ipv4_address_is_a_network_of_its_own() {
        assert_eq!(network("64:ff9b::192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("64:ff9b::192.0.2.1"), network("64:ff9b::192.0.2.2"));
        assert_eq!(network("64:ff9b::1:c000:201"), network("64:ff9b::2:c000:202"), "another prefix");
        assert_eq!(
            network("64:ff9b:1::192.0.2.1"),
            network("64:ff9b:1::192.0.2.2"),
            "a network's own prefix"
        );
    }

    #[test]
    fn the_addresses_of_one_slash_64_are_one_network() {
        assert_eq!(network("2001:db8:0:1::1"), network("2001:db8:0:1:ffff:ffff:ffff:ffff"));
        assert_ne!(network("2001:db8:0:1::1"), network("2001:db8:0:2::1"));
        assert_eq!(network("2001:db8:0:1::1").to_string(), "2001:db8:0:1::/64");
    }

    #[test]
    fn keys_of_different_kinds_never_meet() {
        let account = Key::account("192.0.2.1");
        let address = Key::network(network("192.0.2.1"));
        let unknown = Key::network(ClientNetwork::of(None));
        let keys = [
            account,
            address,
            unknown,
            Key::pair(account, address),
            Key::pair(address, account),
            Key::session(account.as_bytes()),
            Key::account("192.0.2.10"),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key), "{index}");
        }
    }
}
