//! The law of [`UserStore`](concierge_users::UserStore) about what administration needs: pages of users, and changes
//! that leave somebody who administers. Part of the user suite.

#![expect(missing_docs, reason = "the cases are named as sentences")]

use std::time::Duration;

use concierge_kernel::{Clock, Timestamp};
use concierge_users::{
    ChangeUserError, Changed, Role, Roles, RolesChange, User, UserChange, UserQuery, Username, UsernamePrefix,
};

use crate::doubles::ManualClock;
use crate::user_store::{insert, sample_hash, sample_user, stored};
use crate::{Stores, race};

/// Makes a `#[test]` of every case; the user suite takes it along.
#[macro_export]
macro_rules! user_directory_suite {
    ($stores:path) => {
        $crate::user_directory_suite! { @cases $stores;
            pages_come_in_the_order_of_names_with_all_that_users_are,
            a_page_goes_on_after_a_name_that_need_not_exist,
            a_prefix_finds_its_names_and_no_others,
            the_order_is_that_of_code_points,
            who_is_there_all_the_time_is_met_once_whoever_comes_meanwhile,
            a_change_is_kept_and_told_before_and_after,
            who_is_disabled_again_is_disabled_since_the_first_time,
            a_change_of_nothing_new_succeeds,
            an_unknown_user_is_not_changed,
            the_last_enabled_admin_is_neither_demoted_nor_disabled,
            a_disabled_admin_is_nobody_who_could_stay,
            of_two_admins_who_demote_each_other_at_once_one_stays,
            of_many_admins_who_are_disabled_at_once_one_stays,
            racing_changes_of_one_user_are_all_kept,
            a_change_takes_an_enabled_admin_or_an_operator,
            who_took_something_from_themselves_may_say_so_again_and_no_more,
            nobody_promotes_themselves_by_the_role_that_a_racing_change_takes,
            a_password_is_set_whatever_it_was,
        }
    };
    (@cases $stores:path; $($case:ident,)+) => {
        $(
            #[test]
            fn $case() {
                $crate::run($crate::user_directory::$case, $stores());
            }
        )+
    };
}

fn admin(name: &str) -> User {
    User { roles: Roles::member().with(Role::Admin), ..sample_user(name) }
}

fn demotion() -> UserChange {
    UserChange::of_roles(RolesChange::Take(Role::Admin))
}

fn now() -> Timestamp {
    ManualClock::default().now()
}

fn query(prefix: &str, after: Option<&str>, limit: u32) -> UserQuery {
    let name = |text: &str| Username::parse(text).expect("a sample name is valid");
    let prefix = UsernamePrefix::parse(prefix).expect("a sample prefix is valid");
    UserQuery { prefix, after: after.map(name), limit }
}

fn page(stores: &Stores, prefix: &str, after: Option<&str>, limit: u32) -> Vec<String> {
    let users = stores.users.page(&query(prefix, after, limit)).expect("paging works");
    users.iter().map(|user| user.username.to_string()).collect()
}

fn administering(stores: &Stores) -> Vec<User> {
    let users = stores.users.page(&query("", None, 100)).expect("paging works");
    users.into_iter().filter(User::administers).collect()
}

// Cases

pub fn pages_come_in_the_order_of_names_with_all_that_users_are(stores: &Stores) {
    let disabled = User { disabled_at: Some(now()), ..sample_user("carol") };
    let users = [admin("alice"), sample_user("bob"), disabled];
    for user in users.iter().rev() {
        insert(stores, user);
    }
    assert_eq!(stores.users.page(&query("", None, 100)).unwrap(), users);
    assert_eq!(stores.users.page(&query("", None, 2)).unwrap(), users[..2]);
    assert_eq!(stores.users.page(&query("", Some("bob"), 2)).unwrap(), users[2..]);
    assert_eq!(stores.users.page(&query("", None, 0)).unwrap(), []);
}

pub fn a_page_goes_on_after_a_name_that_need_not_exist(stores: &Stores) {
    for name in ["alice", "bob", "carol"] {
        insert(stores, &sample_user(name));
    }
    assert_eq!(page(stores, "", Some("alan"), 10), ["alice", "bob", "carol"]);
    assert_eq!(page(stores, "", Some("bobby"), 10), ["carol"]);
    assert_eq!(page(stores, "", Some("zoe"), 10), [""; 0]);
}

