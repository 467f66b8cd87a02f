//! Every way in which a text fails to be an origin or a pattern, and what to do about each.

/// What is wrong with a text that should be an origin or a pattern of origins.
///
/// Displays as the predicate of a sentence ("has a trailing slash"); [`crate::OriginError`] makes the sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no text.
    #[error("is empty")]
    Empty,
    /// Nothing stands between two commas of a list, or before the first or after the last.
    #[error("is empty: it is item {position} of the list")]
    EmptyItem {
        /// The item's place in the list; the first is 1.
        position: usize,
    },
    /// `null`, which browsers send for sandboxed frames, local files and some redirects.
    #[error("is what every sandboxed frame and local file sends, whoever wrote it")]
    Null,
    /// `*`, which stands for everyone; browsers refuse it together with cookies.
    #[error("would let every site in, and browsers refuse it where cookies are sent")]
    Star,
    /// A blank, a line end or a control character, inside or around.
    #[error("contains a blank or a control character")]
    Blank,
    /// No `://`.
    #[error("has no scheme")]
    SchemeMissing,
    /// A scheme other than `http` and `https`.
    #[error("has a scheme other than http and https")]
    SchemeUnsupported,
    /// A scheme under which an app's framework or a browser's extension serves its pages: `capacitor`, `tauri`.
    #[error("has the scheme of an app's or an extension's pages, which are not supported")]
    SchemeOfAnApp,
    /// An upper-case letter in the scheme or the host.
    #[error("has upper-case letters, which browsers send in lower case")]
    UpperCase,
    /// A user name or a password before an `@`.
    #[error("names a user")]
    Userinfo,
    /// A path of `/` alone.
    #[error("has a trailing slash")]
    TrailingSlash,
    /// A longer path, or a backslash, which browsers take for a slash.
    #[error("has a path")]
    Path,
    /// A `?`.
    #[error("has a query")]
    Query,
    /// A `#`.
    #[error("has a fragment")]
    Fragment,
    /// Nothing between the scheme and the port or the end.
    #[error("has no host")]
    HostMissing,
    /// A letter outside ASCII in the host.
    #[error("has a host with letters outside ASCII, which browsers send in their `xn--` form")]
    NotAscii,
    /// A character that no host has.
    #[error("has the character `{0}` in its host")]
    ForbiddenCharacter(char),
    /// Two dots in a row, or a dot at the start of the host.
    #[error("has an empty label in its host")]
    EmptyLabel,
    /// A dot at the end of the host: to a browser another origin than the one without.
    #[error("has a dot at the end of its host, which makes it another origin")]
    TrailingDot,
    /// A label of more than 63 bytes (RFC 1035).
    #[error("has a label of more than 63 characters in its host")]
    LabelTooLong,
    /// A host of more than 253 bytes (RFC 1035).
    #[error("has a host of more than 253 characters")]
    HostTooLong,
    /// The last label is a number, so browsers read the host as an IPv4 address, but it is none.
    #[error("has a host that ends in a number and yet is no IPv4 address")]
    Ipv4Malformed,
    /// An IPv4 address in a spelling that browsers rewrite: `127.1`, `0x7f.1`, `127.0.0.01`.
    #[error("has an IPv4 address that browsers spell otherwise")]
    Ipv4NotCanonical,
    /// `0.0.0.0` or `[::]`: all addresses of a machine, on which servers listen and which nobody calls.
    #[error("has a host that stands for every address of a machine")]
    Unspecified,
    /// Brackets around something that is no IPv6 address.
    #[error("has a malformed IPv6 address")]
    Ipv6Malformed,
    /// An IPv6 address in a spelling that browsers rewrite (URL standard; RFC 5952).
    #[error("has an IPv6 address that browsers spell otherwise")]
    Ipv6NotCanonical,
    /// An IPv6 address that cannot be told from its port.
    #[error("has an IPv6 address without brackets")]
    Ipv6WithoutBrackets,
    /// A colon without a port.
    #[error("has a colon without a port")]
    PortMissing,
    /// The scheme's own port, which browsers leave out.
    #[error("has the default port of its scheme, which browsers leave out")]
    PortDefault,
    /// Port 0.
    #[error("has the port 0")]
    PortZero,
    /// A port such as `0443`.
    #[error("has a port with leading zeros")]
    PortLeadingZeros,
    /// A port that is no number.
    #[error("has a port that is not a number")]
    PortNotNumber,
    /// A port above 65535.
    #[error("has a port above 65535")]
    PortTooLarge,
    /// A pattern where one origin is wanted.
    #[error("is a pattern where one origin is wanted")]
    WildcardInOrigin,
    /// A `*` in the scheme, the port or a label that is not the leftmost.
    #[error("has a `*` outside the leftmost label of its host")]
    WildcardMisplaced,
    /// More than one `*`.
    #[error("has more than one `*`")]
    SecondWildcard,
    /// A `*` in a host of one label, which would match every such host.
    #[error("has a `*` and no domain after it")]
    WildcardWithoutDomain,
    /// A `*` in an IP address.
    #[error("has a `*` in an IP address")]
    WildcardInAddress,
    /// A `*` for a whole label where anyone can register a name.
    #[error("lets in every name under the public suffix `{suffix}`, where strangers can register")]
    PublicSuffix {
        /// The fixed part of the pattern.
        suffix: String,
    },
}

