//! Limits kept in this process: governor's arithmetic in a memory that is bounded. It is forgotten with the process, and
//! every instance counts on its own.
//!
//! governor decides: its `RateLimiter` holds the generic cell rate algorithm. Ours are
//!
//! * the clock, for governor's own read the system's, and wall clocks step (`elapsed.rs`);
//! * the memory, for governor's grows with every key it meets (`buckets.rs`);
//! * giving back, which governor does not know: the moment it keeps for a key is set back by one interval (`cells.rs`).

mod buckets;
mod cells;
mod elapsed;
mod known;
mod limiter;

pub use known::MemoryKnownNetworks;
pub use limiter::MemoryRateLimiter;
