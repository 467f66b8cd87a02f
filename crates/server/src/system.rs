//! The clock and the randomness of the real world: the only place that may ask the system for either.

use std::time::{SystemTime, UNIX_EPOCH};

use concierge_kernel::{Clock, Entropy, Timestamp};

/// The system's wall clock.
pub struct SystemClock;

impl Clock for SystemClock {
    /// The present moment; the epoch or the end of time where the system's clock is off by millennia.
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter of the port")]
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_epoch.as_micros()).ok().and_then(Timestamp::from_micros).unwrap_or(Timestamp::MAX)
    }
}

/// The operating system's randomness.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter of the port")]
        let filled = getrandom::fill(bytes);
        #[expect(
            clippy::expect_used,
            reason = "the port asks for a panic: nothing safe can be done without"
        )]
        filled.expect("the operating system supplies randomness");
    }
}
