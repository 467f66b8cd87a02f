use super::*;
use crate::fakes::{FakeHasher, FakeStore, Fault, Journal, Noon, Sevens, hash_of, user};

const GOOD: &str = "umbrella flew over porcelain";

fn register(store: Arc<FakeStore>, hash_fault: Fault) -> Register {
    let journal = store.journal.clone();
    Register::new(
        store,
        Arc::new(FakeHasher { journal, hash_fault, ..FakeHasher::default() }),
        Arc::new(Noon),
        Arc::new(Sevens),
    )
}

fn registration(username: &str) -> Registration {
    Registration::parse(username, GOOD, StrengthFloor::default()).unwrap()
}

#[test]
fn a_newcomer_becomes_an_enabled_member_under_the_canonical_name() {
    let store = Arc::new(FakeStore::default());
    let made = register(store.clone(), Fault::None).register(registration("Ａlice")).unwrap();
    assert_eq!(made, user("alice"));
    let kept = store.users.lock().unwrap().pop().unwrap();
    assert_eq!((kept.user, kept.password_hash), (made, hash_of("new", GOOD)));
}

#[test]
fn the_password_is_hashed_before_the_store_is_touched() {
    let store = Arc::new(FakeStore::default());
    register(store.clone(), Fault::None).register(registration("alice")).unwrap();
    assert_eq!(store.journal.entries(), ["hash", "insert"]);
}

#[test]
fn a_taken_name_is_the_stores_verdict_and_costs_a_hash_all_the_same() {
    let store = Arc::new(FakeStore::default());
    let register = register(store.clone(), Fault::None);
    register.register(registration("alice")).unwrap();
    let error = register.register(registration("ALICE")).unwrap_err();
    assert!(matches!(error, RegisterError::UsernameTaken), "{error:?}");
    assert_eq!(store.journal.entries(), ["hash", "insert", "hash", "insert"]);
}

#[test]
fn failures_keep_their_kind() {
    let broken = FakeStore { fault: Fault::Broken, journal: Journal::default(), ..FakeStore::default() };
    let error = register(Arc::new(broken), Fault::None).register(registration("alice")).unwrap_err();
    assert!(matches!(error, RegisterError::Store(_)), "{error:?}");

    let store = Arc::new(FakeStore::default());
    let error = register(store.clone(), Fault::Overloaded).register(registration("alice")).unwrap_err();
    assert!(matches!(error, RegisterError::Overloaded), "{error:?}");
    let error = register(store.clone(), Fault::Broken).register(registration("alice")).unwrap_err();
    assert!(matches!(error, RegisterError::Hashing(_)), "{error:?}");
    assert_eq!(store.journal.entries(), ["hash", "hash"], "the store is left alone");
}

#[test]
fn the_faults_of_a_registration_are_told_apart() {
    let floor = StrengthFloor::default();
    let fault = |username, password| Registration::parse(username, password, floor).unwrap_err();
    assert_eq!(fault("al", GOOD), RegistrationError::InvalidUsername(UsernameError::TooShort));
    assert_eq!(fault("alice", "short"), RegistrationError::InvalidPassword(PasswordError::TooShort));
    assert!(matches!(fault("alice", "password1"), RegistrationError::PasswordTooWeak(_)));
    assert_eq!(fault("a b", "short"), RegistrationError::InvalidUsername(UsernameError::Character(' ')));
}
