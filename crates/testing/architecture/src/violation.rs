//! What can be wrong, one sentence each.

use std::fmt;

use crate::{Kind, Layer};

/// A dependency of one of our crates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The crate that depends.
    pub from: String,
    /// The package it depends on.
    pub to: String,
    /// When it does.
    pub kind: Kind,
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.from, self.kind, self.to)
    }
}

/// A rule of the house, broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A crate of the workspace that nobody gave a layer.
    #[error("{name} in {folder} has no layer: every crate of the workspace stands in HOUSE")]
    Unlisted {
        /// The crate.
        name: String,
        /// Where it lives.
        folder: String,
    },
    /// A line of the table whose crate is gone.
    #[error("{name} is in HOUSE but not in the workspace: the table lists what exists")]
    Missing {
        /// The crate that was.
        name: String,
    },
    /// A crate that lives where its layer does not.
    #[error("{name} lives in {folder}: as {layer} it belongs in {expected}")]
    WrongFolder {
        /// The crate.
        name: String,
        /// What it is.
        layer: Layer,
        /// Where it lives.
        folder: String,
        /// Where it belongs.
        expected: String,
    },
    /// A crate sees an outer layer.
    #[error("{edge}: {from} may not see {to}, for dependencies point inwards")]
    Upward {
        /// The dependency.
        edge: Edge,
        /// The layer of the crate that depends.
        from: Layer,
        /// The layer it looks up to.
        to: Layer,
    },
    /// A crate sees another of its own layer.
    #[error("{edge}: each is {layer}, and crates of one layer do not see each other")]
    Sideways {
        /// The dependency.
        edge: Edge,
        /// The layer of both.
        layer: Layer,
    },
    /// A crate is built on the contracts instead of being tested by them.
    #[error("{edge}: the contracts serve tests, as a dev-dependency")]
    ForTestsAlone {
        /// The dependency.
        edge: Edge,
    },
    /// A crate that watches the house depends on a part of it.
    #[error("{edge}: {from} may see none of our crates")]
    StandsAlone {
        /// The dependency.
        edge: Edge,
        /// Which of them it is.
        from: Layer,
    },
    /// An outside package stands in another crate than its own.
    #[error("{edge}: {} may stand only in {}", edge.to, homes.join(", "))]
    AwayFromHome {
        /// The dependency.
        edge: Edge,
        /// The crates that may depend on it.
        homes: Vec<String>,
    },
    /// A domain names a framework, a runtime, a database, a format or a log.
    #[error("{edge}: the domain is pure Rust, without I/O, async or framework, in its tests too")]
    ImpureDomain {
        /// The dependency.
        edge: Edge,
    },
}
