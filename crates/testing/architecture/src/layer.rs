//! The table of the house: each crate and its layer.

use std::fmt;

/// Every crate of the workspace and its layer, innermost first. One that is not here fails, and so does a line
/// whose crate is gone.
pub const HOUSE: &[(&str, Layer)] = &[
    ("concierge-kernel", Layer::Kernel),
    ("concierge-greeting", Layer::Domain),
    ("concierge-users", Layer::Domain),
    ("concierge-tokens", Layer::Domain),
    ("concierge-origins", Layer::Domain),
    ("concierge-audit", Layer::Domain),
    ("concierge-throttle", Layer::Domain),
    ("concierge-contracts", Layer::Contracts),
    ("concierge-test-servers", Layer::Contracts),
    ("concierge-web", Layer::Adapter),
    ("concierge-store-memory", Layer::Adapter),
    ("concierge-store-sqlite", Layer::Adapter),
    ("concierge-store-postgres", Layer::Adapter),
    ("concierge-hashing", Layer::Adapter),
    ("concierge-signing", Layer::Adapter),
    ("concierge-throttle-memory", Layer::Adapter),
    ("concierge-throttle-redis", Layer::Adapter),
    ("concierge-probe", Layer::Adapter),
    ("concierge-conformance", Layer::Adapter),
    ("concierge-server", Layer::Server),
    ("concierge-architecture", Layer::Architecture),
    ("concierge-benches", Layer::Benches),
];

/// A layer of the house. The order is the direction: a crate may see what is less than itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// What every domain needs.
    Kernel,
    /// Pure Rust: no I/O, no async, no framework.
    Domain,
    /// The law of each port, for the tests of its adapters and its users; and the servers that tests start.
    Contracts,
    /// One outside thing each.
    Adapter,
    /// The binary: the only crate that knows every name.
    Server,
    /// These rules. It reads manifests and sees nobody.
    Architecture,
    /// What concierge is measured against. It sees nobody, or it would measure concierge against itself.
    Benches,
}

impl Layer {
    /// The layer of a crate of ours; `None` for one that is not in [`HOUSE`], outside packages included.
    pub fn of(name: &str) -> Option<Self> {
        HOUSE.iter().find(|(listed, _)| *listed == name).map(|(_, layer)| *layer)
    }

    /// The one folder in which a crate of this layer and this name belongs, relative to the workspace's root.
    pub fn folder_for(self, name: &str) -> String {
        let parent = match self {
            Self::Kernel | Self::Domain => "crates/domain/",
            Self::Adapter => "crates/adapters/",
            Self::Server => "crates/",
            Self::Contracts | Self::Architecture => "crates/testing/",
            Self::Benches => "",
        };
        format!("{parent}{}", name.strip_prefix("concierge-").unwrap_or(name))
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kernel => "the kernel",
            Self::Domain => "a domain",
            Self::Contracts => "the contracts",
            Self::Adapter => "an adapter",
            Self::Server => "the server",
            Self::Architecture => "the architecture test",
            Self::Benches => "the benchmarks",
        })
    }
}
