//! Opening databases of every age, many at once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use concierge_contracts::race;
use concierge_store_postgres::{OpenError, PostgresDatabase, PostgresOptions};
use concierge_test_servers::{Postgres, Schema};
use diesel::connection::SimpleConnection as _;

use crate::support::{House, OPTIONS, count, raw};

/// The folders of the migrations of a database, the oldest first.
fn folders(database: &str) -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../migrations").join(database);
    let entries = std::fs::read_dir(all).unwrap();
    let mut folders: Vec<_> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn names(database: &str) -> Vec<String> {
    let name = |folder: &PathBuf| folder.file_name().unwrap().to_str().unwrap().to_owned();
    folders(database).iter().map(name).collect()
}

#[test]
fn every_database_has_migrations_of_the_same_names() {
    assert_eq!(names("postgres"), names("sqlite"));
}

#[test]
fn of_ten_that_open_one_new_database_at_once_one_migrates_and_all_serve() {
    let Some(schema) = Schema::make() else { return };
    let options = PostgresOptions { pool_size: 1, ..OPTIONS };
    let applied = race(10, |_| {
        let database = PostgresDatabase::open(&schema.url(), options).unwrap();
        database.ping().unwrap();
        database.applied_migrations().to_vec()
    });
    let applied: Vec<_> = applied.into_iter().filter(|names| !names.is_empty()).collect();
    assert_eq!(applied, [names("postgres")]);
}

#[test]
fn whoever_waits_too_long_for_the_one_that_migrates_is_told() {
    let Some(schema) = Schema::make() else { return };
    let mut other = raw(&schema.url());
    other.batch_execute("SELECT pg_advisory_lock(x'636f6e6369657267'::bigint)").unwrap();
    let options = PostgresOptions { migration_patience: Duration::from_millis(100), ..OPTIONS };
    let refused = PostgresDatabase::open(&schema.url(), options).err().unwrap();
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused:?}");
    assert!(refused.to_string().contains("within 0.1 s; another concierge may be at it"), "{refused}");
    drop(other);
    PostgresDatabase::open(&schema.url(), OPTIONS).unwrap();
}

#[test]
fn whoever_waits_for_the_one_that_migrates_holds_up_no_index_that_is_built_meanwhile() {
    // On a server of its own: the lock is one for all schemas of a database.
    let Some(server) = Postgres::start() else { return };
    PostgresDatabase::open(&server.url(), OPTIONS).unwrap();
    let empty = format!("{}&options=-csearch_path%3Dempty", server.url());
    let (mut other, mut builder) = (raw(&server.url()), raw(&server.url()));
    other.batch_execute("CREATE SCHEMA empty").unwrap();
    other.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(x'636f6e6369657267'::bigint)").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| PostgresDatabase::open(&empty, OPTIONS).map(drop));
        let waits = "SELECT count(*) AS count FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
        while count(&mut builder, waits) == 0 {}
        builder.batch_execute("CREATE INDEX CONCURRENTLY more ON users (created_at)").unwrap();
        other.batch_execute("ROLLBACK").unwrap();
        waiting.join().unwrap().unwrap();
    });
}

#[test]
fn a_database_that_a_newer_version_has_migrated_is_refused_and_left_as_it_is() {
    let Some(house) = House::build() else { return };
    let applied = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')";
    house.raw().batch_execute(applied).unwrap();
    let refused = PostgresDatabase::open(&house.schema.url(), OPTIONS).err().unwrap();
    let sentence = "has migrations that this version of concierge does not know (20991231000000): start the version that \
                    applied them, or a later one";
    assert!(refused.to_string().contains(sentence), "{refused}");
    // Those that run already go on.
    house.database.ping().unwrap();
}

#[test]
fn every_migration_can_be_undone_and_done_again() {
    let Some(house) = House::build() else { return };
    let mut connection = house.raw();
    let script = |folder: &Path, name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    for folder in folders("postgres").iter().rev() {
        connection.batch_execute(&script(folder, "down.sql")).unwrap();
    }
    let relations = "SELECT count(*) AS count FROM pg_class WHERE relnamespace = current_schema()::regnamespace \
                     AND relname NOT LIKE '\\_\\_diesel%'";
    assert_eq!(count(&mut connection, relations), 0);
    let functions = "SELECT count(*) AS count FROM pg_proc WHERE pronamespace = current_schema()::regnamespace \
         AND proname NOT LIKE 'diesel%'";
    assert_eq!(count(&mut connection, functions), 0);
    for folder in folders("postgres") {
        connection.batch_execute(&script(&folder, "up.sql")).unwrap();
    }
}
