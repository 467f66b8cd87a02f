//! The table of events as an operator meets it: nothing in it changes, and every page is read along an index.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use concierge_audit::{Act, Detail, Event, EventQuery, EventStore, NewEvent, RecordEvent};
use concierge_contracts::doubles::{ManualClock, SeededEntropy};
use concierge_contracts::user_store::{sample_hash, sample_user};
use concierge_kernel::StoreFailure;
use concierge_store_sqlite::{SqliteDatabase, SqliteEventStore, SqliteOptions};
use concierge_users::UserStore as _;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

const ALL: EventQuery = EventQuery { before: None, limit: 100, user: None, kind: None };

/// A database with one user, alice, and one event of hers.
struct House {
    _folder: tempfile::TempDir,
    path: PathBuf,
    events: Arc<SqliteEventStore>,
    event: Event,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("concierge.db");
        let options = SqliteOptions { pool_size: 2, busy_timeout: Duration::from_secs(30) };
        let database = SqliteDatabase::open(&path, options).unwrap();
        let alice = sample_user("alice");
        database.users().insert(&alice, &sample_hash("one")).unwrap();
        let events = Arc::new(database.events());
        let entropy = Arc::new(SeededEntropy::default());
        let recorder = RecordEvent::new(events.clone(), Arc::new(ManualClock::default()), entropy);
        let act = Act::SessionRevoked { reason: "logout".to_owned() };
        let event = recorder.record(NewEvent::own(alice.id, act)).unwrap();
        Self { _folder: folder, path, events, event }
    }

    fn raw(&self) -> SqliteConnection {
        SqliteConnection::establish(self.path.to_str().unwrap()).unwrap()
    }

    fn insert(&self, columns: &str, values: &str) -> Result<(), diesel::result::Error> {
        self.raw().batch_execute(&format!(
            "INSERT INTO events (id, {columns}) VALUES ('019aa2b4-5c00-7000-8000-000000000001', {values})"
        ))
    }
}

#[test]
fn whoever_changes_removes_or_replaces_an_event_by_hand_is_refused() {
    let house = House::new();
    let id = house.event.id;
    let columns = "INTO events (id, at, kind, details, actor) VALUES";
    let values = format!("('{id}', 5, 'login_succeeded', '{{}}', 'anonymous')");
    for (statement, refusal) in [
        ("UPDATE events SET kind = 'login_succeeded'".to_owned(), "events are never changed"),
        (format!("UPDATE events SET id = id || 'x' WHERE id = '{id}'"), "events are never changed"),
        ("UPDATE OR REPLACE events SET at = 5".to_owned(), "events are never changed"),
        ("DELETE FROM events".to_owned(), "events are never removed"),
        (format!("DELETE FROM events WHERE id = '{id}'"), "events are never removed"),
        (format!("INSERT OR REPLACE {columns} {values}"), "events are never replaced"),
        (format!("REPLACE {columns} {values}"), "events are never replaced"),
        (
            "REPLACE INTO events (seq, id, at, kind, details, actor) \
             SELECT seq, 'another', 5, 'login_succeeded', '{}', 'anonymous' FROM events"
                .to_owned(),
            "events are never replaced",
        ),
        (
            "INSERT INTO events (seq, id, at, kind, details, actor) VALUES (-1, 'x', 5, 'x', '{}', 'anonymous')"
                .to_owned(),
            "CHECK constraint failed",
        ),
        (format!("INSERT {columns} {values} ON CONFLICT DO UPDATE SET at = 5"), "events are never replaced"),
    ] {
        let refused = house.raw().batch_execute(&statement).unwrap_err();
        assert!(refused.to_string().contains(refusal), "{statement}: {refused}");
    }
    assert_eq!(house.events.page(&ALL).unwrap(), [house.event]);
}

#[test]
fn an_event_stays_when_its_user_is_deleted() {
    let house = House::new();
    house.raw().batch_execute("PRAGMA foreign_keys = ON; DELETE FROM users").unwrap();
    let query = EventQuery { user: house.event.subject, ..ALL };
    assert_eq!(house.events.page(&query).unwrap(), [house.event]);
}

#[test]
fn a_row_of_a_kind_that_this_version_does_not_know_is_read_with_all_it_says() {
    let house = House::new();
    house
        .insert("at, kind, details, actor", r#"5, 'user_beamed_up', '{"by":"scotty"}', 'anonymous'"#)
        .unwrap();
    let events = house.events.page(&ALL).unwrap();
    let act = &events.iter().find(|event| event.id != house.event.id).unwrap().act;
    assert!(matches!(act, Act::Unknown(_)), "{act:?}");
    assert_eq!(act.name(), "user_beamed_up");
    assert_eq!(act.details().get("by"), Some(&Detail::Text("scotty".to_owned())));
}

#[test]
fn rows_that_make_no_sense_are_not_taken_or_blamed_by_their_column() {
    let house = House::new();
    for values in ["5, 'x', 'no json', 'anonymous'", "5, 'x', '[]', 'anonymous'", "5, 'x', '{}', 'user'"] {
        assert!(house.insert("at, kind, details, actor", values).is_err(), "{values}");
    }
    for (values, blamed) in [
        ("-5, 'x', '{}', 'anonymous', NULL", "at"),
        (r#"5, 'x', '{"deep":{}}', 'anonymous', NULL"#, "details"),
        (r#"5, 'x', '{"less":-1}', 'anonymous', NULL"#, "details"),
        ("5, 'x', '{}', 'ghost', NULL", "actor"),
        ("5, 'x', '{}', 'anonymous', 'nowhere'", "address"),
    ] {
        let house = House::new();
        house.insert("at, kind, details, actor, address", values).unwrap();
        match house.events.page(&ALL) {
            Err(StoreFailure::Corrupt { table: "events", column, .. }) => assert_eq!(column, blamed),
            other => panic!("expected a corrupt row, got {other:?}"),
        }
    }
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[test]
fn every_page_is_read_along_an_index_without_sorting() {
    let house = House::new();
    for (condition, index) in [
        ("1", "PRIMARY KEY"),
        ("seq < 5", "PRIMARY KEY"),
        ("id = 'x'", "sqlite_autoindex_events_1"),
        ("kind = 'x' AND seq < 5", "events_by_kind"),
        ("actor_id = 'x' AND seq < 5", "events_by_actor"),
        ("subject = 'x' AND seq < 5", "events_by_subject"),
    ] {
        let query =
            format!("EXPLAIN QUERY PLAN SELECT * FROM events WHERE {condition} ORDER BY seq DESC LIMIT 5");
        let steps: Vec<Plan> = diesel::sql_query(query).load(&mut house.raw()).unwrap();
        let details: Vec<_> = steps.into_iter().map(|step| step.detail).collect();
        assert_eq!(details.len(), 1, "{condition}: {details:?}");
        let along = details[0].contains(index) || details[0] == "SCAN events";
        assert!(along, "{condition}: {details:?}");
    }
}
