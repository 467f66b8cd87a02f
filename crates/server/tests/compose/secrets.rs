//! What `deploy/make-secrets` makes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::file::Stack;
use crate::repository;

/// A folder in which the script has been run.
pub(crate) fn made() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("deploy")).unwrap();
    fs::copy(repository("deploy/make-secrets"), folder.path().join("deploy/make-secrets")).unwrap();
    make(folder.path());
    folder
}

fn make(folder: &Path) {
    let made = Command::new(folder.join("deploy/make-secrets")).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn all(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder.join("secrets")).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

#[test]
fn every_secret_of_the_stack_is_made_once_and_never_committed() {
    let folder = made();
    let secrets = all(folder.path());
    for (name, secret) in Stack::read().secrets {
        assert_eq!(secret.file, format!("./secrets/{name}"));
        assert!(secrets.contains_key(&name), "{name} is not made");
    }
    assert!(secrets["database_url"].contains(secrets["database_password"].trim()));
    assert_eq!(secrets["redis_auth"], format!("requirepass {}", secrets["redis_password"]));

    make(folder.path());
    assert_eq!(all(folder.path()), secrets);
    assert_ne!(all(made().path())["token_secret"], secrets["token_secret"]);
    let ignored = fs::read_to_string(repository(".gitignore")).unwrap();
    assert!(ignored.lines().any(|line| line == "/secrets"));
}

#[test]
fn containers_may_read_a_secret_and_other_users_cannot_reach_it() {
    let folder = made();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let secrets = folder.path().join("secrets");
    assert_eq!(mode(&secrets), 0o700);
    for name in all(folder.path()).keys() {
        assert_eq!(mode(&secrets.join(name)), 0o444, "{name}");
    }
}
