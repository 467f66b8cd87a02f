//! Stand-ins that tests can steer: for time, chance, hashing, signing and limits, and for stores that break.

mod breakable;
mod fault;
mod hasher;
mod limiter;
mod signer;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use concierge_kernel::{Clock, Entropy, Timestamp};

pub use breakable::Breakable;
pub use fault::Fault;
pub use hasher::PlainHasher;
pub use limiter::{PlainKnownNetworks, PlainLimiter};
pub use signer::FakeSigner;

/// A clock that stands still until a test moves it. Starts on 2026-11-20 at 13:05:27.121465 UTC.
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Sets the clock back, as wall clocks are.
    pub fn set_back(&self, span: Duration) {
        self.0.store(self.now().minus(span).as_micros(), Ordering::SeqCst);
    }

    /// Moves the clock forward.
    pub fn advance(&self, span: Duration) {
        self.0.store(self.now().plus(span).as_micros(), Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self(AtomicI64::new(1_795_179_927_121_465))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}

/// Bytes that look random, never repeat within one source, and are the same in every run (SplitMix64).
#[derive(Default)]
pub struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    /// A source whose bytes differ from those of every other `seed`.
    pub fn from_seed(seed: u32) -> Self {
        Self(AtomicU64::new(u64::from(seed) << 32))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z =
                self.0.fetch_add(1, Ordering::SeqCst).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}
