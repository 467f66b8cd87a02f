//! Password hashing with argon2id (RFC 9106), bounded in threads, in queue and in memory.
//!
//! [`Argon2Hasher`] implements the port `PasswordHasher` of `concierge-users`. A hash is meant to be dear: 19 MiB
//! and tens of milliseconds of a core. What is dear must be rationed, or a crowd of logins takes the whole
//! machine down. So hashing runs on threads of its own, as many as [`Argon2Settings::threads`] at a time;
//! [`Argon2Settings::queue`] more may wait; whoever comes then hears `HashFailure::Overloaded` at once.
//! Whatever is asked of it, memory stays below threads × `memory_kib` (one older, larger hash per thread aside).
//!
//! - `settings`: what can be set, and the limits that settings and stored hashes share.
//! - `recipe`: one way to hash (algorithm, version, parameters), to and from PHC strings.
//! - `memory`: the block that argon2 fills, kept from job to job.
//! - `pool`: the threads and their queue; knows nothing of argon2.
//! - `hasher`: the port on top of these.
//!
//! # To change something
//!
//! - *The parameters:* they are settings. Hashes made with others keep working, and every login replaces the one
//!   it used.
//! - *Another algorithm:* teach `recipe` to read its PHC strings, make it the current recipe, and keep the old
//!   one readable for as long as hashes of it are stored.

mod hasher;
mod memory;
mod pool;
mod recipe;
mod settings;

pub use hasher::Argon2Hasher;
pub use settings::{Argon2Settings, HashingSettingsError, MAX_WORK_KIB, ParametersError};
