use std::sync::Mutex;

use super::*;
use crate::fakes::{FakeHasher, FakeStore, Fault, Journal, Noon, hash_of, user};
use concierge_kernel::Clock;

const PASSWORD: &str = "umbrella flew over porcelain";

/// A house with one user, alice, whose hash is of `PASSWORD`.
#[derive(Default)]
struct House {
    outdated: bool,
    disabled: bool,
    store_fault: Fault,
    hash_fault: Fault,
    verify_fault: Fault,
}

struct Outcome {
    result: Result<Authenticated, AuthenticateError>,
    asked: Vec<String>,
    hash: PasswordHash,
}

impl House {
    fn login(&self, username: &str, password: &str) -> Outcome {
        let journal = Journal::default();
        let mut alice = user("alice");
        alice.disabled_at = self.disabled.then(|| Noon.now());
        let hash = hash_of(if self.outdated { "old" } else { "new" }, PASSWORD);
        let store = Arc::new(FakeStore {
            users: Mutex::new(vec![Credentials { user: alice, password_hash: hash }]),
            journal: journal.clone(),
            fault: self.store_fault,
        });
        let hasher = Arc::new(FakeHasher {
            journal: journal.clone(),
            hash_fault: self.hash_fault,
            verify_fault: self.verify_fault,
        });
        let result =
            Authenticate::new(store.clone(), hasher).authenticate(LoginAttempt::parse(username, password));
        let hash = store.users.lock().unwrap()[0].password_hash.clone();
        Outcome { result, asked: journal.entries(), hash }
    }
}

impl Outcome {
    fn refusal(&self) -> Refusal {
        match self.result {
            Err(AuthenticateError::Refused(reason)) => reason,
            ref other => panic!("not refused: {other:?}"),
        }
    }

    fn upgrade(&self) -> &Upgrade {
        &self.result.as_ref().unwrap().upgrade
    }
}

#[test]
fn the_right_password_lets_in_whatever_the_spelling_of_the_name() {
    for name in ["alice", "ALICE", "Ａlice"] {
        let outcome = House::default().login(name, PASSWORD);
        assert_eq!(outcome.asked, ["find_credentials", "verify"]);
        assert!(matches!(outcome.upgrade(), Upgrade::NotNeeded));
        assert_eq!(outcome.result.unwrap().user, user("alice"));
    }
}

#[test]
fn every_refusal_by_an_outdated_hash_costs_the_decoy_on_top() {
    let (wrong, disabled_one) =
        (Refusal::WrongPassword(user("alice").id), Refusal::Disabled(user("alice").id));
    for (disabled, password, reason) in [
        (false, "some other password", wrong),
        (true, "some other password", wrong),
        (true, PASSWORD, disabled_one),
    ] {
        let outcome = House { outdated: true, disabled, ..House::default() }.login("alice", password);
        assert_eq!(outcome.refusal(), reason);
        assert_eq!(outcome.asked, ["find_credentials", "verify", "verify decoy"]);
    }
}

#[test]
fn every_refusal_by_an_up_to_date_hash_costs_one_verification_and_reads_the_same() {
    let open = House::default();
    let disabled = House { disabled: true, ..House::default() };
    let long = "x".repeat(5000);
    let (wrong, disabled_one) =
        (Refusal::WrongPassword(user("alice").id), Refusal::Disabled(user("alice").id));
    for (house, name, password, reason, asked) in [
        (&open, "alice", "some other password", wrong, "verify"),
        (&open, "bobby", PASSWORD, Refusal::UnknownUser, "verify decoy"),
        (&open, "no name", PASSWORD, Refusal::UnknownUser, "verify decoy"),
        (&open, "", "", Refusal::UnknownUser, "verify decoy"),
        (&open, "alice", "short", wrong, "verify decoy"),
        (&open, "alice", &long, wrong, "verify decoy"),
        (&open, "bobby", "short", Refusal::UnknownUser, "verify decoy"),
        (&disabled, "alice", PASSWORD, disabled_one, "verify"),
        (&disabled, "alice", "some other password", wrong, "verify"),
    ] {
        let outcome = house.login(name, password);
        assert_eq!(outcome.refusal(), reason, "{name}, {password}");
        let hashing: Vec<_> = outcome.asked.iter().filter(|call| *call != "find_credentials").collect();
        assert_eq!(hashing, [asked], "{name}, {password}");
        assert_eq!(outcome.result.unwrap_err().to_string(), "the credentials are refused");
    }
}

#[test]
fn what_stands_in_for_no_password_is_never_checked_against_a_real_hash() {
    let journal = Journal::default();
    let hash = hash_of("new", Password::stand_in().expose());
    let store = FakeStore {
        users: Mutex::new(vec![Credentials { user: user("alice"), password_hash: hash }]),
        ..FakeStore::default()
    };
    let hasher = FakeHasher { journal: journal.clone(), ..FakeHasher::default() };
    let authenticate = Authenticate::new(Arc::new(store), Arc::new(hasher));
    let error = authenticate.authenticate(LoginAttempt::parse("alice", "short")).unwrap_err();
    assert!(matches!(error, AuthenticateError::Refused(Refusal::WrongPassword(_))));
    assert_eq!(journal.entries(), ["verify decoy"]);
}

#[test]
fn a_login_replaces_a_hash_with_older_parameters() {
    let outcome = House { outdated: true, ..House::default() }.login("alice", PASSWORD);
    assert!(matches!(outcome.upgrade(), Upgrade::Done));
    assert_eq!(outcome.hash, hash_of("new", PASSWORD));
    assert_eq!(outcome.asked, ["find_credentials", "verify", "hash", "replace"]);
}

#[test]
fn an_upgrade_that_fails_is_reported_and_fails_no_login() {
    let raced = House { outdated: true, store_fault: Fault::Raced, ..House::default() };
    assert!(matches!(raced.login("alice", PASSWORD).upgrade(), Upgrade::Lost));

    let overloaded = House { outdated: true, hash_fault: Fault::Overloaded, ..House::default() };
    let outcome = overloaded.login("alice", PASSWORD);
    assert!(matches!(outcome.upgrade(), Upgrade::Failed(UpgradeError::Hashing(HashFailure::Overloaded))));
    assert_eq!(outcome.hash, hash_of("old", PASSWORD));
}

#[test]
fn overload_and_breakage_are_no_refusals_whoever_asks() {
    let overloaded = House { verify_fault: Fault::Overloaded, ..House::default() };
    let broken = House { verify_fault: Fault::Broken, ..House::default() };
    for (name, password) in [("alice", PASSWORD), ("bobby", PASSWORD), ("alice", "short")] {
        let error = overloaded.login(name, password).result.unwrap_err();
        assert!(matches!(error, AuthenticateError::Overloaded), "{error:?}");
        let error = broken.login(name, password).result.unwrap_err();
        assert!(matches!(error, AuthenticateError::Hashing(_)), "{error:?}");
    }
    let down = House { store_fault: Fault::Broken, ..House::default() };
    let error = down.login("alice", PASSWORD).result.unwrap_err();
    assert!(matches!(error, AuthenticateError::Store(_)), "{error:?}");
}
