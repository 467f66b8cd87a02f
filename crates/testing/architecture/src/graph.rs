//! The workspace as the rules see it: crates, their folders, and what they name in `Cargo.toml`.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// When a dependency takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It is part of what is built: `[dependencies]` and `[build-dependencies]`, of any target.
    Build,
    /// It is there for tests, examples and benchmarks: `[dev-dependencies]`.
    Dev,
}

/// One line of a crate's `Cargo.toml`, by the package's own name even where it is renamed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// The package depended on.
    pub package: String,
    /// When it takes part.
    pub kind: Kind,
}

/// A crate of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crate {
    name: String,
    folder: String,
    dependencies: BTreeSet<Dependency>,
}

impl Crate {
    /// A crate without dependencies. `folder` holds its manifest, relative to the workspace's root and with `/`.
    pub fn new(name: impl Into<String>, folder: impl Into<String>) -> Self {
        Self { name: name.into(), folder: folder.into(), dependencies: BTreeSet::new() }
    }

    /// Adds a dependency; one that is there already changes nothing.
    pub fn depend_on(&mut self, package: impl Into<String>, kind: Kind) {
        self.dependencies.insert(Dependency { package: package.into(), kind });
    }

    /// The package's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder of its manifest, relative to the workspace's root.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// What it names, in the order of the alphabet.
    pub fn dependencies(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies.iter()
    }

    fn read(package: &Package, root: &Path) -> Self {
        let folder = package.manifest_path.parent().map(|folder| folder.as_std_path()).unwrap_or(root);
        let folder = folder.strip_prefix(root).unwrap_or(folder);
        let folder: Vec<_> = folder.iter().map(|part| part.to_string_lossy()).collect();
        let mut read = Self::new(package.name.as_str(), folder.join("/"));
        for dependency in &package.dependencies {
            let kind = match dependency.kind {
                DependencyKind::Development => Kind::Dev,
                // An unknown kind is held to the stricter rules.
                DependencyKind::Normal | DependencyKind::Build | DependencyKind::Unknown => Kind::Build,
            };
            read.depend_on(&dependency.name, kind);
        }
        read
    }
}

/// Every crate of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    crates: Vec<Crate>,
}

impl Graph {
    /// A graph of these crates.
    pub fn new(crates: impl IntoIterator<Item = Crate>) -> Self {
        Self { crates: crates.into_iter().collect() }
    }

    /// The workspace that `manifest` belongs to, as `cargo metadata --no-deps` tells it: from the manifests alone,
    /// without the network and without a lock file. The cargo asked is the one in `CARGO` where that is set, as it
    /// is under `cargo test`, so that one toolchain both builds and answers.
    ///
    /// # Errors
    /// cargo cannot be run, or cannot read a manifest.
    pub fn of_workspace(manifest: &Path) -> Result<Self, cargo_metadata::Error> {
        let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec()?;
        let root = metadata.workspace_root.as_std_path();
        Ok(Self::new(metadata.workspace_packages().into_iter().map(|package| Crate::read(package, root))))
    }

    /// The crates, in the order they were given.
    pub fn crates(&self) -> &[Crate] {
        &self.crates
    }

    /// Adds a crate.
    pub fn add(&mut self, added: Crate) {
        self.crates.push(added);
    }

    /// Takes out the crate of this name, if there is one.
    pub fn remove(&mut self, name: &str) {
        self.crates.retain(|there| there.name != name);
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Build => "depends on",
            Self::Dev => "dev-depends on",
        })
    }
}
