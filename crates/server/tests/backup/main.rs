//! Backups, taken while clients write and restored as `docs/operations.md` tells.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod command;
mod load;
mod postgres;
mod restored;
mod sqlite;
#[path = "../support/mod.rs"]
mod support;
