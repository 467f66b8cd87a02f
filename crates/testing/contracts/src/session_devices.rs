//! The law of [`SessionStore`](concierge_tokens::SessionStore) about a user's devices: listing them, ending many at
//! once. Part of the session suite.

#![expect(missing_docs, reason = "the cases are named as sentences")]

use std::net::IpAddr;

use concierge_kernel::{Clock, UserId};
use concierge_tokens::{
    Device, LastUse, Revocation, RevocationReason, Revoked, Rotation, RotationOutcome, SessionId, UserAgent,
};

use crate::session_store::Subject;
use crate::{Stores, race, user_store};

/// Makes a `#[test]` of every case; the session suite takes it along.
#[macro_export]
macro_rules! session_devices_suite {
    ($stores:path) => {
        $crate::session_devices_suite! { @cases $stores;
            a_new_session_was_last_used_when_and_where_it_was_opened,
            a_rotation_notes_when_and_where_it_came_from_and_nothing_else_does,
            a_list_has_the_living_sessions_of_its_user_the_last_used_first,
            an_expired_session_is_not_listed,
            all_sessions_of_a_user_end_but_the_one_spared,
            without_one_to_spare_all_sessions_end,
            a_session_of_another_user_is_neither_listed_nor_ended,
            what_had_ended_before_keeps_its_reason_and_is_not_told_again,
            what_has_expired_is_ended_but_did_not_live,
            every_reason_of_an_end_is_read_back,
            many_ended_at_once_are_told_to_who_asks_what_was_revoked,
            refreshes_that_race_the_end_of_all_leave_none_alive_but_the_one_spared,
            of_racing_ends_of_all_each_session_is_told_once,
        }
    };
    (@cases $stores:path; $($case:ident,)+) => {
        $(
            #[test]
            fn $case() {
                $crate::run($crate::session_devices::$case, $stores());
            }
        )+
    };
}

fn device(address: &str, user_agent: &str) -> Device {
    Device { address: address.parse().ok(), user_agent: UserAgent::clean(user_agent) }
}

fn another_user(stores: &Stores) -> UserId {
    let user = user_store::sample_user("mallory");
    stores.users.insert(&user, &user_store::sample_hash("two")).expect("a second user can be inserted");
    user.id
}

/// Several sessions of one user.
fn sessions(stores: &Stores, count: u32) -> Vec<Subject<'_>> {
    let first = Subject::open(stores);
    let user_id = first.session.user_id;
    let others = (1..count).map(|seed| Subject::open_for(stores, user_id, seed));
    std::iter::once(first).chain(others).collect()
}

fn listed(subject: &Subject<'_>) -> Vec<SessionId> {
    let states =
        subject.stores.sessions.list(subject.session.user_id, subject.clock.now()).expect("list works");
    states.into_iter().map(|state| state.session.id).collect()
}

fn last_use(subject: &Subject<'_>) -> LastUse {
    let state = subject.stores.sessions.find(subject.session.id).expect("find works");
    state.expect("the session exists").last_use
}

/// Ends all sessions of the subject's user but the subject's own; which those were, in order.
fn end_others(subject: &Subject<'_>) -> Vec<SessionId> {
    let (user_id, now) = (subject.session.user_id, subject.clock.now());
    let reason = RevocationReason::PasswordChanged;
    let ended = subject.stores.sessions.revoke_all(user_id, Some(subject.session.id), now, reason);
    lived(ended.expect("revoke_all works"))
}

/// Which these are, in order, all of which lived.
fn lived(ended: Vec<Revoked>) -> Vec<SessionId> {
    assert!(ended.iter().all(|session| session.lived), "{ended:?}");
    sorted(ended.into_iter().map(|session| session.id).collect())
}

fn sorted(mut ids: Vec<SessionId>) -> Vec<SessionId> {
    ids.sort_unstable();
    ids
}