pub fn a_prefix_finds_its_names_and_no_others(stores: &Stores) {
    for name in ["al_ice", "al-ice", "alice", "alicia", "alj", "bob", "алиса"] {
        insert(stores, &sample_user(name));
    }
    assert_eq!(page(stores, "ALI", None, 10), ["alice", "alicia"]);
    assert_eq!(page(stores, "ali", None, 1), ["alice"]);
    assert_eq!(page(stores, "ali", Some("alice"), 10), ["alicia"]);
    assert_eq!(page(stores, "ali", Some("bob"), 10), [""; 0]);
    assert_eq!(page(stores, "b", Some("alice"), 10), ["bob"]);
    assert_eq!(page(stores, "al_", None, 10), ["al_ice"], "an underscore stands for itself");
    assert_eq!(page(stores, "али", None, 10), ["алиса"]);
    assert_eq!(page(stores, "alicea", None, 10), [""; 0]);
}

pub fn the_order_is_that_of_code_points(stores: &Stores) {
    // Languages would put the accented letter beside the plain one and ignore the hyphen; UTF-16 would put the last
    // before the one ahead of it.
    let names = [
        "a-z",
        "a.b",
        "azz",
        "zzz",
        "éaa",
        "アリス",
        "\u{fa0e}\u{fa0e}\u{fa0e}",
        "\u{20000}\u{20000}\u{20000}",
    ];
    let mut canonical: Vec<_> = names.iter().map(|name| sample_user(name).username.to_string()).collect();
    for name in names.iter().rev() {
        insert(stores, &sample_user(name));
    }
    canonical.sort();
    assert_eq!(page(stores, "", None, 10), canonical);
}

pub fn who_is_there_all_the_time_is_met_once_whoever_comes_meanwhile(stores: &Stores) {
    let here = ["b1", "d1", "f1", "h1", "j1"].map(|name| format!("{name}x"));
    for name in &here {
        insert(stores, &sample_user(name));
    }
    let mut met = Vec::new();
    let mut after: Option<String> = None;
    for newcomer in ["a1x", "c1x", "e1x", "i1x", "k1x", "l1x"] {
        let found = page(stores, "", after.as_deref(), 2);
        after = found.last().cloned().or(after);
        met.extend(found);
        insert(stores, &sample_user(newcomer));
    }
    for name in &here {
        assert_eq!(met.iter().filter(|found| *found == name).count(), 1, "{name} in {met:?}");
    }
    assert!(met.is_sorted());
}

pub fn a_change_is_kept_and_told_before_and_after(stores: &Stores) {
    let (alice, other) = (sample_user("alice"), admin("other"));
    insert(stores, &alice);
    insert(stores, &other);
    let roles = RolesChange::Set(Roles::member().with(Role::Admin));
    let change = UserChange::new(Some(roles), Some(true)).unwrap();
    let after = User { roles: other.roles.clone(), disabled_at: Some(now()), ..alice.clone() };
    let changed = stores.users.change(alice.id, &change, None, now()).unwrap();
    assert_eq!(changed, Changed { before: alice.clone(), after: after.clone() });
    assert_eq!(stores.users.find(alice.id).unwrap(), Some(after.clone()));
    let credentials = stored(stores, &alice.username).expect("the user exists");
    assert_eq!((credentials.user, credentials.password_hash), (after.clone(), sample_hash("one")));

    let back = UserChange::new(Some(RolesChange::Take(Role::Admin)), Some(false)).unwrap();
    let changed = stores.users.change(alice.id, &back, None, now()).unwrap();
    assert_eq!(changed, Changed { before: after, after: alice.clone() });
    assert_eq!(stores.users.find(alice.id).unwrap(), Some(alice));
    assert_eq!(stores.users.find(other.id).unwrap(), Some(other));
}

pub fn who_is_disabled_again_is_disabled_since_the_first_time(stores: &Stores) {
    let alice = sample_user("alice");
    insert(stores, &alice);
    let later = now().plus(Duration::from_secs(60));
    for at in [now(), later] {
        let changed = stores.users.change(alice.id, &UserChange::disable(), None, at).unwrap();
        assert_eq!(changed.after.disabled_at, Some(now()));
    }
    stores.users.change(alice.id, &UserChange::enable(), None, later).unwrap();
    let changed = stores.users.change(alice.id, &UserChange::disable(), None, later).unwrap();
    assert_eq!(changed.after.disabled_at, Some(later));
}

