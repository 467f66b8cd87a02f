//! Identifiers: UUIDs of version 7 (RFC 9562), made from the clock and the entropy ports.

use std::fmt;
use std::str::FromStr;

use uuid::{Builder, Uuid, Version};

use crate::{Clock, Entropy, Timestamp};

/// A UUID of version 7: 48 bits of time, so that ids made later sort later, and 74 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UuidV7(Uuid);

/// The text is no UUID, or one of another version than 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID of version 7")]
pub struct MalformedId;

impl UuidV7 {
    /// A new identifier for the moment `now`.
    pub fn generate(now: Timestamp, entropy: &dyn Entropy) -> Self {
        let mut random = [0; 10];
        entropy.fill(&mut random);
        let millis = now.as_micros().unsigned_abs() / 1000;
        Self(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The sixteen bytes of the identifier.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for UuidV7 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for UuidV7 {
    type Err = MalformedId;

    /// Reads the hyphenated lower- or upper-case form alone, so that an id has one spelling but for case.
    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let uuid = Uuid::try_parse(text).map_err(|_| MalformedId)?;
        let hyphenated = text.len() == uuid::fmt::Hyphenated::LENGTH;
        let v7 = uuid.get_version() == Some(Version::SortRand);
        (hyphenated && v7).then_some(Self(uuid)).ok_or(MalformedId)
    }
}

/// Names a user for good; usernames may change, this does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(UuidV7);

impl UserId {
    /// A new id for a user created now.
    pub fn generate(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
        Self(UuidV7::generate(clock.now(), entropy))
    }

    /// The sixteen bytes of the id.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for UserId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ones;
    impl Entropy for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    #[test]
    fn an_id_carries_its_millisecond_and_survives_a_round_trip() {
        let id = UuidV7::generate(Timestamp::from_micros(1_000_000).unwrap(), &Ones);
        assert_eq!(id.to_string(), "00000000-03e8-7fff-bfff-ffffffffffff");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn other_spellings_and_other_versions_are_refused() {
        for text in [
            "",
            "x",
            "0000000003e87fffbfffffffffffffff",
            "{00000000-03e8-7fff-bfff-ffffffffffff}",
            "00000000-03e8-4fff-bfff-ffffffffffff",
        ] {
            assert_eq!(text.parse::<UuidV7>(), Err(MalformedId), "{text}");
        }
    }
}
