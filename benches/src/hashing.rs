//! argon2id alone, on as many threads as asked: what logins per second cannot exceed.

use std::fmt;
use std::num::{NonZeroU64, NonZeroUsize};
use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Error, Params, Version};

/// Memory in KiB, passes and lanes: what concierge hashes with, the first choice of OWASP's cheat sheet.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

const PASSWORD: &[u8] = b"correct horse battery staple";
const SALT: &[u8; 16] = b"a salt of 16 B..";

/// How many verifications were made, and how fast.
#[derive(Debug)]
pub(crate) struct Measured {
    verifications: u64,
    per_second: f64,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} verifications, {:.1} per second", self.verifications, self.per_second)
    }
}

/// Verifies one password on `threads` threads for `seconds` seconds, each thread in memory of its own that it
/// fills once beforehand and keeps.
pub(crate) fn measure(threads: NonZeroUsize, seconds: NonZeroU64) -> Result<Measured, Error> {
    let span = Duration::from_secs(seconds.get());
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads.get()).map(|_| scope.spawn(|| verify_for(span))).collect();
        let mut total = Measured { verifications: 0, per_second: 0.0 };
        for thread in running {
            let one = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            total.verifications += one.verifications;
            total.per_second += one.per_second;
        }
        Ok(total)
    })
}

#[expect(clippy::disallowed_methods, reason = "this measures real time, and nothing else here tells it")]
fn verify_for(span: Duration) -> Result<Measured, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut digest = || {
        let mut digest = [0; Params::DEFAULT_OUTPUT_LEN];
        argon2.hash_password_into_with_memory(PASSWORD, SALT, &mut digest, &mut memory).map(|()| digest)
    };
    // The first one pays for the pages of the memory; it is not counted.
    let stored = digest()?;
    let started = Instant::now();
    let mut verifications = 0_u32;
    while started.elapsed() < span {
        if digest()? == stored {
            verifications += 1;
        }
    }
    let per_second = f64::from(verifications) / started.elapsed().as_secs_f64();
    Ok(Measured { verifications: u64::from(verifications), per_second })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_s_verifications_count() {
        let measured = measure(NonZeroUsize::new(2).unwrap(), NonZeroU64::MIN).unwrap();
        assert!(measured.verifications >= 2, "{measured}");
        // The span is a second and each thread may finish one verification after it: never more than were made.
        assert!(
            measured.per_second > 0.0 && measured.per_second <= measured.verifications as f64,
            "{measured}"
        );
    }
}
