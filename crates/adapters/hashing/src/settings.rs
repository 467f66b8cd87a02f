//! What can be set, and the limits that settings and stored hashes share.

use std::io;
use std::thread::available_parallelism;

use argon2::Params;
use concierge_kernel::BoxError;

/// How dear a hash is, and how many may be made at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Settings {
    /// Memory that one hash takes, in KiB; 8 × `parallelism` to 1 048 576 (1 GiB). 19 456 (19 MiB) by default.
    pub memory_kib: u32,
    /// Passes over that memory; at least 1, and at most so many that `memory_kib` × `iterations` stays within
    /// 4 194 304 (4 GiB). 2 by default.
    pub iterations: u32,
    /// Lanes, 1 to 64. They are computed one after another: more of them do not make a hash faster. 1 by default.
    pub parallelism: u32,
    /// Hashes made at a time, each on a thread of its own; 1 to 1024. As many as there are cores by default.
    pub threads: usize,
    /// Hashes that may wait for a thread; 0 to 65 536. 64 by default: about a second's work of one core.
    pub queue: usize,
}

impl Default for Argon2Settings {
    /// The parameters that OWASP's Password Storage Cheat Sheet names first, on every core.
    fn default() -> Self {
        Self {
            memory_kib: Params::DEFAULT_M_COST,
            iterations: Params::DEFAULT_T_COST,
            parallelism: Params::DEFAULT_P_COST,
            threads: available_parallelism().map_or(1, usize::from).min(MAX_THREADS),
            queue: 64,
        }
    }
}

/// Why a hasher could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HashingSettingsError {
    /// The parameters are beyond what argon2 or good sense allows.
    #[error(
        "argon2 cannot use memory_kib = {memory_kib}, iterations = {iterations}, parallelism = {parallelism}"
    )]
    Parameters {
        /// The memory that was set, in KiB.
        memory_kib: u32,
        /// The passes that were set.
        iterations: u32,
        /// The lanes that were set.
        parallelism: u32,
        /// The limit that they break.
        #[source]
        source: ParametersError,
    },
    /// The parameters cannot be written into a hash.
    #[error("the parameters cannot be written as a PHC string")]
    Unwritable(#[source] BoxError),
    /// Not 1 to 1024 threads.
    #[error("there must be 1 to {MAX_THREADS} hashing threads, not {0}")]
    Threads(usize),
    /// A queue longer than 65 536.
    #[error("at most {MAX_QUEUE} hashes may wait, not {0}")]
    Queue(usize),
    /// The operating system gave no thread.
    #[error("no hashing thread could be started")]
    Spawn(#[source] io::Error),
}

/// Which limit the parameters of a hash break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// More than 1 GiB.
    #[error("a hash may take at most 1 GiB of memory")]
    TooMuchMemory,
    /// More than 4 GiB in all passes together, which takes seconds.
    #[error("the passes over the memory may come to at most 4 GiB")]
    TooMuchWork,
    /// More than 64 lanes.
    #[error("a hash may have at most 64 lanes")]
    TooManyLanes,
    /// A limit of argon2's own, RFC 9106, section 3.1.
    #[error("argon2 refuses them")]
    Argon2(#[source] argon2::Error),
}

const MAX_THREADS: usize = 1024;
const MAX_QUEUE: usize = 65_536;
const MAX_MEMORY_KIB: u32 = 1 << 20;
/// The most memory in KiB times passes that a hash may take: seconds on any machine.
pub const MAX_WORK_KIB: u64 = 4 << 20;
const MAX_LANES: u32 = 64;

impl Argon2Settings {
    /// The parameters of a hash with these settings; the counts of threads and queue are checked, too.
    pub(crate) fn params(&self, output_len: usize) -> Result<Params, HashingSettingsError> {
        if !(1..=MAX_THREADS).contains(&self.threads) {
            return Err(HashingSettingsError::Threads(self.threads));
        }
        if self.queue > MAX_QUEUE {
            return Err(HashingSettingsError::Queue(self.queue));
        }
        Params::new(self.memory_kib, self.iterations, self.parallelism, Some(output_len))
            .map_err(ParametersError::Argon2)
            .and_then(|params| within_limits(&params).map(|()| params))
            .map_err(|source| HashingSettingsError::Parameters {
                memory_kib: self.memory_kib,
                iterations: self.iterations,
                parallelism: self.parallelism,
                source,
            })
    }
}

/// Whether a hash with these parameters may be made or checked. A stored hash beyond them would be a lever
/// against the machine, for whoever can write one.
pub(crate) fn within_limits(params: &Params) -> Result<(), ParametersError> {
    if params.m_cost() > MAX_MEMORY_KIB {
        return Err(ParametersError::TooMuchMemory);
    }
    if u64::from(params.m_cost()) * u64::from(params.t_cost()) > MAX_WORK_KIB {
        return Err(ParametersError::TooMuchWork);
    }
    if params.p_cost() > MAX_LANES {
        return Err(ParametersError::TooManyLanes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(change: impl FnOnce(&mut Argon2Settings)) -> String {
        let mut settings = Argon2Settings::default();
        change(&mut settings);
        let error = settings.params(32).unwrap_err();
        let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
        format!("{error}{}", source.unwrap_or_default())
    }

    #[test]
    fn the_defaults_are_19_mib_two_passes_one_lane_on_every_core() {
        let settings = Argon2Settings::default();
        assert_eq!((settings.memory_kib, settings.iterations, settings.parallelism), (19 * 1024, 2, 1));
        assert!(settings.threads >= 1);
        assert!(settings.params(32).is_ok());
    }

    #[test]
    fn every_limit_is_named_when_it_is_broken() {
        assert_eq!(fault(|s| s.threads = 0), "there must be 1 to 1024 hashing threads, not 0");
        assert_eq!(fault(|s| s.queue = 65_537), "at most 65536 hashes may wait, not 65537");
        assert_eq!(
            fault(|s| s.memory_kib = (1 << 20) + 1),
            "argon2 cannot use memory_kib = 1048577, iterations = 2, parallelism = 1: \
             a hash may take at most 1 GiB of memory"
        );
        assert!(
            fault(|s| s.iterations = 1000).ends_with("the passes over the memory may come to at most 4 GiB")
        );
        assert!(fault(|s| s.parallelism = 65).ends_with("a hash may have at most 64 lanes"));
        for fault in [fault(|s| s.memory_kib = 7), fault(|s| s.iterations = 0), fault(|s| s.parallelism = 0)]
        {
            assert!(fault.ends_with("argon2 refuses them"), "{fault}");
        }
    }
}
