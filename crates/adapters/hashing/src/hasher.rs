//! The port `PasswordHasher`, on the pool.

use std::sync::Arc;
use std::time::Duration;

use concierge_kernel::{BoxError, Entropy};
use concierge_users::{HashFailure, Password, PasswordHash, PasswordHasher, Verification};
use secrecy::{ExposeSecret, SecretString};

use crate::memory::Memory;
use crate::pool::Pool;
use crate::recipe::{OUTPUT_LEN, Recipe, SALT_LEN, Stored};
use crate::{Argon2Settings, HashingSettingsError};

/// How long a thread without work keeps its block of memory.
const IDLE: Duration = Duration::from_secs(1);

/// Hashes passwords with argon2id on threads of its own, named `concierge-argon2-1` and on.
///
/// Calls block until there is an answer, so nobody ever leaves the queue early; they fail at once with
/// [`HashFailure::Overloaded`] when it is full. Dropping the hasher stops its threads.
pub struct Argon2Hasher {
    pool: Pool<Memory>,
    current: Recipe,
    decoy: PasswordHash,
    entropy: Arc<dyn Entropy>,
}

impl Argon2Hasher {
    /// Checks the settings and starts the threads. `entropy` gives every hash its salt.
    pub fn new(settings: Argon2Settings, entropy: Arc<dyn Entropy>) -> Result<Self, HashingSettingsError> {
        let current = Recipe::current(settings.params(OUTPUT_LEN)?);
        let decoy = decoy(&current, entropy.as_ref()).map_err(HashingSettingsError::Unwritable)?;
        let pool = Pool::start("concierge-argon2", settings.threads, settings.queue, IDLE)
            .map_err(HashingSettingsError::Spawn)?;
        Ok(Self { pool, current, decoy, entropy })
    }

    /// Runs `job` on the pool with a copy of the password, which is zeroised afterwards.
    fn run<R: Send + 'static>(
        &self,
        password: &Password,
        job: impl FnOnce(&str, &mut Memory) -> Result<R, BoxError> + Send + 'static,
    ) -> Result<R, HashFailure> {
        let password = SecretString::from(password.expose());
        let usual = self.current.blocks();
        let reply = self.pool.submit(move |memory: &mut Memory| {
            let result = job(password.expose_secret(), memory);
            memory.tidy(usual);
            result
        });
        let result = reply.map_err(|_| HashFailure::Overloaded)?.wait();
        result.map_err(|panicked| HashFailure::Failed(panicked.into()))?.map_err(HashFailure::Failed)
    }
}

impl PasswordHasher for Argon2Hasher {
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashFailure> {
        let mut salt = [0; SALT_LEN];
        self.entropy.fill(&mut salt);
        let recipe = self.current.clone();
        self.run(password, move |password, memory| recipe.hash(password, &salt, memory))
    }

    fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<Verification, HashFailure> {
        let stored = Stored::read(hash).map_err(|error| HashFailure::Unreadable(error.into()))?;
        let outdated = stored.recipe != self.current;
        let matches = self.run(password, move |password, memory| stored.matches(password, memory))?;
        Ok(match (matches, outdated) {
            (false, false) => Verification::Mismatch,
            (false, true) => Verification::MismatchOutdated,
            (true, false) => Verification::Match,
            (true, true) => Verification::MatchOutdated,
        })
    }

    fn decoy(&self) -> PasswordHash {
        self.decoy.clone()
    }
}

/// A hash of nothing: 32 random bytes where the hash would be. To find a password for them is to find a preimage.
fn decoy(recipe: &Recipe, entropy: &dyn Entropy) -> Result<PasswordHash, BoxError> {
    let (mut salt, mut output) = ([0; SALT_LEN], [0; OUTPUT_LEN]);
    entropy.fill(&mut salt);
    entropy.fill(&mut output);
    recipe.write(&salt, &output)
}

#[cfg(test)]
mod tests;