pub fn a_change_of_nothing_new_succeeds(stores: &Stores) {
    let alice = sample_user("alice");
    insert(stores, &alice);
    for change in [demotion(), UserChange::enable()] {
        let changed = stores.users.change(alice.id, &change, None, now()).unwrap();
        assert_eq!(changed, Changed { before: alice.clone(), after: alice.clone() });
    }
}

pub fn an_unknown_user_is_not_changed(stores: &Stores) {
    insert(stores, &sample_user("alice"));
    for change in [demotion(), UserChange::disable(), UserChange::enable()] {
        let refused = stores.users.change(sample_user("bob").id, &change, None, now());
        assert!(matches!(refused, Err(ChangeUserError::UnknownUser)), "{refused:?}");
    }
}

pub fn the_last_enabled_admin_is_neither_demoted_nor_disabled(stores: &Stores) {
    let (alice, bob) = (admin("alice"), sample_user("bob"));
    insert(stores, &alice);
    insert(stores, &bob);
    let set = UserChange::of_roles(RolesChange::Set(Roles::member()));
    for change in [demotion(), set, UserChange::disable()] {
        let refused = stores.users.change(alice.id, &change, None, now());
        assert!(matches!(refused, Err(ChangeUserError::LastAdmin)), "{refused:?}");
    }
    assert_eq!(administering(stores), std::slice::from_ref(&alice));
    // Who is no admin can be changed in any way.
    stores.users.change(bob.id, &demotion(), None, now()).unwrap();
    stores.users.change(bob.id, &UserChange::disable(), None, now()).unwrap();
    stores.users.change(bob.id, &UserChange::enable(), None, now()).unwrap();
    // And the last one when there is another.
    stores.users.change(bob.id, &UserChange::of_roles(RolesChange::Give(Role::Admin)), None, now()).unwrap();
    stores.users.change(alice.id, &demotion(), None, now()).unwrap();
    assert_eq!(administering(stores).len(), 1);
}

pub fn a_disabled_admin_is_nobody_who_could_stay(stores: &Stores) {
    let disabled = User { disabled_at: Some(now()), ..admin("carol") };
    let alice = admin("alice");
    insert(stores, &disabled);
    // Without any who administers, nothing is lost by demoting who does not.
    insert(stores, &sample_user("bob"));
    stores.users.change(disabled.id, &UserChange::disable(), None, now()).unwrap();
    insert(stores, &alice);
    let refused = stores.users.change(alice.id, &UserChange::disable(), None, now());
    assert!(matches!(refused, Err(ChangeUserError::LastAdmin)), "{refused:?}");
    stores.users.change(disabled.id, &demotion(), None, now()).unwrap();
}

pub fn of_two_admins_who_demote_each_other_at_once_one_stays(stores: &Stores) {
    let admins = [admin("alice"), admin("bob")];
    for user in &admins {
        insert(stores, user);
    }
    for round in 0..10 {
        let outcomes = race(2, |index| stores.users.change(admins[1 - index].id, &demotion(), None, now()));
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{round}: {outcomes:?}");
        let refused = outcomes.iter().find_map(|outcome| outcome.as_ref().err());
        assert!(matches!(refused, Some(ChangeUserError::LastAdmin)), "{round}: {refused:?}");
        assert_eq!(administering(stores).len(), 1, "{round}");
        for user in &admins {
            let promotion = UserChange::of_roles(RolesChange::Give(Role::Admin));
            stores.users.change(user.id, &promotion, None, now()).unwrap();
        }
    }
}

pub fn of_many_admins_who_are_disabled_at_once_one_stays(stores: &Stores) {
    let admins: Vec<_> = (0..8).map(|index| admin(&format!("admin{index}"))).collect();
    for user in &admins {
        insert(stores, user);
    }
    let outcomes =
        race(8, |index| stores.users.change(admins[index].id, &UserChange::disable(), None, now()));
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 7);
    assert_eq!(administering(stores).len(), 1);
}

pub fn racing_changes_of_one_user_are_all_kept(stores: &Stores) {
    let alice = sample_user("alice");
    insert(stores, &alice);
    let changes = [UserChange::of_roles(RolesChange::Give(Role::Admin)), UserChange::disable()];
    for outcome in race(2, |index| stores.users.change(alice.id, &changes[index], None, now())) {
        // The one that comes later saw what the other did: an admin, whom nobody replaces, or one disabled before.
        match outcome {
            Ok(_) => {}
            Err(ChangeUserError::LastAdmin) => {
                let kept = stores.users.find(alice.id).unwrap().expect("the user exists");
                assert!(kept.administers(), "{kept:?}");
                return;
            }
            Err(other) => panic!("{other}"),
        }
    }
    let kept = stores.users.find(alice.id).unwrap().expect("the user exists");
    assert!(kept.roles.contains(Role::Admin) && kept.disabled_at.is_some(), "{kept:?}");
}

