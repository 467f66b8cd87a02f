//! Recording and reading events, wired to doubles.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use std::sync::Arc;
use std::time::Duration;

use concierge_audit::{
    Act, Actor, Event, EventId, EventQuery, EventStore as _, ListEvents, NewEvent, RecordEvent,
};
use concierge_contracts::doubles::{Breakable, ManualClock, SeededEntropy};
use concierge_contracts::race;
use concierge_kernel::{Clock as _, StoreFailure, UserId, UuidV7};
use concierge_store_memory::MemoryEventStore;

#[derive(Default)]
struct House {
    clock: Arc<ManualClock>,
    entropy: Arc<SeededEntropy>,
    store: Arc<Breakable<MemoryEventStore>>,
}

impl House {
    fn recorder(&self) -> RecordEvent {
        RecordEvent::new(self.store.clone(), self.clock.clone(), self.entropy.clone())
    }

    /// Ids of what is there, the newest first, read in pages of `limit`.
    fn pages(&self, limit: u32) -> Vec<Vec<EventId>> {
        let reader = ListEvents::new(self.store.clone());
        let (mut pages, mut before) = (Vec::new(), None);
        loop {
            let page = reader.page(&EventQuery { before, limit, ..EventQuery::default() }).unwrap();
            pages.push(page.events.iter().map(|event| event.id).collect());
            before = page.next;
            if before.is_none() {
                return pages;
            }
        }
    }
}

fn knock() -> NewEvent {
    NewEvent::new(Actor::Anonymous, Act::PasswordSet)
}

#[test]
fn an_event_is_recorded_with_its_moment_and_all_that_was_said_of_it() {
    let house = House::default();
    let user = UserId::generate(house.clock.as_ref(), house.entropy.as_ref());
    let session = UuidV7::generate(house.clock.now(), house.entropy.as_ref());
    let address = "192.0.2.7".parse().ok();
    let new = NewEvent::own(user, Act::PasswordChanged).in_session(session).by_request("req-1", address);
    let recorded = house.recorder().record(new).unwrap();
    let expected = Event {
        id: recorded.id,
        at: house.clock.now(),
        act: Act::PasswordChanged,
        actor: Actor::User(user),
        subject: Some(user),
        session: Some(session),
        address,
        request_id: Some("req-1".to_owned()),
    };
    assert_eq!(recorded, expected);
    let stored = house.store.page(&EventQuery { limit: 9, ..EventQuery::default() }).unwrap();
    assert_eq!(stored, [expected]);
}

#[test]
fn events_stand_in_the_order_they_were_recorded_in_even_when_the_clock_stands_or_steps_back() {
    let house = House::default();
    let recorder = house.recorder();
    let mut ids = Vec::new();
    for step in 0..30 {
        ids.push(recorder.record(knock()).unwrap().id);
        match step % 10 {
            3 => house.clock.set_back(Duration::from_secs(3600)),
            7 => house.clock.advance(Duration::from_secs(3600)),
            _ => {}
        }
    }
    ids.reverse();
    assert_eq!(house.pages(100), [ids]);
}

#[test]
fn of_events_that_many_record_at_once_none_is_lost() {
    let house = House::default();
    let recorder = house.recorder();
    let mut ids: Vec<_> = race(16, |_| recorder.record(knock()).unwrap().id);
    let mut there = house.pages(100).concat();
    ids.sort_unstable();
    there.sort_unstable();
    assert_eq!(there, ids);
}

#[test]
fn an_event_that_could_not_be_recorded_comes_back_whole() {
    let house = House::default();
    house.store.fault.break_only("append", || StoreFailure::Failed("broken".into()));
    let refused = house.recorder().record(knock().by_request("req-2", None)).unwrap_err();
    assert_eq!(refused.event.act, Act::PasswordSet);
    assert_eq!(refused.event.request_id.as_deref(), Some("req-2"));
    assert!(matches!(refused.cause, StoreFailure::Failed(_)));
}

#[test]
fn the_last_page_says_so_however_full_it_is() {
    let house = House::default();
    assert_eq!(house.pages(5), [vec![]]);
    let recorder = house.recorder();
    for _ in 0..10 {
        recorder.record(knock()).unwrap();
    }
    for (limit, sizes) in
        [(1, vec![1; 10]), (3, vec![3, 3, 3, 1]), (5, vec![5, 5]), (10, vec![10]), (99, vec![10])]
    {
        let pages = house.pages(limit);
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
        assert_eq!(pages.concat(), house.pages(99).concat());
    }
}
