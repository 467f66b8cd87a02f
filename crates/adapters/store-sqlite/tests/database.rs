//! The database as an operator meets it: files, settings, migrations, corruption, two processes.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use std::path::Path;
use std::time::Duration;

use concierge_contracts::race;
use concierge_contracts::user_store::{sample_hash, sample_user};
use concierge_kernel::StoreFailure;
use concierge_store_sqlite::{OpenError, SqliteDatabase, SqliteOptions};
use concierge_users::UserStore;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

const OPTIONS: SqliteOptions = SqliteOptions { pool_size: 2, busy_timeout: Duration::from_secs(30) };

fn open(path: &Path) -> SqliteDatabase {
    SqliteDatabase::open(path, OPTIONS).unwrap()
}

fn raw(path: &Path) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    // A pool that has just been dropped may still be closing the file.
    connection.batch_execute("PRAGMA busy_timeout = 30000").unwrap();
    connection
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[test]
fn the_folder_is_made_and_what_was_stored_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/concierge.db");
    let alice = sample_user("alice");
    open(&path).users().insert(&alice, &sample_hash("one")).unwrap();
    assert_eq!(open(&path).users().find(alice.id).unwrap(), Some(alice));
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_made_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    open(&folder.path().join("data/concierge.db"));
    let mode = std::fs::metadata(folder.path().join("data")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[cfg(unix)]
#[test]
fn the_files_are_for_their_owner_alone_in_any_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder.path().join("concierge.db"));
    database.users().insert(&sample_user("alice"), &sample_hash("one")).unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
    }
}

#[test]
fn a_write_that_another_process_keeps_waiting_fails_as_unavailable_and_so_does_the_ping() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    let options = SqliteOptions { busy_timeout: Duration::from_millis(50), ..OPTIONS };
    let database = SqliteDatabase::open(&path, options).unwrap();
    let mut other = raw(&path);
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    for refused in race(4, |_| database.ping()) {
        assert!(matches!(refused, Err(StoreFailure::Unavailable(_))), "{refused:?}");
    }
    assert_eq!(database.users().find(sample_user("alice").id).unwrap(), None);
    other.batch_execute("ROLLBACK").unwrap();
    database.ping().unwrap();
}

#[test]
fn the_journal_is_a_write_ahead_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    open(&path);
    let mode: Name = diesel::sql_query("SELECT journal_mode AS name FROM pragma_journal_mode")
        .get_result(&mut raw(&path))
        .unwrap();
    assert_eq!(mode.name, "wal");
}

#[test]
fn ten_that_open_one_new_database_at_once_all_find_it_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    for opened in race(10, |_| SqliteDatabase::open(&path, OPTIONS).map(|database| database.ping())) {
        opened.unwrap().unwrap();
    }
}

#[test]
fn two_databases_on_one_file_let_each_others_writes_through() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    let databases = [open(&path), open(&path)];
    let inserted = race(8, |index| {
        let user = sample_user(&format!("writer{index}"));
        databases[index % 2].users().insert(&user, &sample_hash("one")).is_ok()
    });
    assert_eq!(inserted, [true; 8]);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    std::fs::write(&path, "this is a letter to my aunt, not a database ".repeat(100)).unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = SqliteDatabase::open(&path, OPTIONS).err().unwrap();
    assert!(matches!(refused, OpenError::Open { .. }), "{refused:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_database_that_a_newer_version_has_migrated_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    open(&path);
    let applied = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')";
    raw(&path).batch_execute(applied).unwrap();
    let refused = SqliteDatabase::open(&path, OPTIONS).err().unwrap();
    let sentence = "has migrations that this version of concierge does not know (20991231000000): start the version that \
                    applied them, or a later one";
    assert!(refused.to_string().contains(sentence), "{refused}");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let refused = SqliteDatabase::open(&folder.path().join("file/concierge.db"), OPTIONS).err().unwrap();
    assert!(refused.to_string().ends_with("/file"), "{refused}");
}

#[test]
fn a_corrupt_row_is_blamed_by_table_column_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    let database = open(&path);
    let alice = sample_user("alice");
    database.users().insert(&alice, &sample_hash("one")).unwrap();
    raw(&path).batch_execute("UPDATE users SET created_at = -5").unwrap();
    match database.users().find(alice.id) {
        Err(StoreFailure::Corrupt { table: "users", column: "created_at", key, .. }) => {
            assert_eq!(key, alice.id.to_string());
        }
        other => panic!("expected a corrupt row, got {other:?}"),
    }
}

#[test]
fn every_query_on_a_hot_route_uses_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    open(&path);
    let mut connection = raw(&path);
    for (query, index) in [
        ("SELECT * FROM users WHERE username = ''", "sqlite_autoindex_users_2"),
        ("SELECT * FROM users WHERE id = ''", "sqlite_autoindex_users_1"),
        (
            "SELECT * FROM users WHERE username > '' AND username < '' ORDER BY username LIMIT 5",
            "sqlite_autoindex_users_2",
        ),
        ("SELECT * FROM user_roles WHERE user_id IN ('', '')", "sqlite_autoindex_user_roles_1"),
        ("SELECT * FROM refresh_tokens WHERE session_id = '' AND first_used_at IS NULL", "refresh_tokens_"),
        ("SELECT id, revoked_at FROM sessions WHERE revoked_at >= 5", "sessions_by_revocation"),
        (
            "SELECT * FROM sessions WHERE user_id = '' AND revoked_at IS NULL AND expires_at > 5",
            "sessions_living",
        ),
        ("SELECT * FROM sessions WHERE expires_at < 5 ORDER BY expires_at", "sessions_by_expiry"),
    ] {
        let steps: Vec<Plan> =
            diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}")).load(&mut connection).unwrap();
        let details: Vec<_> = steps.into_iter().map(|step| step.detail).collect();
        assert!(details.iter().all(|step| step.contains(index)), "{query}: {details:?}");
    }
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[test]
fn every_migration_can_be_undone_and_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("concierge.db");
    open(&path);
    let mut connection = raw(&path);
    let mut migrations: Vec<_> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../migrations/sqlite"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect();
    migrations.sort();
    for migration in migrations.iter().rev() {
        connection.batch_execute(&std::fs::read_to_string(migration.join("down.sql")).unwrap()).unwrap();
    }
    let left: Count = diesel::sql_query(
        "SELECT count(*) AS count FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'",
    )
    .get_result(&mut connection)
    .unwrap();
    assert_eq!(left.count, 0);
    for migration in &migrations {
        connection.batch_execute(&std::fs::read_to_string(migration.join("up.sql")).unwrap()).unwrap();
    }
}
