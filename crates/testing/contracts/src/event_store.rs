//! The law of [`EventStore`](concierge_audit::EventStore).

#![expect(missing_docs, reason = "the cases are named as sentences")]

use std::sync::atomic::{AtomicUsize, Ordering};

use concierge_audit::{Act, Actor, Detail, Details, Event, EventId, EventQuery, Kind, LoginFailure};
use concierge_kernel::{Clock, UserId, UuidV7};

use crate::doubles::{ManualClock, SeededEntropy};
use crate::user_store::{sample_hash, sample_user};
use crate::{Stores, race};

/// Makes a `#[test]` of every case; `$stores` is a function that makes the [`Stores`] of an empty database.
#[macro_export]
macro_rules! event_store_suite {
    ($stores:path) => {
        $crate::event_store_suite! { @cases $stores;
            an_event_of_every_act_is_read_as_it_was_given,
            an_event_of_an_act_from_the_future_is_read_as_it_was_given,
            an_event_says_who_did_what_to_whom_and_where_from,
            an_event_may_name_users_and_sessions_that_are_not_there,
            an_id_that_is_there_already_is_refused_and_its_event_stays,
            events_come_newest_first_and_no_more_than_asked_for,
            events_stand_in_the_order_in_which_they_were_added_whatever_their_ids,
            a_follower_who_reads_down_to_what_they_knew_misses_nothing,
            a_follower_who_reads_while_events_are_added_misses_nothing,
            a_reader_meets_every_event_once_whatever_is_added_meanwhile,
            a_users_events_are_those_they_did_and_those_about_them,
            events_of_one_kind_come_alone,
            filters_and_pages_work_together,
            racing_appends_all_last,
        }
    };
    (@cases $stores:path; $($case:ident,)+) => {
        $(
            #[test]
            fn $case() {
                $crate::run($crate::event_store::$case, $stores());
            }
        )+
    };
}

/// An event whose id is the greater the greater `number` is.
fn sample(number: u32, actor: Actor, act: Act) -> Event {
    let clock = ManualClock::default();
    clock.advance(std::time::Duration::from_secs(number.into()));
    Event {
        id: EventId::generate(clock.now(), &SeededEntropy::from_seed(number)),
        at: clock.now(),
        act,
        actor,
        subject: None,
        session: None,
        address: None,
        request_id: None,
    }
}

/// One that says as little as an event can.
fn knock(number: u32) -> Event {
    sample(number, Actor::Anonymous, Act::RefreshTokenReused)
}

fn append(stores: &Stores, event: Event) -> Event {
    stores.events.append(&event).expect("an event can be added");
    event
}

fn page(stores: &Stores, query: &EventQuery) -> Vec<Event> {
    stores.events.page(query).expect("a page can be read")
}

/// Everything there is.
const ALL: EventQuery = EventQuery { before: None, limit: 1000, user: None, kind: None };

/// Reads page after page; `between` happens between any two.
fn read(stores: &Stores, query: &EventQuery, mut between: impl FnMut()) -> Vec<Event> {
    let (mut read, mut before) = (Vec::new(), query.before);
    loop {
        let events = page(stores, &EventQuery { before, ..query.clone() });
        let Some(last) = events.last() else { return read };
        before = Some(last.id);
        read.extend(events);
        between();
    }
}

/// What was added, the last first.
fn newest_first(added: Vec<Event>) -> Vec<Event> {
    added.into_iter().rev().collect()
}

// Cases

pub fn an_event_of_every_act_is_read_as_it_was_given(stores: &Stores) {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let acts = [
        Act::UserRegistered,
        Act::LoginSucceeded,
        Act::LoginFailed { reason: LoginFailure::UnknownUser },
        Act::LoginFailed { reason: LoginFailure::WrongPassword },
        Act::LoginFailed { reason: LoginFailure::Disabled },
        Act::LoginThrottled { limit: "login-pair".to_owned() },
        Act::RefreshTokenReused,
        Act::SessionRevoked { reason: "logout".to_owned() },
        Act::SessionsRevoked { reason: "device".to_owned(), sessions: 3 },
        Act::PasswordChanged,
        Act::PasswordChangeFailed,
        Act::UserCreated { roles: names(&["user", "admin"]) },
        Act::RolesChanged { before: names(&["user"]), after: Vec::new() },
        Act::UserDisabled,
        Act::UserEnabled,
        Act::PasswordSet,
    ];
    let mut expected = Vec::new();
    for (number, act) in (0..).zip(acts) {
        expected.push(append(stores, sample(number, Actor::CommandLine, act)));
    }
    assert_eq!(page(stores, &ALL), newest_first(expected));
}