impl Fault {
    /// What to write, for texts that leave nothing to guess.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::Empty | Self::HostMissing => "write an origin such as `https://app.example.com`",
            Self::EmptyItem { .. } => "remove the doubled, leading or trailing comma",
            Self::Null => "write the origin that serves the frontend, such as `http://localhost:5173`",
            Self::Star => "write each frontend's origin, such as `https://app.example.com`",
            Self::Blank => "write it without",
            Self::SchemeMissing | Self::SchemeUnsupported => "write `https://` or `http://` and the host",
            Self::SchemeOfAnApp => {
                "write the http or https origin that the framework offers instead, such as `http://tauri.localhost`; where \
                 there is none, native code can log in with `\"delivery\":\"body\"` and send a Bearer"
            }
            Self::Unspecified => {
                "write the name or address that browsers call, such as `http://localhost:5000`"
            }
            Self::UpperCase => "write it in lower case",
            Self::Userinfo | Self::TrailingSlash | Self::Path | Self::Query | Self::Fragment => {
                "write the scheme, the host and the port alone, such as `https://app.example.com:8443`"
            }
            Self::NotAscii => "write that form, as the browser's console shows it in `location.origin`",
            Self::ForbiddenCharacter(_) => "write letters, digits, hyphens and dots alone",
            Self::EmptyLabel => "write a single dot between two labels and none in front",
            Self::TrailingDot => "write it without that dot",
            Self::LabelTooLong | Self::HostTooLong => "write a host that DNS can carry",
            Self::Ipv4Malformed | Self::Ipv4NotCanonical => {
                "write four numbers from 0 to 255, such as `127.0.0.1`"
            }
            Self::Ipv6Malformed | Self::Ipv6NotCanonical | Self::Ipv6WithoutBrackets => {
                "write it in brackets and before the port, such as `http://[::1]:5173`"
            }
            Self::PortMissing | Self::PortDefault => "write it without",
            Self::PortZero | Self::PortLeadingZeros | Self::PortNotNumber | Self::PortTooLarge => {
                "write a number from 1 to 65535"
            }
            Self::WildcardInOrigin => "write it without a `*`",
            Self::WildcardMisplaced | Self::SecondWildcard => {
                "write one `*`, in the leftmost label, such as `https://*.preview.example.com`"
            }
            Self::WildcardWithoutDomain => {
                "write the domain that you own after it, such as `https://*.preview.example.com`"
            }
            Self::WildcardInAddress => "write each address as an origin of its own",
            Self::PublicSuffix { .. } => {
                "write a domain that you own after the `*`, such as `https://*.preview.example.com`"
            }
        }
    }
}
