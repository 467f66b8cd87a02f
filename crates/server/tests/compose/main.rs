//! The local stack, `docker-compose.yml`: what it must never lose, and its services run as it says, without an engine of
//! containers.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends in a panic when something is wrong")]

mod file;
mod image;
mod nginx;
mod planted;
mod rules;
mod running;
mod sandbox;
mod secrets;
mod settings;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

/// A file of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