pub fn an_event_of_an_act_from_the_future_is_read_as_it_was_given(stores: &Stores) {
    let details = [
        ("by", Detail::Text("\"{[ü\u{1f431}\\ \n".to_owned())),
        ("", Detail::Text(String::new())),
        ("most", Detail::Number(u64::MAX)),
        ("names", Detail::Names(vec!["é".to_owned(), String::new(), "é".to_owned()])),
        ("none", Detail::Names(Vec::new())),
    ];
    let future = Act::restore("user_beamed_up", Details::from_iter(details));
    let more = Act::restore("login_failed", Details::from_iter([("reason", Detail::Number(7))]));
    let expected =
        [future, more].map(|act| append(stores, sample(act.name().len() as u32, Actor::Anonymous, act)));
    assert_eq!(page(stores, &ALL), newest_first(expected.to_vec()));
}

pub fn an_event_says_who_did_what_to_whom_and_where_from(stores: &Stores) {
    let (clock, entropy) = (ManualClock::default(), SeededEntropy::default());
    let [alice, bob] = ["alice", "bob"].map(|name| sample_user(name).id);
    let actors = [Actor::Anonymous, Actor::User(alice), Actor::CommandLine];
    let mut expected = Vec::new();
    for (number, actor) in (0..).zip(actors) {
        for (subject, address) in [(None, "192.0.2.7"), (Some(alice), "2001:db8::7"), (Some(bob), "none")] {
            let number = number * 3 + expected.len() as u32;
            let full = Event {
                subject,
                session: subject.map(|_| UuidV7::generate(clock.now(), &entropy)),
                address: address.parse().ok(),
                request_id: subject.map(|_| format!("req-{number}")),
                ..sample(number, actor, Act::PasswordSet)
            };
            expected.push(append(stores, full));
        }
    }
    assert_eq!(page(stores, &ALL), newest_first(expected));
}

pub fn an_event_may_name_users_and_sessions_that_are_not_there(stores: &Stores) {
    let user = sample_user("alice");
    stores.users.insert(&user, &sample_hash("one")).expect("a user can be inserted");
    let ghost = sample_user("ghost").id;
    let session = UuidV7::generate(ManualClock::default().now(), &SeededEntropy::default());
    let about = |number, subject: UserId| Event {
        subject: Some(subject),
        session: Some(session),
        ..sample(number, Actor::User(ghost), Act::UserDisabled)
    };
    let expected = vec![append(stores, about(1, user.id)), append(stores, about(2, ghost))];
    assert_eq!(page(stores, &ALL), newest_first(expected));
}

pub fn an_id_that_is_there_already_is_refused_and_its_event_stays(stores: &Stores) {
    let first = append(stores, knock(1));
    let second = Event { act: Act::LoginSucceeded, ..first.clone() };
    assert!(stores.events.append(&second).is_err());
    assert!(stores.events.append(&first).is_err());
    assert_eq!(page(stores, &ALL), [first]);
}

pub fn events_come_newest_first_and_no_more_than_asked_for(stores: &Stores) {
    assert_eq!(page(stores, &ALL), []);
    let events = [5, 1, 4, 2, 3].map(|number| append(stores, knock(number)));
    let expected = newest_first(events.to_vec());
    assert_eq!(page(stores, &ALL), expected);
    for limit in 0..=5 {
        let query = EventQuery { limit, ..ALL };
        assert_eq!(page(stores, &query), expected[..limit as usize]);
    }
    let query = EventQuery { before: Some(expected[1].id), limit: 2, ..ALL };
    assert_eq!(page(stores, &query), expected[2..4]);
    let unknown = EventQuery { before: Some(knock(6).id), ..ALL };
    assert_eq!(page(stores, &unknown), [], "what is before an event that is not there, nobody knows");
}

pub fn events_stand_in_the_order_in_which_they_were_added_whatever_their_ids(stores: &Stores) {
    let alice = sample_user("alice").id;
    // As of processes that wait for one another, or whose clocks differ.
    let numbers = [50, 10, 40, 20, 30];
    let expected = newest_first(
        numbers.map(|number| append(stores, sample(number, Actor::User(alice), Act::UserEnabled))).to_vec(),
    );
    for user in [None, Some(alice)] {
        for kind in [None, Some(Kind::UserEnabled)] {
            for limit in 1..=5 {
                let query = EventQuery { before: None, limit, user, kind };
                assert_eq!(read(stores, &query, || ()), expected, "{query:?}");
            }
        }
    }
}

pub fn a_follower_who_reads_down_to_what_they_knew_misses_nothing(stores: &Stores) {
    let mut known: Vec<Event> = Vec::new();
    for round in 0..4_u32 {
        // Racing, with ids that go up in every round but down from one to the next.
        let mut added = race(8, |index| append(stores, knock((10 - round) * 100 + index as u32)));
        let new: Vec<_> =
            page(stores, &ALL).into_iter().take_while(|event| known.last() != Some(event)).collect();
        known.extend(new.iter().rev().cloned());
        let mut new = new;
        for events in [&mut new, &mut added] {
            events.sort_unstable_by_key(|event| event.id);
        }
        assert_eq!(new, added, "round {round}");
    }
}

