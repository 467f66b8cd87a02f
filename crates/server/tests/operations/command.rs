//! `concierge backup`: what it says, and what it refuses.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{Finished, Launch, SECRET};

/// A database with a user in it.
fn kept() -> Launch {
    let launch = Launch::new();
    crate::restored::make_root(&launch);
    launch
}

fn refused(finished: &Finished, code: i32, because: &str) {
    assert_eq!((finished.code(), &*finished.stdout), (code, ""), "{}", finished.stderr);
    assert!(finished.stderr.contains(because), "{}", finished.stderr);
}

#[test]
fn it_says_what_it_did_and_what_signs_the_tokens_of_the_sessions_in_it() {
    let launch = kept();
    let said = |launch: &Launch, file| {
        let finished = launch.run(&["backup", file]);
        assert_eq!((finished.code(), &*finished.stderr), (0, ""), "{}", finished.stdout);
        finished.stdout
    };
    let expected = "backed up data/concierge.db to one.db\n\
                    not in it: data/token_secret; without it everybody has to log in again\n";
    assert_eq!(said(&launch, "one.db"), expected);
    let launch = launch.set("TOKENS__SECRET", SECRET).set("TOKENS__KEYS_DIR", "keys");
    let signs = "not in it: tokens.secret and the keys in keys; without it everybody";
    assert!(said(&launch, "two.db").contains(signs));
    assert_eq!(fs::read(launch.folder().join("one.db")).unwrap().get(..15), Some(&b"SQLite format 3"[..]));
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone_and_nothing_else_is_left() {
    use std::os::unix::fs::PermissionsExt as _;
    let launch = kept();
    assert_eq!(launch.run(&["backup", "copy.db"]).code(), 0);
    let mode = fs::metadata(launch.folder().join("copy.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut files = launch.files();
    files.sort();
    assert_eq!(files, ["copy.db", "data"].map(PathBuf::from));
}

#[test]
fn nothing_is_overwritten() {
    let launch = kept();
    fs::write(launch.folder().join("copy.db"), "the last good one").unwrap();
    refused(&launch.run(&["backup", "copy.db"]), 1, "copy.db is there already: name a new file");
    refused(&launch.run(&["backup", "data/concierge.db"]), 1, "is there already");
    fs::write(launch.folder().join("new.db.partial"), "half of one").unwrap();
    refused(&launch.run(&["backup", "new.db"]), 1, "was cut off; delete it then");
    assert_eq!(fs::read(launch.folder().join("copy.db")).unwrap(), b"the last good one");
    assert_eq!(fs::read(launch.folder().join("new.db.partial")).unwrap(), b"half of one");
}

#[test]
fn a_place_that_cannot_be_written_to_is_named_and_a_database_that_is_not_there_is_not_made() {
    let launch = kept();
    let below_a_file = "data/concierge.db/copy.db";
    for (place, why) in [("no/such/folder/copy.db", "No such file"), (below_a_file, "Not a directory")] {
        refused(&launch.run(&["backup", place]), 1, &format!("{place}: {why}"));
    }
    let elsewhere = launch.clone().set("DATABASE__URL", "sqlite://data/other.db");
    refused(&elsewhere.run(&["backup", "copy.db"]), 1, "there is no database data/other.db");
    assert!(!launch.folder().join("data/other.db").exists());
    fs::write(launch.folder().join("data/other.db"), "").unwrap();
    refused(&elsewhere.run(&["backup", "copy.db"]), 1, "no such table: users");
    assert_eq!(launch.files(), ["data"].map(PathBuf::from));
}

/// A limit on the size of files stands for a disk on which there is no more room: both refuse a write.
#[cfg(unix)]
#[test]
fn a_copy_for_which_there_is_no_room_is_no_backup_and_leaves_nothing() {
    let launch = kept();
    let script =
        format!("trap '' XFSZ; ulimit -f 80; exec {} backup copy.db", env!("CARGO_BIN_EXE_concierge"));
    let mut command = Command::new("sh");
    command.args(["-c", &script]).env_clear().env("CONCIERGE_ENV", "test").current_dir(launch.folder());
    let limited = command.output().unwrap();
    let stderr = String::from_utf8(limited.stderr).unwrap();
    assert_eq!(limited.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("cannot back up the SQLite database data/concierge.db"), "{stderr}");
    assert_eq!(launch.files(), ["data"].map(PathBuf::from));
    assert_eq!(launch.run(&["backup", "copy.db"]).code(), 0);
}

#[test]
fn another_database_is_told_its_own_way() {
    let launch = Launch::new().set("DATABASE__URL", "postgres://me:hunter2@db/concierge");
    let finished = launch.run(&["backup", "copy.dump"]);
    refused(&finished, 1, "pg_dump --format=custom --file=copy.dump URL");
    assert!(!finished.stderr.contains("hunter2"), "{}", finished.stderr);
    let memory = launch.set("DATABASE__URL", "memory://");
    refused(&memory.run(&["backup", "copy.db"]), 78, "name a file, sqlite://PATH");
    assert!(memory.files().is_empty());
    assert_eq!(memory.run(&["backup"]).code(), 2);
}

#[test]
fn what_was_done_is_no_failure_because_standard_output_cannot_tell_it() {
    let launch = kept();
    let finished = launch.run_on_a_full_disk(&["backup", "copy.db"]);
    assert_eq!(finished.status.code(), Some(0), "{finished:?}");
    assert!(launch.folder().join("copy.db").exists());
}
