//! Limits that several processes share in a Redis server, version 6 or later, or a Valkey.
//!
//! Each method of the ports is one script or command on one key, so it is atomic, and works in a cluster. The arithmetic of a
//! limiter's script, `cells.lua`, is governor's, which decides in the memory of each process.
//!
//! * Time is the server's, for it is the one clock that all who share it have. Were each to bring its own, whoever asks a slow
//!   one and a fast one in turn would be given what they differ by, each time (`limiter.rs`).
//! * Keys expire when what they say is what an unknown key says: a limit's when it is full again, an account's networks after
//!   thirty days. A server that needs room must not make it, or whoever fills it gets fresh tries and nobody is told:
//!   `maxmemory-policy noeviction`, by which a full one refuses to write.
//! * No call takes longer than it may, finding the server's address and a dripping answer included (`line.rs`). What fails is the port's
//!   `StoreFailure::Unavailable`, whatever the server said; who asks has to know what to do without it.

mod connections;
mod known;
mod limiter;
mod line;

pub use connections::{InvalidUrl, RedisConnections};
pub use known::RedisKnownNetworks;
pub use limiter::RedisRateLimiter;