pub fn a_follower_who_reads_while_events_are_added_misses_nothing(stores: &Stores) {
    const WRITERS: usize = 4;
    const EACH: u32 = 20;
    let writing = AtomicUsize::new(WRITERS);
    let write = |writer: usize| {
        let added = (0..EACH).map(|number| append(stores, knock(number * 10 + writer as u32))).collect();
        writing.fetch_sub(1, Ordering::SeqCst);
        added
    };
    let follow = || {
        let mut known: Vec<Event> = Vec::new();
        loop {
            let last_look = writing.load(Ordering::SeqCst) == 0;
            let new: Vec<_> =
                page(stores, &ALL).into_iter().take_while(|event| known.last() != Some(event)).collect();
            known.extend(new.into_iter().rev());
            if last_look {
                return known;
            }
        }
    };
    let mut seen = race(WRITERS + 1, |index| if index == WRITERS { follow() } else { write(index) });
    let mut followed = seen.remove(WRITERS);
    let mut added = seen.concat();
    for events in [&mut followed, &mut added] {
        events.sort_unstable_by_key(|event| event.id);
    }
    assert_eq!(followed, added);
}

pub fn a_reader_meets_every_event_once_whatever_is_added_meanwhile(stores: &Stores) {
    let there: Vec<_> = (1..=20).map(|number| append(stores, knock(number * 10))).collect();
    let mut times = 0;
    let add = || {
        times += 1;
        // A newer one, and one whose id a process with a slow clock made.
        append(stores, knock(1000 + times));
        append(stores, knock(times * 10 + 5));
    };
    let read = read(stores, &EventQuery { limit: 3, ..ALL }, add);
    assert_eq!(read, newest_first(there), "what is added meanwhile stands above");
}

pub fn a_users_events_are_those_they_did_and_those_about_them(stores: &Stores) {
    let [alice, bob] = ["alice", "bob"].map(|name| sample_user(name).id);
    let event =
        |number, actor, subject| append(stores, Event { subject, ..sample(number, actor, Act::UserEnabled) });
    let own = event(1, Actor::User(alice), Some(alice));
    let by_bob = event(2, Actor::User(bob), Some(alice));
    let to_bob = event(3, Actor::User(alice), Some(bob));
    event(4, Actor::User(bob), Some(bob));
    let by_nobody = event(5, Actor::Anonymous, Some(alice));
    event(6, Actor::CommandLine, None);
    let of_alice = EventQuery { user: Some(alice), ..ALL };
    assert_eq!(page(stores, &of_alice), newest_first(vec![own, by_bob, to_bob, by_nobody]));
    let nobody = EventQuery { user: Some(sample_user("nobody").id), ..ALL };
    assert_eq!(page(stores, &nobody), []);
}

pub fn events_of_one_kind_come_alone(stores: &Stores) {
    append(stores, sample(1, Actor::Anonymous, Act::PasswordSet));
    let failed =
        append(stores, sample(2, Actor::Anonymous, Act::LoginFailed { reason: LoginFailure::Disabled }));
    append(stores, knock(3));
    // Told by its name, though its details are of another version.
    let name = Kind::LoginFailed.as_str();
    let later = Act::restore(name, Details::from_iter([("reason", Detail::Text("moonstruck".to_owned()))]));
    let later = append(stores, sample(4, Actor::Anonymous, later));
    let query = EventQuery { kind: Some(Kind::LoginFailed), ..ALL };
    assert_eq!(page(stores, &query), newest_first(vec![failed, later]));
    assert_eq!(page(stores, &EventQuery { kind: Some(Kind::UserCreated), ..ALL }), []);
}

pub fn filters_and_pages_work_together(stores: &Stores) {
    let [alice, bob] = ["alice", "bob"].map(|name| sample_user(name).id);
    for number in 0..60 {
        let actor = [Actor::Anonymous, Actor::User(alice), Actor::User(bob)][number as usize % 3];
        let subject = [None, Some(alice), Some(bob), Some(alice)][number as usize % 4];
        let act = [Act::UserDisabled, Act::UserEnabled][number as usize / 30].clone();
        append(stores, Event { subject, ..sample(number, actor, act) });
    }
    let all = page(stores, &ALL);
    for user in [None, Some(alice), Some(bob)] {
        for kind in [None, Some(Kind::UserDisabled), Some(Kind::UserEnabled), Some(Kind::PasswordSet)] {
            for (before, limit) in [(None, 1), (None, 7), (Some(all[20].id), 4), (Some(all[59].id), 4)] {
                let query = EventQuery { before, limit, user, kind };
                let below =
                    all.iter().position(|event| Some(event.id) == before).map_or(0, |place| place + 1);
                let expected: Vec<_> =
                    all[below..].iter().filter(|event| query.fits(event)).cloned().collect();
                assert_eq!(read(stores, &query, || ()), expected, "{query:?}");
            }
        }
    }
}

pub fn racing_appends_all_last(stores: &Stores) {
    let mut appended = race(16, |index| append(stores, knock(index as u32)));
    let mut there = page(stores, &ALL);
    for events in [&mut appended, &mut there] {
        events.sort_unstable_by_key(|event| event.id);
    }
    assert_eq!(there, appended);
}
