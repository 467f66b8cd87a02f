use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::channel;

use super::*;

/// Fills with 1, then with 2, and so on: different every time, the same in every run.
#[derive(Default)]
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed) + 1);
    }
}

const SMALL: Argon2Settings =
    Argon2Settings { memory_kib: 64, iterations: 2, parallelism: 1, threads: 1, queue: 1 };

fn hasher(settings: Argon2Settings) -> Argon2Hasher {
    Argon2Hasher::new(settings, Arc::new(Counting::default())).unwrap()
}

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

fn stored(text: &str) -> PasswordHash {
    PasswordHash::parse(text).unwrap()
}

#[test]
fn a_hash_matches_its_password_and_no_other() {
    let hasher = hasher(SMALL);
    let hash = hasher.hash(&password("correct horse")).unwrap();
    assert!(hash.as_str().starts_with("$argon2id$v=19$m=64,t=2,p=1$"), "{}", hash.as_str());
    assert_eq!(hasher.verify(&password("correct horse"), &hash).unwrap(), Verification::Match);
    assert_eq!(hasher.verify(&password("Correct horse"), &hash).unwrap(), Verification::Mismatch);
}

#[test]
fn every_hash_has_a_salt_of_its_own() {
    let hasher = hasher(SMALL);
    let hash = |_| hasher.hash(&password("correct horse")).unwrap();
    let [one, other] = [(), ()].map(hash);
    assert_ne!(one, other);
}

#[test]
fn a_hash_with_other_parameters_is_checked_with_its_own_and_outdated() {
    let hasher = hasher(SMALL);
    for other in [
        Argon2Settings { memory_kib: 32, ..SMALL },
        Argon2Settings { memory_kib: 256, ..SMALL },
        Argon2Settings { iterations: 1, ..SMALL },
        Argon2Settings { parallelism: 2, ..SMALL },
    ] {
        let hash = self::hasher(other).hash(&password("correct horse")).unwrap();
        assert_eq!(hasher.verify(&password("correct horse"), &hash).unwrap(), Verification::MatchOutdated);
        assert_eq!(hasher.verify(&password("wrong horse"), &hash).unwrap(), Verification::MismatchOutdated);
    }
}

/// Made by argon2's reference implementation (its `test.c`): password `password`, salt `somesalt`.
#[test]
fn hashes_of_other_programs_algorithms_and_versions_are_checked_and_outdated() {
    let hasher = hasher(SMALL);
    for hash in [
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
        "$argon2i$v=16$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
    ] {
        let verify = |text| hasher.verify(&password(text), &stored(hash)).unwrap();
        assert_eq!(verify("password"), Verification::MatchOutdated, "{hash}");
        assert_eq!(verify("passwore"), Verification::MismatchOutdated, "{hash}");
    }
}

#[test]
fn the_decoy_looks_like_a_current_hash_and_matches_nothing() {
    let hasher = hasher(SMALL);
    let (decoy, real) = (hasher.decoy(), hasher.hash(&password("correct horse")).unwrap());
    assert!(Stored::read(&decoy).unwrap().recipe == Stored::read(&real).unwrap().recipe);
    assert_eq!(decoy.as_str().len(), real.as_str().len());
    assert_eq!(hasher.verify(&password("correct horse"), &decoy).unwrap(), Verification::Mismatch);
    assert_eq!(hasher.decoy(), decoy);
}

#[test]
fn what_cannot_be_checked_is_unreadable_rather_than_a_mismatch() {
    let hasher = hasher(SMALL);
    let tail = "c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    for hash in [
        "$argon2id$rubbish".to_owned(),
        "$argon2id$v=19$m=256,t=2,p=1".to_owned(),
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ".to_owned(),
        "$argon2id$v=19$m=256,t=2,p=1$c29t$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4".to_owned(),
        format!("$argon2id$v=19$m=256,t=2,p=1${tail}$more"),
        format!("$scrypt$ln=15,r=8,p=1${tail}"),
        format!("$argon2id$v=18$m=256,t=2,p=1${tail}"),
        format!("$argon2id$v=19$m=256,t=2${tail}"),
        format!("$argon2id$v=19$m=256,t=2,p=1,x=1${tail}"),
        format!("$argon2id$v=19$m=4,t=2,p=1${tail}"),
        format!("$argon2id$v=19$m=1048577,t=1,p=1${tail}"),
        format!("$argon2id$v=19$m=4294967295,t=1,p=1${tail}"),
        format!("$argon2id$v=19$m=256,t=4294967295,p=1${tail}"),
        format!("$argon2id$v=19$m=8192,t=1,p=1000${tail}"),
    ] {
        let outcome = hasher.verify(&password("password"), &stored(&hash));
        assert!(matches!(outcome, Err(HashFailure::Unreadable(_))), "{hash}: {outcome:?}");
    }
}

#[test]
fn a_full_queue_is_an_overload_for_hashing_and_checking_alike_and_passes() {
    let hasher = hasher(SMALL);
    let hash = hasher.hash(&password("correct horse")).unwrap();
    let (open, opened) = channel::<()>();
    let running = hasher.pool.submit(move |_| opened.recv().unwrap_or_default()).unwrap();
    let waiting = hasher.pool.submit(|_| ()).unwrap();

    let outcome = hasher.hash(&password("correct horse"));
    assert!(matches!(outcome, Err(HashFailure::Overloaded)), "{outcome:?}");
    for hash in [&hash, &hasher.decoy()] {
        let outcome = hasher.verify(&password("correct horse"), hash);
        assert!(matches!(outcome, Err(HashFailure::Overloaded)), "{outcome:?}");
    }

    drop(open);
    running.wait().unwrap();
    waiting.wait().unwrap();
    assert_eq!(hasher.verify(&password("correct horse"), &hash).unwrap(), Verification::Match);
}

#[test]
fn many_callers_share_the_threads_and_each_gets_its_own_answer() {
    let hasher = hasher(Argon2Settings { threads: 2, queue: 16, ..SMALL });
    std::thread::scope(|scope| {
        for number in 0..16 {
            let hasher = &hasher;
            scope.spawn(move || {
                let text = format!("correct horse {number}");
                let hash = hasher.hash(&password(&text)).unwrap();
                assert_eq!(hasher.verify(&password(&text), &hash).unwrap(), Verification::Match);
            });
        }
    });
}

#[test]
fn settings_beyond_the_limits_make_no_hasher() {
    let settings = Argon2Settings { threads: 0, ..SMALL };
    let error = Argon2Hasher::new(settings, Arc::new(Counting::default())).err().unwrap();
    assert!(matches!(error, HashingSettingsError::Threads(0)));
}