pub fn a_change_takes_an_enabled_admin_or_an_operator(stores: &Stores) {
    let (root, alice) = (admin("root"), sample_user("alice"));
    let disabled = User { disabled_at: Some(now()), ..admin("carol") };
    for user in [&root, &alice, &disabled] {
        insert(stores, user);
    }
    for by in [alice.id, disabled.id, sample_user("nobody").id] {
        for (whom, change) in [
            (&alice, UserChange::of_roles(RolesChange::Give(Role::Admin))),
            (&disabled, UserChange::enable()),
            (&root, UserChange::disable()),
        ] {
            let refused = stores.users.change(whom.id, &change, Some(by), now());
            assert!(matches!(refused, Err(ChangeUserError::NotPermitted)), "{refused:?}");
            assert_eq!(stores.users.find(whom.id).unwrap().as_ref(), Some(whom));
        }
    }
    // Even what changes nothing about somebody else.
    let refused = stores.users.change(alice.id, &UserChange::enable(), Some(disabled.id), now());
    assert!(matches!(refused, Err(ChangeUserError::NotPermitted)), "{refused:?}");
    let refused = stores.users.change(root.id, &demotion(), Some(root.id), now());
    assert!(matches!(refused, Err(ChangeUserError::LastAdmin)), "{refused:?}");
    stores.users.change(alice.id, &UserChange::disable(), Some(root.id), now()).unwrap();
    stores.users.change(disabled.id, &UserChange::enable(), None, now()).unwrap();
}

pub fn who_took_something_from_themselves_may_say_so_again_and_no_more(stores: &Stores) {
    let (alice, bob) = (admin("alice"), admin("bob"));
    for user in [&alice, &bob, &admin("root")] {
        insert(stores, user);
    }
    let later = now().plus(Duration::from_secs(60));
    for (user, change, back) in [
        (&alice, demotion(), UserChange::of_roles(RolesChange::Give(Role::Admin))),
        (&bob, UserChange::disable(), UserChange::enable()),
    ] {
        let first = stores.users.change(user.id, &change, Some(user.id), now()).unwrap();
        let again = stores.users.change(user.id, &change, Some(user.id), later).unwrap();
        assert_eq!(again, Changed { before: first.after.clone(), after: first.after.clone() });
        let refused = stores.users.change(user.id, &back, Some(user.id), later);
        assert!(matches!(refused, Err(ChangeUserError::NotPermitted)), "{refused:?}");
        assert_eq!(stores.users.find(user.id).unwrap(), Some(first.after));
    }
}

pub fn nobody_promotes_themselves_by_the_role_that_a_racing_change_takes(stores: &Stores) {
    let (root, mallory) = (admin("root"), admin("mallory"));
    insert(stores, &root);
    insert(stores, &mallory);
    for round in 0..10 {
        let promotion = UserChange::of_roles(RolesChange::Give(Role::Admin));
        stores.users.change(mallory.id, &promotion, None, now()).unwrap();
        let outcomes = race(8, |index| match index {
            3 => stores.users.change(mallory.id, &demotion(), Some(root.id), now()),
            _ => stores.users.change(mallory.id, &promotion, Some(mallory.id), now()),
        });
        assert!(outcomes[3].is_ok(), "{round}: {outcomes:?}");
        assert_eq!(stores.users.find(mallory.id).unwrap(), Some(sample_user("mallory")), "{round}");
    }
}

pub fn a_password_is_set_whatever_it_was(stores: &Stores) {
    let alice = sample_user("alice");
    insert(stores, &alice);
    insert(stores, &sample_user("bob"));
    for mark in ["two", "three"] {
        assert!(stores.users.set_password_hash(alice.id, &sample_hash(mark)).unwrap());
        let hash = stored(stores, &alice.username).map(|found| found.password_hash);
        assert_eq!(hash, Some(sample_hash(mark)));
    }
    assert!(!stores.users.set_password_hash(sample_user("carol").id, &sample_hash("two")).unwrap());
    let bobs = stored(stores, &sample_user("bob").username).map(|found| found.password_hash);
    assert_eq!(bobs, Some(sample_hash("one")));
}
