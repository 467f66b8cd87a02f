//! The argon2 hasher keeps the law of its port.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use std::sync::Arc;

use concierge_contracts::doubles::SeededEntropy;
use concierge_hashing::{Argon2Hasher, Argon2Settings};

/// A hasher as cheap as argon2 allows.
fn hasher() -> Argon2Hasher {
    let settings = Argon2Settings { memory_kib: 64, iterations: 1, parallelism: 1, threads: 1, queue: 8 };
    Argon2Hasher::new(settings, Arc::new(SeededEntropy::default())).unwrap()
}

concierge_contracts::password_hasher_suite!(hasher);
