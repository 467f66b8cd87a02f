//! What `docs/operations.md` tells operators to do: backups while clients write, restoring them, archiving events.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

mod archive;
mod command;
mod load;
mod page;
mod postgres;
mod restored;
mod sqlite;
#[path = "../support/mod.rs"]
mod support;
