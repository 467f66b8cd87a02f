//! `[passwords]`: what a hash costs, how many may run, and how strong a new password must be.

use concierge_hashing::MAX_WORK_KIB;

use super::parse::whole;
use super::reader::{Read, Reader};

/// How passwords are hashed and how strong they must be.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// Argon2id's memory for one hash in KiB, from 8 times the lanes to 1 GiB.
    pub memory_kib: u32,
    /// Argon2id's passes, 1 to 100.
    pub iterations: u32,
    /// Argon2id's lanes, 1 to 16.
    pub parallelism: u32,
    /// Threads that hash at the same time, at most 1024; 0 takes one for each core.
    pub threads: usize,
    /// Hashes that may wait for a thread, 1 to 1024; each keeps a thread of the web adapter waiting, too.
    pub queue: usize,
    /// The least zxcvbn score of a new password, 0 to 4.
    pub min_score: u8,
}

/// Memory in KiB and passes that cost an attacker the same: OWASP's Password Storage Cheat Sheet on Argon2id.
const OWASP: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

const MOST_MEMORY: u32 = 1_048_576;

impl Passwords {
    pub(super) fn read(reader: &mut Reader) -> Read<Self> {
        let memory_kib = reader.required("passwords.memory_kib", whole(8..=MOST_MEMORY));
        let iterations = reader.required("passwords.iterations", whole(1..=100));
        let parallelism = reader.required("passwords.parallelism", whole(1..=16));
        let threads = reader.required("passwords.threads", whole(0..=1024));
        let queue = reader.required("passwords.queue", whole(1..=1024));
        let min_score = reader.required("passwords.min_score", whole(0..=4));
        if let (Ok(memory), Ok(lanes)) = (memory_kib, parallelism) {
            check_lanes(reader, memory, lanes);
        }
        if let (Ok(memory), Ok(passes)) = (memory_kib, iterations) {
            check_cost(reader, memory, passes);
        }
        Ok(Self {
            memory_kib: memory_kib?,
            iterations: iterations?,
            parallelism: parallelism?,
            threads: threads?,
            queue: queue?,
            min_score: min_score?,
        })
    }
}

/// Refuses less than 8 KiB for each lane (RFC 9106, section 3.1).
fn check_lanes(reader: &mut Reader, memory: u32, lanes: u32) {
    let least = 8 * lanes;
    if memory < least {
        let problem =
            format!("expected a whole number from {least}, 8 for each of {lanes} lanes, to {MOST_MEMORY}");
        reader.refuse("passwords.memory_kib", problem);
    }
}

fn check_cost(reader: &mut Reader, memory: u32, passes: u32) {
    if u64::from(memory) * u64::from(passes) > MAX_WORK_KIB {
        let problem = format!(
            "expected passwords.memory_kib times passwords.iterations to be at most {MAX_WORK_KIB}: a login would take \
             seconds"
        );
        reader.refuse("passwords.iterations", problem);
    }
    let strong = OWASP.iter().any(|(least, fewest)| memory >= *least && passes >= *fewest);
    if reader.environment().is_production() && !strong {
        reader.warn(format!(
            "passwords.memory_kib = {memory} with passwords.iterations = {passes} is cheaper to attack than OWASP \
             advises: 19456 with 2, or the like"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::{URL, faults, production, with};

    #[test]
    fn every_key_has_a_range() {
        let low = [
            ("PASSWORDS__MEMORY_KIB", "7"),
            ("PASSWORDS__ITERATIONS", "0"),
            ("PASSWORDS__PARALLELISM", "0"),
            ("PASSWORDS__THREADS", "-1"),
            ("PASSWORDS__QUEUE", "0"),
            ("PASSWORDS__MIN_SCORE", "-1"),
        ];
        assert_eq!(faults(&low).len(), 6);
        let high = [
            ("PASSWORDS__MEMORY_KIB", "1048577"),
            ("PASSWORDS__ITERATIONS", "101"),
            ("PASSWORDS__PARALLELISM", "17"),
            ("PASSWORDS__THREADS", "1025"),
            ("PASSWORDS__QUEUE", "1025"),
            ("PASSWORDS__MIN_SCORE", "5"),
        ];
        assert_eq!(faults(&high).len(), 6);
    }

    #[test]
    fn each_lane_needs_eight_kibibytes() {
        let lanes = ("PASSWORDS__PARALLELISM", "4");
        assert!(with(&[lanes, ("PASSWORDS__MEMORY_KIB", "32")]).is_ok());
        assert!(faults(&[lanes, ("PASSWORDS__MEMORY_KIB", "31")])[0].contains("from 32"));
    }

    #[test]
    fn hashes_weaker_than_owasp_advises_warn_in_production_alone() {
        let cost =
            |memory, passes| [URL, ("PASSWORDS__MEMORY_KIB", memory), ("PASSWORDS__ITERATIONS", passes)];
        assert_eq!(production(&cost("19455", "2")).unwrap().warnings.len(), 1);
        assert_eq!(production(&cost("47104", "1")).unwrap().warnings, [""; 0]);
        assert_eq!(production(&cost("7168", "5")).unwrap().warnings, [""; 0]);
        assert_eq!(with(&cost("64", "1")).unwrap().warnings, [""; 0]);
    }
}