fn ids(subjects: &[Subject<'_>]) -> Vec<SessionId> {
    sorted(subjects.iter().map(|subject| subject.session.id).collect())
}

// Cases

pub fn a_new_session_was_last_used_when_and_where_it_was_opened(stores: &Stores) {
    let subject = Subject::open(stores);
    let at = subject.session.created_at;
    assert_eq!(last_use(&subject), LastUse { at, device: Device::default() });
    for (seed, address) in [(1, "192.0.2.7"), (2, "2001:db8::7")] {
        let mut other = Subject::open_for(stores, subject.session.user_id, seed);
        other.session.id = SessionId::generate(other.clock.now(), &other.entropy);
        let device = device(address, "Lynx/2.9 \u{1f431} (über)");
        let first = concierge_tokens::RefreshToken {
            id: concierge_tokens::TokenId::generate(other.clock.now(), &other.entropy),
            ..other.first
        };
        stores.sessions.create(&other.session, &device, &first).unwrap();
        assert_eq!(last_use(&other), LastUse { at, device: device.clone() });
        assert_eq!(device.address, Some(address.parse::<IpAddr>().unwrap()));
    }
}

pub fn a_rotation_notes_when_and_where_it_came_from_and_nothing_else_does(stores: &Stores) {
    let subject = Subject::open(stores);
    subject.wait(700);
    let (home, elsewhere) = (device("192.0.2.7", "Lynx"), device("2001:db8::1", "Mosaic"));
    let rotation = Rotation { device: home.clone(), ..subject.rotation(subject.first.id) };
    assert!(matches!(stores.sessions.rotate(&rotation).unwrap(), RotationOutcome::Rotated(_)));
    let used = LastUse { at: subject.clock.now(), device: home };
    assert_eq!(last_use(&subject), used);
    subject.wait(5);
    let replay = Rotation { device: elsewhere.clone(), ..subject.rotation(subject.first.id) };
    assert!(matches!(stores.sessions.rotate(&replay).unwrap(), RotationOutcome::Replayed(..)));
    assert_eq!(last_use(&subject), used, "a replay is no use of its own");
    let other = Subject::open_for(stores, subject.session.user_id, 1);
    let theft = Rotation { device: elsewhere, ..subject.rotation(other.first.id) };
    assert!(matches!(stores.sessions.rotate(&theft).unwrap(), RotationOutcome::Reused(_)));
    assert_eq!(last_use(&subject), used, "a thief leaves no trace in its victim's list");
}

pub fn a_list_has_the_living_sessions_of_its_user_the_last_used_first(stores: &Stores) {
    let all = sessions(stores, 4);
    for (subject, secs) in [(&all[2], 10), (&all[0], 20)] {
        subject.wait(secs);
        subject.step(subject.first.id);
    }
    stores.sessions.revoke(all[3].session.id, all[3].clock.now(), RevocationReason::Logout).unwrap();
    assert_eq!(listed(&all[0]), [&all[0], &all[2], &all[1]].map(|subject| subject.session.id));
    let states = stores.sessions.list(all[0].session.user_id, all[0].clock.now()).unwrap();
    for state in states {
        assert_eq!(stores.sessions.find(state.session.id).unwrap(), Some(state));
    }
}

pub fn an_expired_session_is_not_listed(stores: &Stores) {
    let subject = Subject::open(stores);
    let (user_id, expiry) = (subject.session.user_id, subject.first.expires_at);
    let at = |now| stores.sessions.list(user_id, now).unwrap().len();
    assert_eq!(at(expiry.minus(std::time::Duration::from_micros(1))), 1);
    assert_eq!(at(expiry), 0);
}

pub fn all_sessions_of_a_user_end_but_the_one_spared(stores: &Stores) {
    let all = sessions(stores, 4);
    let at = all[0].clock.now();
    assert_eq!(end_others(&all[0]), ids(&all[1..]));
    assert_eq!(listed(&all[0]), [all[0].session.id]);
    for ended in &all[1..] {
        let reason = RevocationReason::PasswordChanged;
        assert_eq!(ended.revocation(), Some(Revocation { at, reason }));
        assert!(matches!(ended.present(ended.first.id), RotationOutcome::Revoked(_)));
    }
    all[0].step(all[0].first.id);
}

pub fn without_one_to_spare_all_sessions_end(stores: &Stores) {
    let all = sessions(stores, 3);
    let (user_id, now) = (all[0].session.user_id, all[0].clock.now());
    let ended = stores.sessions.revoke_all(user_id, None, now, RevocationReason::Device).unwrap();
    assert_eq!(lived(ended), ids(&all));
    assert_eq!(listed(&all[0]), []);
    assert_eq!(stores.sessions.revoke_all(user_id, None, now, RevocationReason::Device).unwrap(), []);
}

pub fn a_session_of_another_user_is_neither_listed_nor_ended(stores: &Stores) {
    let all = sessions(stores, 2);
    let theirs = Subject::open_for(stores, another_user(stores), 9);
    assert_eq!(listed(&theirs), [theirs.session.id]);
    assert_eq!(sorted(listed(&all[0])), ids(&all));
    let (user_id, now) = (all[0].session.user_id, all[0].clock.now());
    // Sparing somebody else's spares none of the user's own.
    let spared = Some(theirs.session.id);
    let ended = stores.sessions.revoke_all(user_id, spared, now, RevocationReason::Device).unwrap();
    assert_eq!(lived(ended), ids(&all));
    assert_eq!(theirs.revocation(), None);
    theirs.step(theirs.first.id);
}

pub fn what_had_ended_before_keeps_its_reason_and_is_not_told_again(stores: &Stores) {
    let all = sessions(stores, 3);
    let at = all[1].clock.now();
    stores.sessions.revoke(all[1].session.id, at, RevocationReason::Logout).unwrap();
    all[0].wait(5);
    assert_eq!(end_others(&all[0]), [all[2].session.id]);
    assert_eq!(all[1].revocation(), Some(Revocation { at, reason: RevocationReason::Logout }));
}

pub fn what_has_expired_is_ended_but_did_not_live(stores: &Stores) {
    let all = sessions(stores, 4);
    let expiry = all[0].first.expires_at;
    // A rotation gives it another life.
    all[1].wait(700);
    all[1].step(all[1].first.id);
    let reason = RevocationReason::Admin;
    assert!(!stores.sessions.revoke(all[2].session.id, expiry, reason).unwrap());
    let before = expiry.minus(std::time::Duration::from_micros(1));
    assert!(stores.sessions.revoke(all[3].session.id, before, reason).unwrap());
    let mut ended = stores.sessions.revoke_all(all[0].session.user_id, None, expiry, reason).unwrap();
    ended.sort_unstable();
    let revoked = |index: usize, lived| Revoked { id: all[index].session.id, lived };
    let mut expected = [revoked(0, false), revoked(1, true)];
    expected.sort_unstable();
    assert_eq!(ended, expected);
    for (subject, at) in all.iter().zip([expiry, expiry, expiry, before]) {
        assert_eq!(subject.revocation(), Some(Revocation { at, reason }));
    }
}

pub fn every_reason_of_an_end_is_read_back(stores: &Stores) {
    let subjects = sessions(stores, 9);
    for (subject, reason) in subjects.iter().zip(RevocationReason::ALL) {
        let at = subject.clock.now();
        assert!(stores.sessions.revoke(subject.session.id, at, reason).unwrap());
        assert_eq!(subject.revocation(), Some(Revocation { at, reason }));
    }
}

pub fn many_ended_at_once_are_told_to_who_asks_what_was_revoked(stores: &Stores) {
    let all = sessions(stores, 3);
    let at = all[0].clock.now();
    end_others(&all[0]);
    let mut told = stores.sessions.revoked_since(at).unwrap();
    told.sort_unstable();
    assert_eq!(told, ids(&all[1..]).into_iter().map(|id| (id, at)).collect::<Vec<_>>());
}

pub fn refreshes_that_race_the_end_of_all_leave_none_alive_but_the_one_spared(stores: &Stores) {
    let all = sessions(stores, 6);
    // The last of them ends all others, while each of the others refreshes.
    let spared = &all[5];
    race(6, |index| match index {
        5 => drop(end_others(spared)),
        _ => drop(all[index].present(all[index].first.id)),
    });
    assert_eq!(listed(spared), [spared.session.id]);
    for ended in &all[..5] {
        let state = stores.sessions.find(ended.session.id).unwrap().expect("the session exists");
        assert!(matches!(ended.present(state.living.id), RotationOutcome::Revoked(_)));
    }
    spared.step(spared.first.id);
}

pub fn of_racing_ends_of_all_each_session_is_told_once(stores: &Stores) {
    let all = sessions(stores, 5);
    let told = race(4, |_| end_others(&all[0])).into_iter().flatten().collect();
    assert_eq!(sorted(told), ids(&all[1..]));
}
