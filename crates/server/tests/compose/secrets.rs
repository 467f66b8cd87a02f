//! What `deploy/make-secrets` makes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use concierge_contracts::race;
use tempfile::TempDir;

use crate::file::Stack;
use crate::repository;

/// A folder in which the script has been run.
pub(crate) fn made() -> TempDir {
    let folder = bare();
    make(folder.path());
    folder
}

/// A folder with the script.
fn bare() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("deploy")).unwrap();
    fs::copy(repository("deploy/make-secrets"), folder.path().join("deploy/make-secrets")).unwrap();
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

#[test]
fn nothing_is_kept_where_nothing_can_be_drawn() {
    let folder = bare();
    let tools = folder.path().join("tools");
    fs::create_dir(&tools).unwrap();
    for tool in ["bash", "mkdir", "chmod", "mktemp", "ln", "rm", "dirname", "cat", "head", "tr"] {
        let found =
            ["/bin", "/usr/bin"].map(|bin| Path::new(bin).join(tool)).into_iter().find(|path| path.exists());
        std::os::unix::fs::symlink(found.unwrap(), tools.join(tool)).unwrap();
    }
    let made = Command::new(folder.path().join("deploy/make-secrets")).env("PATH", &tools).output().unwrap();
    assert!(!made.status.success());
    assert!(String::from_utf8_lossy(&made.stderr).contains("nothing was drawn"));
    assert!(all(folder.path()).is_empty());
}

#[test]
fn two_runs_at_once_agree() {
    let folder = bare();
    race(4, |_| make(folder.path()));
    let secrets = all(folder.path());
    assert_eq!(secrets.len(), Stack::read().secrets.len() + 1, "{:?}", secrets.keys());
    assert!(secrets["database_url"].contains(secrets["database_password"].trim()));
    assert_eq!(secrets["redis_auth"], format!("requirepass {}", secrets["redis_password"]));
}
