//! Copies of the database: whole, of one moment, and as it is.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use std::path::Path;
use std::time::Duration;

use concierge_contracts::race;
use concierge_contracts::user_store::{sample_hash, sample_user};
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
