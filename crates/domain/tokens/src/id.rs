//! The ids of sessions and of single tokens.

use std::fmt;
use std::str::FromStr;

use concierge_kernel::{Entropy, MalformedId, Timestamp, UuidV7};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(UuidV7);

        impl $name {
            /// A new id for the moment `now`.
            pub fn generate(now: Timestamp, entropy: &dyn Entropy) -> Self {
                Self(UuidV7::generate(now, entropy))
            }

            /// The id as others name it who do not know what it is of.
            pub fn as_uuid(self) -> UuidV7 {
                self.0
            }

            /// The sixteen bytes of the id; all bits of the last seven are random.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, MalformedId> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// Names a session: the claim `sid` of its tokens.
    SessionId
}

id! {
    /// Names one token: its claim `jti` (RFC 7519, section 4.1.7).
    TokenId
}
