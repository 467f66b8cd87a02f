//! What an operator does to the database by `docs/operations.md`: copies, and the archiving of events.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use std::path::Path;
use std::time::Duration;

use concierge_audit::{Act, Actor, Event, EventId, EventQuery, EventStore, LoginFailure};
use concierge_contracts::doubles::SeededEntropy;
use concierge_contracts::race;
use concierge_contracts::user_store::{sample_hash, sample_user};
use concierge_kernel::Timestamp;
use concierge_store_sqlite::{BackupError, SqliteDatabase, SqliteOptions, back_up};
use concierge_users::UserStore;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

const PATIENCE: Duration = Duration::from_secs(30);
const OPTIONS: SqliteOptions = SqliteOptions { pool_size: 4, busy_timeout: PATIENCE };

fn open(path: &Path) -> SqliteDatabase {
    SqliteDatabase::open(path, OPTIONS).unwrap()
}

fn raw(path: &Path) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection.batch_execute("PRAGMA busy_timeout = 30000").unwrap();
    connection
}

#[derive(QueryableByName)]
struct Said {
    #[diesel(sql_type = Text)]
    said: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(path: &Path, table: &str) -> i64 {
    let statement = format!("SELECT count(*) AS count FROM {table}");
    diesel::sql_query(statement).get_result::<Count>(&mut raw(path)).unwrap().count
}

#[test]
fn copies_made_beside_writers_are_sound_and_hold_what_was_written_before_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    let database = open(&path);
    race(4, |thread| {
        for number in 0..10 {
            let user = sample_user(&format!("user-{thread}-{number}"));
            database.users().insert(&user, &sample_hash("one")).unwrap();
            let copy = folder.path().join(format!("copy-{thread}-{number}.db"));
            back_up(&path, &copy, PATIENCE).unwrap();
            let sound = diesel::sql_query("SELECT integrity_check AS said FROM pragma_integrity_check");
            assert_eq!(sound.get_result::<Said>(&mut raw(&copy)).unwrap().said, "ok");
            assert_eq!(open(&copy).users().find(user.id).unwrap(), Some(user));
        }
    });
    assert_eq!(count(&path, "users"), 40);
}

#[test]
fn a_copy_has_the_schema_of_its_database_whichever_version_that_is_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    open(&path);
    let down = include_str!("../../../../migrations/sqlite/2026-11-21-000000_events/down.sql");
    let before = "DELETE FROM __diesel_schema_migrations WHERE version > '20261121'";
    raw(&path).batch_execute(&format!("{down}; {before}")).unwrap();
    let migrations = count(&path, "__diesel_schema_migrations");
    back_up(&path, &folder.path().join("older.db"), PATIENCE).unwrap();
    for file in ["concierge.db", "older.db"] {
        assert_eq!(count(&folder.path().join(file), "__diesel_schema_migrations"), migrations, "{file}");
    }

    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')";
    raw(&path).batch_execute(newer).unwrap();
    back_up(&path, &folder.path().join("newer.db"), PATIENCE).unwrap();
    assert_eq!(count(&folder.path().join("newer.db"), "__diesel_schema_migrations"), migrations + 1);
}

#[test]
fn of_several_copies_to_one_file_one_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    open(&path);
    let copy = folder.path().join("copy.db");
    let made = race(8, |_| back_up(&path, &copy, PATIENCE));
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    for refused in made.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, BackupError::Exists(_) | BackupError::UnderWay(_)), "{refused:?}");
    }
    assert_eq!(count(&copy, "users"), 0);
    assert!(!folder.path().join("copy.db.partial").exists());
}

fn event(number: u8) -> Event {
    let at = Timestamp::from_micros(1_000_000 * i64::from(number)).unwrap();
    Event {
        id: EventId::generate(at, &SeededEntropy::from_seed(u32::from(number))),
        at,
        act: Act::LoginFailed { reason: LoginFailure::UnknownUser },
        actor: Actor::Anonymous,
        subject: None,
        session: None,
        address: None,
        request_id: None,
    }
}

/// The statements are those of `docs/operations.md`.
#[test]
fn old_events_move_to_an_archive_and_the_table_only_grows_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    let events = open(&path).events();
    for number in 1..=9 {
        events.append(&event(number)).unwrap();
    }
    let page = include_str!("../../../../docs/operations.md");
    let script = page.split("```").find(|block| block.starts_with("sql\nATTACH")).unwrap();
    let archive = folder.path().join("archive.db");
    let script = script.trim_start_matches("sql").replace("events-2025.db", archive.to_str().unwrap());
    assert!(script.contains("1767225600000000"), "{script}");
    raw(&path).batch_execute(&script.replace("1767225600000000", "6000000")).unwrap();

    assert_eq!((count(&archive, "events"), count(&path, "events")), (5, 4));
    events.append(&event(10)).unwrap();
    let query = EventQuery { user: None, kind: None, before: None, limit: 100 };
    let kept: Vec<_> = events.page(&query).unwrap().into_iter().map(|event| event.at).collect();
    let expected: Vec<_> = (6..=10).rev().map(|number| event(number).at).collect();
    assert_eq!(kept, expected);
    let refused = raw(&path).batch_execute("DELETE FROM events").unwrap_err();
    assert!(refused.to_string().contains("events are never removed"), "{refused}");
}

#[test]
fn a_copy_never_takes_a_name_that_sqlite_would_delete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    drop(open(&path));
    let copies = |name: &str| back_up(&path, &folder.path().join(name), PATIENCE);
    for ending in ["-wal", "-shm", "-journal"] {
        let refused = copies(&format!("concierge.db{ending}")).unwrap_err();
        assert!(matches!(refused, BackupError::Belonging(_)), "{ending}: {refused}");
    }
    copies("other.db-wal").unwrap();
}
