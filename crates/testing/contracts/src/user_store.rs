//! The law of [`UserStore`](concierge_users::UserStore).

#![expect(missing_docs, reason = "the cases are named as sentences")]

use concierge_kernel::{Clock, UserId};
use concierge_users::{Credentials, InsertUserError, PasswordHash, Role, Roles, User, Username};

use crate::doubles::{ManualClock, SeededEntropy};
use crate::{Stores, race};

/// Makes a `#[test]` of every case; `$stores` is a function that makes the [`Stores`] of an empty database.
#[macro_export]
macro_rules! user_store_suite {
    ($stores:path) => {
        $crate::user_store_suite! { @cases $stores;
            an_inserted_user_is_found_by_id_and_by_name_as_given,
            an_unknown_user_is_not_found,
            a_disabled_admin_keeps_both_marks,
            a_second_user_of_one_name_is_refused_and_leaves_nothing_behind,
            names_of_any_script_are_kept_apart,
            of_racing_inserts_of_one_name_exactly_one_wins,
            racing_inserts_of_many_names_all_win,
            a_hash_is_replaced_only_if_it_is_the_expected_one,
            of_racing_replacements_of_one_hash_exactly_one_wins,
        }
        $crate::user_directory_suite!($stores);
    };
    (@cases $stores:path; $($case:ident,)+) => {
        $(
            #[test]
            fn $case() {
                $crate::run($crate::user_store::$case, $stores());
            }
        )+
    };
}

/// A user of this name, whose id follows from it.
pub fn sample_user(name: &str) -> User {
    let seed = name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let clock = ManualClock::default();
    User {
        id: UserId::generate(&clock, &SeededEntropy::from_seed(seed)),
        username: Username::parse(name).expect("a sample name is valid"),
        roles: Roles::member(),
        created_at: clock.now(),
        disabled_at: None,
    }
}

/// A password hash that differs from that of every other `mark`; no password matches it.
pub fn sample_hash(mark: &str) -> PasswordHash {
    PasswordHash::parse(&format!("$sample$v=1${mark}")).expect("a sample hash has the form of one")
}

pub(crate) fn insert(stores: &Stores, user: &User) {
    stores.users.insert(user, &sample_hash("one")).expect("the user can be inserted");
}

pub(crate) fn stored(stores: &Stores, username: &Username) -> Option<Credentials> {
    stores.users.find_credentials(username).expect("looking works")
}

// Cases

pub fn an_inserted_user_is_found_by_id_and_by_name_as_given(stores: &Stores) {
    let user = sample_user("alice@example.com");
    insert(stores, &user);
    assert_eq!(stores.users.find(user.id).unwrap(), Some(user.clone()));
    let credentials = Credentials { user: user.clone(), password_hash: sample_hash("one") };
    assert_eq!(stored(stores, &user.username), Some(credentials));
}

pub fn an_unknown_user_is_not_found(stores: &Stores) {
    insert(stores, &sample_user("alice"));
    let unknown = sample_user("bob");
    assert_eq!(stores.users.find(unknown.id).unwrap(), None);
    assert_eq!(stored(stores, &unknown.username), None);
}

pub fn a_disabled_admin_keeps_both_marks(stores: &Stores) {
    let roles = Roles::member().with(Role::Admin);
    let user = User { roles, disabled_at: Some(ManualClock::default().now()), ..sample_user("root") };
    insert(stores, &user);
    assert_eq!(stores.users.find(user.id).unwrap(), Some(user.clone()));
    assert_eq!(stored(stores, &user.username).map(|found| found.user), Some(user));
}

pub fn a_second_user_of_one_name_is_refused_and_leaves_nothing_behind(stores: &Stores) {
    let first = sample_user("alice");
    insert(stores, &first);
    let second = User {
        id: sample_user("another-seed").id,
        roles: Roles::member().with(Role::Admin),
        username: Username::parse("ALICE").unwrap(),
        ..first.clone()
    };
    let refused = stores.users.insert(&second, &sample_hash("two"));
    assert!(matches!(refused, Err(InsertUserError::UsernameTaken)), "{refused:?}");
    assert_eq!(stores.users.find(second.id).unwrap(), None);
    let credentials = Credentials { user: first.clone(), password_hash: sample_hash("one") };
    assert_eq!(stored(stores, &first.username), Some(credentials));
}

pub fn names_of_any_script_are_kept_apart(stores: &Stores) {
    let names = ["ångström", "angstrom", "Ελένη", "алиса", "アリス", "o'neil%_"];
    for name in names {
        insert(stores, &sample_user(name));
    }
    for name in names {
        let user = sample_user(name);
        assert_eq!(stored(stores, &user.username).map(|found| found.user), Some(user));
    }
}

pub fn of_racing_inserts_of_one_name_exactly_one_wins(stores: &Stores) {
    let username = Username::parse("alice").unwrap();
    let outcomes = race(16, |index| {
        let user = User { username: username.clone(), ..sample_user(&format!("racer{index}")) };
        (user.id, stores.users.insert(&user, &sample_hash("one")))
    });
    let mut winners = Vec::new();
    for (id, outcome) in outcomes {
        match outcome {
            Ok(()) => winners.push(id),
            Err(InsertUserError::UsernameTaken) => assert_eq!(stores.users.find(id).unwrap(), None),
            Err(InsertUserError::Store(failure)) => panic!("the store broke: {failure}"),
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(stored(stores, &username).map(|found| found.user.id), Some(winners[0]));
}

pub fn racing_inserts_of_many_names_all_win(stores: &Stores) {
    let outcomes = race(16, |index| {
        let user = sample_user(&format!("racer{index}"));
        stores.users.insert(&user, &sample_hash("one")).is_ok()
    });
    assert_eq!(outcomes, [true; 16]);
}

pub fn a_hash_is_replaced_only_if_it_is_the_expected_one(stores: &Stores) {
    let user = sample_user("alice");
    insert(stores, &user);
    let (one, two, three) = (sample_hash("one"), sample_hash("two"), sample_hash("three"));
    assert!(stores.users.replace_password_hash(user.id, &one, &two).unwrap());
    assert!(!stores.users.replace_password_hash(user.id, &one, &three).unwrap());
    assert!(!stores.users.replace_password_hash(sample_user("bob").id, &two, &three).unwrap());
    assert_eq!(stored(stores, &user.username).map(|found| found.password_hash), Some(two));
}

pub fn of_racing_replacements_of_one_hash_exactly_one_wins(stores: &Stores) {
    let user = sample_user("alice");
    insert(stores, &user);
    let winners = race(8, |index| {
        let new = sample_hash(&format!("racer{index}"));
        stores.users.replace_password_hash(user.id, &sample_hash("one"), &new).unwrap()
    });
    assert_eq!(winners.iter().filter(|&&won| won).count(), 1);
}
