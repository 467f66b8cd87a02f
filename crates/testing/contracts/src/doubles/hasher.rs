//! A hasher that costs nothing.

use concierge_users::{HashFailure, Password, PasswordHash, PasswordHasher, Verification};

use super::Fault;

const CURRENT: &str = "$plain$v=2$";
const OUTDATED: &str = "$plain$v=1$";

/// "Hashes" by writing the password down in hexadecimal, for tests that are about something else. Nothing
/// about it is secret or slow; passwords of up to 240 bytes fit.
#[derive(Default)]
pub struct PlainHasher {
    /// Which calls fail just now: `hash`, `verify` or both.
    pub fault: Fault<HashFailure>,
}

impl PlainHasher {
    /// A hash of `password` that is good, but outdated: a login upgrades it.
    pub fn outdated(password: &Password) -> PasswordHash {
        written(OUTDATED, password)
    }
}

impl PasswordHasher for PlainHasher {
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashFailure> {
        self.fault.check("hash")?;
        Ok(written(CURRENT, password))
    }

    fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<Verification, HashFailure> {
        self.fault.check("verify")?;
        if *hash == written(CURRENT, password) {
            Ok(Verification::Match)
        } else if *hash == written(OUTDATED, password) {
            Ok(Verification::MatchOutdated)
        } else if hash.as_str().starts_with(CURRENT) {
            Ok(Verification::Mismatch)
        } else if hash.as_str().starts_with(OUTDATED) {
            Ok(Verification::MismatchOutdated)
        } else {
            Err(HashFailure::Unreadable("not written by this hasher".into()))
        }
    }

    fn decoy(&self) -> PasswordHash {
        // No hexadecimal, so no password is written like this.
        parsed(&format!("{CURRENT}decoy"))
    }
}

fn written(version: &str, password: &Password) -> PasswordHash {
    let hex: String = password.expose().bytes().map(|byte| format!("{byte:02x}")).collect();
    parsed(&format!("{version}{hex}"))
}

fn parsed(text: &str) -> PasswordHash {
    PasswordHash::parse(text).expect("a test's password is short")
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::password_hasher_suite!(PlainHasher::default);

    #[test]
    fn a_hash_is_of_its_own_password_alone_and_the_decoy_of_none() {
        let hasher = PlainHasher::default();
        let (one, other) =
            (Password::parse("one password").unwrap(), Password::parse("other password").unwrap());
        let verdict = |hash: &PasswordHash| hasher.verify(&one, hash).unwrap();
        assert_eq!(verdict(&hasher.hash(&one).unwrap()), Verification::Match);
        assert_eq!(verdict(&PlainHasher::outdated(&one)), Verification::MatchOutdated);
        assert_eq!(verdict(&hasher.hash(&other).unwrap()), Verification::Mismatch);
        assert_eq!(verdict(&PlainHasher::outdated(&other)), Verification::MismatchOutdated);
        assert_eq!(verdict(&hasher.decoy()), Verification::Mismatch);
        assert!(hasher.verify(&one, &PasswordHash::parse("$argon2id$x").unwrap()).is_err());
    }
}
