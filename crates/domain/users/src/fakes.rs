//! The smallest fakes of the ports that show what the use cases ask of them, in which order.

use std::sync::{Arc, Mutex};

use concierge_kernel::{Clock, Entropy, StoreFailure, Timestamp, UserId};

use crate::{
    ChangeUserError, Changed, Credentials, HashFailure, InsertUserError, Password, PasswordHash,
    PasswordHasher, Roles, User, UserChange, UserQuery, UserStore, Username, Verification,
};

/// Everything that was asked of the fakes that share it, in order.
#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    fn note(&self, entry: impl Into<String>) {
        self.0.lock().unwrap().push(entry.into());
    }

    pub(crate) fn entries(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// What the fakes do when they are asked to break.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    Broken,
    Overloaded,
    /// The compare-and-swap finds another hash.
    Raced,
}

#[derive(Default)]
pub(crate) struct FakeStore {
    pub(crate) users: Mutex<Vec<Credentials>>,
    pub(crate) journal: Journal,
    pub(crate) fault: Fault,
}

impl FakeStore {
    fn check(&self, call: &str) -> Result<(), StoreFailure> {
        self.journal.note(call);
        match self.fault {
            Fault::Broken => Err(StoreFailure::Failed("broken".into())),
            _ => Ok(()),
        }
    }
}

impl UserStore for FakeStore {
    fn insert(&self, user: &User, password_hash: &PasswordHash) -> Result<(), InsertUserError> {
        self.check("insert")?;
        let mut users = self.users.lock().unwrap();
        if users.iter().any(|known| known.user.username == user.username) {
            return Err(InsertUserError::UsernameTaken);
        }
        users.push(Credentials { user: user.clone(), password_hash: password_hash.clone() });
        Ok(())
    }

    fn find(&self, id: UserId) -> Result<Option<User>, StoreFailure> {
        self.check("find")?;
        Ok(self.users.lock().unwrap().iter().map(|known| &known.user).find(|user| user.id == id).cloned())
    }

    fn find_credentials(&self, username: &Username) -> Result<Option<Credentials>, StoreFailure> {
        self.check("find_credentials")?;
        Ok(self.users.lock().unwrap().iter().find(|known| known.user.username == *username).cloned())
    }

    fn replace_password_hash(
        &self,
        id: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreFailure> {
        self.check("replace")?;
        let mut users = self.users.lock().unwrap();
        let known = users.iter_mut().find(|known| known.user.id == id && known.password_hash == *expected);
        Ok(match known {
            Some(known) if self.fault != Fault::Raced => {
                known.password_hash = new.clone();
                true
            }
            _ => false,
        })
    }

    fn set_password_hash(&self, id: UserId, new: &PasswordHash) -> Result<bool, StoreFailure> {
        self.check("set_password_hash")?;
        let mut users = self.users.lock().unwrap();
        let known = users.iter_mut().find(|known| known.user.id == id);
        Ok(known.map(|known| known.password_hash = new.clone()).is_some())
    }

    fn page(&self, query: &UserQuery) -> Result<Vec<User>, StoreFailure> {
        self.check("page")?;
        let users = self.users.lock().unwrap();
        let asked_for = users.iter().map(|known| &known.user).filter(|user| query.asks_for(&user.username));
        let mut found: Vec<_> = asked_for.cloned().collect();
        found.sort_by(|one, other| one.username.cmp(&other.username));
        found.truncate(query.limit as usize);
        Ok(found)
    }

    fn change(
        &self,
        id: UserId,
        change: &UserChange,
        _by: Option<UserId>,
        at: Timestamp,
    ) -> Result<Changed, ChangeUserError> {
        self.check("change")?;
        let mut users = self.users.lock().unwrap();
        let known = users.iter_mut().find(|known| known.user.id == id).ok_or(ChangeUserError::UnknownUser)?;
        let after = change.apply(&known.user, at);
        let before = std::mem::replace(&mut known.user, after.clone());
        Ok(Changed { before, after })
    }
}

/// "Hashes" by writing the password down: `$new$…` with the current parameters, `$old$…` with older ones.
#[derive(Default)]
pub(crate) struct FakeHasher {
    pub(crate) journal: Journal,
    pub(crate) hash_fault: Fault,
    pub(crate) verify_fault: Fault,
}

fn check(fault: Fault) -> Result<(), HashFailure> {
    match fault {
        Fault::Overloaded => Err(HashFailure::Overloaded),
        Fault::Broken => Err(HashFailure::Failed("broken".into())),
        Fault::None | Fault::Raced => Ok(()),
    }
}

impl PasswordHasher for FakeHasher {
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashFailure> {
        self.journal.note("hash");
        check(self.hash_fault)?;
        Ok(hash_of("new", password.expose()))
    }

    fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<Verification, HashFailure> {
        let decoy = *hash == self.decoy();
        self.journal.note(if decoy { "verify decoy" } else { "verify" });
        check(self.verify_fault)?;
        Ok(if *hash == hash_of("old", password.expose()) {
            Verification::MatchOutdated
        } else if *hash == hash_of("new", password.expose()) || decoy {
            // A decoy that matched everything must still let nobody in.
            Verification::Match
        } else if hash.as_str().starts_with("$old$") {
            Verification::MismatchOutdated
        } else {
            Verification::Mismatch
        })
    }

    fn decoy(&self) -> PasswordHash {
        PasswordHash::parse("$new$decoy").unwrap()
    }
}

pub(crate) fn hash_of(algorithm: &str, password: &str) -> PasswordHash {
    PasswordHash::parse(&format!("${algorithm}${}", password.replace(' ', "-"))).unwrap()
}

pub(crate) struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_800_000_000).unwrap()
    }
}

pub(crate) struct Sevens;

impl Entropy for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// A user of this name, made at noon.
pub(crate) fn user(username: &str) -> User {
    User {
        id: UserId::generate(&Noon, &Sevens),
        username: Username::parse(username).unwrap(),
        roles: Roles::member(),
        created_at: Noon.now(),
        disabled_at: None,
    }
}
