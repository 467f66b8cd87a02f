//! Three replicas behind a real nginx on one database: who hops between them never notices, and neither does who is served
//! while one of them is killed, restarted or given another key.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends in a panic when something is wrong")]

mod fleet;
mod hops;
mod keys;
mod limits;
mod load;
mod page;
mod people;
mod restarts;
mod revocation;
#[path = "../support/mod.rs"]
mod support;
