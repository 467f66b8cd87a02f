//! The table of events: nothing in it changes, and what makes no sense is blamed.

use std::sync::Arc;
use std::time::Duration;

use concierge_audit::{Act, Detail, Event, EventId, EventQuery, EventStore as _, NewEvent, RecordEvent};
use concierge_contracts::doubles::{ManualClock, SeededEntropy};
use concierge_contracts::user_store::{sample_hash, sample_user};
use concierge_kernel::StoreFailure;
use concierge_store_postgres::{PostgresDatabase, PostgresOptions};
use concierge_users::UserStore as _;
use diesel::connection::SimpleConnection as _;

use crate::support::{House, OPTIONS};

const ALL: EventQuery = EventQuery { before: None, limit: 100, user: None, kind: None };

/// A database with one user, alice, and one event of hers.
fn house() -> Option<(House, Event)> {
    let house = House::build()?;
    let alice = sample_user("alice");
    house.database.users().insert(&alice, &sample_hash("one")).unwrap();
    let events = Arc::new(house.database.events());
    let recorder =
        RecordEvent::new(events, Arc::new(ManualClock::default()), Arc::new(SeededEntropy::default()));
    let act = Act::SessionRevoked { reason: "logout".to_owned() };
    let event = recorder.record(NewEvent::own(alice.id, act)).unwrap();
    Some((house, event))
}

fn insert(house: &House, columns: &str, values: &str) -> Result<(), diesel::result::Error> {
    let id = "019aa2b4-5c00-7000-8000-000000000001";
    house.raw().batch_execute(&format!("INSERT INTO events (id, {columns}) VALUES ('{id}', {values})"))
}

#[test]
fn whoever_changes_or_removes_an_event_by_hand_is_refused() {
    let Some((house, event)) = house() else { return };
    let id = event.id;
    let replacing = format!(
        "INSERT INTO events (id, at, kind, details, actor) VALUES ('{id}', now(), 'x', '{{}}', 'anonymous') \
         ON CONFLICT (id) DO UPDATE SET kind = 'x'"
    );
    for (statement, refusal) in [
        ("UPDATE events SET kind = 'login_succeeded'", "events are never changed"),
        ("UPDATE events SET at = now() WHERE false", "events are never changed"),
        (&replacing, "events are never changed"),
        ("DELETE FROM events", "events are never removed"),
        ("TRUNCATE events", "events are never removed"),
    ] {
        let refused = house.raw().batch_execute(statement).unwrap_err();
        assert!(refused.to_string().contains(refusal), "{statement}: {refused}");
    }
    assert_eq!(house.database.events().page(&ALL).unwrap(), [event]);
}

#[test]
fn an_event_stays_when_its_user_is_deleted() {
    let Some((house, event)) = house() else { return };
    house.raw().batch_execute("DELETE FROM users").unwrap();
    let query = EventQuery { user: event.subject, ..ALL };
    assert_eq!(house.database.events().page(&query).unwrap(), [event]);
}

#[test]
fn a_row_of_a_kind_that_this_version_does_not_know_is_read_with_all_it_says() {
    let Some((house, known)) = house() else { return };
    let details = r#"{"by":"scotty","most":18446744073709551615,"names":["b","a"]}"#;
    let values = format!("now(), 'user_beamed_up', '{details}', 'anonymous'");
    insert(&house, "at, kind, details, actor", &values).unwrap();
    let events = house.database.events().page(&ALL).unwrap();
    let act = &events.iter().find(|event| event.id != known.id).unwrap().act;
    assert!(matches!(act, Act::Unknown(_)), "{act:?}");
    assert_eq!(act.name(), "user_beamed_up");
    let details = act.details();
    assert_eq!(details.get("by"), Some(&Detail::Text("scotty".to_owned())));
    assert_eq!(details.get("most"), Some(&Detail::Number(u64::MAX)));
    assert_eq!(details.get("names"), Some(&Detail::Names(vec!["b".to_owned(), "a".to_owned()])));
}

#[test]
fn rows_that_make_no_sense_are_not_taken_or_blamed_by_their_column() {
    let Some((house, _)) = house() else { return };
    for values in
        ["now(), 'x', 'no json', 'anonymous'", "now(), 'x', '[]', 'anonymous'", "now(), 'x', '{}', 'user'"]
    {
        assert!(insert(&house, "at, kind, details, actor", values).is_err(), "{values}");
    }
    for (values, blamed) in [
        ("'-infinity', 'x', '{}', 'anonymous', NULL", "at"),
        (r#"now(), 'x', '{"deep":{}}', 'anonymous', NULL"#, "details"),
        (r#"now(), 'x', '{"less":-1}', 'anonymous', NULL"#, "details"),
        ("now(), 'x', '{}', 'ghost', NULL", "actor"),
        ("now(), 'x', '{}', 'anonymous', 'nowhere'", "address"),
    ] {
        let Some(house) = House::build() else { return };
        insert(&house, "at, kind, details, actor, address", values).unwrap();
        match house.database.events().page(&ALL) {
            Err(StoreFailure::Corrupt { table: "events", column, .. }) => assert_eq!(column, blamed),
            other => panic!("expected a corrupt row, got {other:?}"),
        }
    }
}

#[test]
fn events_are_added_side_by_side_and_read_when_none_is_half_added() {
    let Some((house, event)) = house() else { return };
    let events = house.database.events();
    let mut other = house.raw();
    // As the store adds one, up to the commit.
    other.batch_execute("BEGIN; SELECT pg_advisory_xact_lock_shared(111559182283891)").unwrap();
    let half = EventId::generate(event.at, &SeededEntropy::from_seed(1));
    let values = format!("'{half}', now(), 'refresh_token_reused', '{{}}', 'anonymous'");
    other
        .batch_execute(&format!("INSERT INTO events (id, at, kind, details, actor) VALUES ({values})"))
        .unwrap();
    let whole = Event { id: EventId::generate(event.at, &SeededEntropy::from_seed(2)), ..event.clone() };
    events.append(&whole).unwrap();

    let hasty = PostgresOptions { statement_timeout: Duration::from_millis(50), ..OPTIONS };
    let hasty = PostgresDatabase::open(&house.schema.url(), hasty).unwrap();
    let refused = hasty.events().page(&ALL).unwrap_err();
    assert!(matches!(refused, StoreFailure::Unavailable(_)), "who reads waits for the other: {refused}");

    other.batch_execute("COMMIT").unwrap();
    let ids: Vec<_> = events.page(&ALL).unwrap().iter().map(|event| event.id).collect();
    assert_eq!(ids, [whole.id, half, event.id]);
}
