use std::sync::Mutex;

use concierge_kernel::Clock as _;

use super::*;
use crate::fakes::{FakeHasher, FakeStore, Fault, Journal, Noon, hash_of, user};
use crate::{Authenticate, LoginAttempt, PasswordHash, Role, Roles};

const OLD: &str = "umbrella flew over porcelain";
const NEW: &str = "seventeen walruses in a tuba";

/// A house with one user, alice, whose password is `OLD`.
#[derive(Default)]
struct House {
    store_fault: Fault,
    hash_fault: Fault,
    verify_fault: Fault,
    disabled: bool,
}

struct Outcome {
    result: Result<(), ChangePasswordError>,
    made: Result<bool, ChangePasswordError>,
    asked: Vec<String>,
    hash: PasswordHash,
}

fn change(current: &str, new: &str) -> Result<PasswordChange, PasswordChangeError> {
    PasswordChangeRequest::parse(current, new)?.judge(&user("alice").username, StrengthFloor::default())
}

fn store_with(hash: PasswordHash, fault: Fault, journal: &Journal, disabled: bool) -> Arc<FakeStore> {
    let mut alice = user("alice");
    alice.disabled_at = disabled.then(|| Noon.now());
    let users = Mutex::new(vec![Credentials { user: alice, password_hash: hash }]);
    Arc::new(FakeStore { users, journal: journal.clone(), fault })
}

impl House {
    fn change(&self, current: &str, new: &str) -> Outcome {
        let journal = Journal::default();
        let store = store_with(hash_of("new", OLD), self.store_fault, &journal, self.disabled);
        let (hash_fault, verify_fault) = (self.hash_fault, self.verify_fault);
        let hasher = Arc::new(FakeHasher { journal: journal.clone(), hash_fault, verify_fault });
        let change = change(current, new).unwrap();
        let changer = ChangePassword::new(store.clone(), hasher);
        let result = changer.change(&user("alice"), &change);
        let asked = journal.entries();
        let made = changer.was_made(&user("alice"), &change);
        let hash = store.users.lock().unwrap()[0].password_hash.clone();
        Outcome { result, made, asked, hash }
    }
}

#[test]
fn who_knows_the_current_password_gets_the_new_one_hashed_before_the_store_is_asked_to_keep_it() {
    let outcome = House::default().change(OLD, NEW);
    outcome.result.unwrap();
    assert_eq!(outcome.hash, hash_of("new", NEW));
    assert_eq!(outcome.asked, ["find_credentials", "verify", "hash", "replace"]);
}

#[test]
fn who_does_not_know_it_changes_nothing() {
    for current in ["another password altogether", "short", ""] {
        let outcome = House::default().change(current, NEW);
        assert!(matches!(outcome.result, Err(ChangePasswordError::WrongPassword)), "{:?}", outcome.result);
        assert!(!outcome.made.unwrap());
        assert_eq!(outcome.hash, hash_of("new", OLD));
        assert!(!outcome.asked.contains(&"replace".to_owned()));
    }
}

#[test]
fn that_a_change_was_made_already_is_told_only_when_it_is_asked() {
    let outcome = House::default().change("whatever it was before", OLD);
    assert!(matches!(outcome.result, Err(ChangePasswordError::WrongPassword)), "{:?}", outcome.result);
    assert!(outcome.made.unwrap());
    assert_eq!(outcome.hash, hash_of("new", OLD));
    assert_eq!(outcome.asked, ["find_credentials", "verify"], "one guess is one");
}

#[test]
fn a_change_that_somebody_else_was_faster_than_is_lost() {
    let outcome = House { store_fault: Fault::Raced, ..House::default() }.change(OLD, NEW);
    assert!(matches!(outcome.result, Err(ChangePasswordError::Raced)), "{:?}", outcome.result);
}

#[test]
fn a_disabled_user_changes_nothing() {
    let outcome = House { disabled: true, ..House::default() }.change(OLD, NEW);
    assert!(matches!(outcome.result, Err(ChangePasswordError::UserGone)), "{:?}", outcome.result);
}

#[test]
fn failures_keep_their_kind_and_change_nothing() {
    let full = House { hash_fault: Fault::Overloaded, ..House::default() }.change(OLD, NEW);
    assert!(matches!(full.result, Err(ChangePasswordError::Overloaded)), "{:?}", full.result);
    let hasher = House { verify_fault: Fault::Broken, ..House::default() }.change(OLD, NEW);
    assert!(matches!(hasher.result, Err(ChangePasswordError::Hashing(_))), "{:?}", hasher.result);
    let store = House { store_fault: Fault::Broken, ..House::default() }.change(OLD, NEW);
    assert!(matches!(store.result, Err(ChangePasswordError::Store(_))), "{:?}", store.result);
    for outcome in [full, hasher, store] {
        assert_eq!(outcome.hash, hash_of("new", OLD));
    }
}

#[test]
fn the_faults_of_a_change_are_told_apart() {
    let short = PasswordChangeError::InvalidPassword(PasswordError::TooShort);
    assert_eq!(change(OLD, "short").unwrap_err(), short);
    assert!(matches!(change(OLD, "password1"), Err(PasswordChangeError::PasswordTooWeak(_))));
    assert_eq!(change(OLD, OLD).unwrap_err(), PasswordChangeError::Unchanged);
    // Another kind of blank: the same password to whoever types it.
    assert_eq!(change(&OLD.replace(' ', "\u{a0}"), OLD).unwrap_err(), PasswordChangeError::Unchanged);
}

#[test]
fn an_authentication_stands_until_the_password_the_roles_or_the_right_to_log_in_change() {
    for algorithm in ["new", "old"] {
        let store = store_with(hash_of(algorithm, OLD), Fault::None, &Journal::default(), false);
        let authenticate = Authenticate::new(store.clone(), Arc::new(FakeHasher::default()));
        let log_in = || authenticate.authenticate(LoginAttempt::parse("alice", OLD)).unwrap();
        let authenticated = log_in();
        assert!(authenticate.still_stands(&authenticated).unwrap(), "{algorithm}");
        store.users.lock().unwrap()[0].password_hash = hash_of("new", NEW);
        assert!(!authenticate.still_stands(&authenticated).unwrap(), "{algorithm}");
        store.users.lock().unwrap()[0].password_hash = hash_of("new", OLD);
        let authenticated = log_in();
        store.users.lock().unwrap()[0].user.roles = Roles::member().with(Role::Admin);
        assert!(!authenticate.still_stands(&authenticated).unwrap(), "{algorithm}");
        let authenticated = log_in();
        assert!(authenticate.still_stands(&authenticated).unwrap(), "{algorithm}");
        store.users.lock().unwrap()[0].user.roles = Roles::member();
        assert!(!authenticate.still_stands(&authenticated).unwrap(), "{algorithm}");
        let authenticated = log_in();
        store.users.lock().unwrap()[0].user.disabled_at = Some(Noon.now());
        assert!(!authenticate.still_stands(&authenticated).unwrap(), "{algorithm}");
    }
}
