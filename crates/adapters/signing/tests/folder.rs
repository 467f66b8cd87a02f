//! The folder of keys: what is written is private and whole, and what somebody has spoilt is named.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use std::fs;
use std::time::Duration;

use concierge_kernel::Timestamp;
use concierge_signing::{FolderError, KeyAlgorithm, KeyFolder, Secret, SignedBy};

const NOW: Timestamp = Timestamp::EPOCH;
const MONTH: Duration = Duration::from_secs(2_592_000);

fn secret() -> Secret {
    Secret::new("a secret of the service, 32 bytes or more".into()).unwrap()
}

#[test]
fn a_folder_without_keys_is_no_place_to_start_from() {
    let place = tempfile::tempdir().unwrap();
    for path in [place.path().to_owned(), place.path().join("missing")] {
        let folder = KeyFolder::new(&path);
        assert!(matches!(folder.plan(), Err(FolderError::NoKeys(_))));
        assert!(folder.rotate("x", NOW, MONTH).is_err());
    }
}

#[cfg(unix)]
#[test]
fn everything_in_it_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("to/keys");
    let kid = KeyFolder::new(&path).generate(KeyAlgorithm::EdDsa, NOW).unwrap();
    let mode = |name: &str| fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("."), 0o700);
    assert_eq!(mode(&format!("{kid}.pem")), 0o600);
    assert_eq!(mode("keys.json"), 0o600);
}

#[test]
fn keys_that_are_made_at_once_are_all_kept() {
    let place = tempfile::tempdir().unwrap();
    let folder = KeyFolder::new(place.path());
    concierge_contracts::race(8, |_| folder.generate(KeyAlgorithm::EdDsa, NOW).unwrap());
    let duty = folder.plan().unwrap().duty(NOW);
    assert_eq!((duty.signing.clone(), duty.verifying.len()), (SignedBy::Secret, 8));
    folder.ring(&duty, &secret()).unwrap();
}

#[test]
fn what_a_crash_has_left_aside_is_in_nobodys_way() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("keys.new"), "half").unwrap();
    let folder = KeyFolder::new(place.path());
    folder.generate(KeyAlgorithm::EdDsa, NOW).unwrap();
    assert_eq!(folder.plan().unwrap().list(NOW).len(), 2);
}

#[test]
fn a_retired_keys_file_is_gone() {
    let place = tempfile::tempdir().unwrap();
    let folder = KeyFolder::new(place.path());
    let kid = folder.generate(KeyAlgorithm::Es256, NOW).unwrap();
    let file = place.path().join(format!("{kid}.pem"));
    assert!(file.is_file());
    folder.retire(kid.as_str(), NOW, false).unwrap();
    assert!(!file.exists());
}

#[test]
fn a_file_that_is_missing_spoilt_or_swapped_is_named() {
    let place = tempfile::tempdir().unwrap();
    let folder = KeyFolder::new(place.path());
    let [one, other] = [(); 2].map(|()| folder.generate(KeyAlgorithm::EdDsa, NOW).unwrap());
    let file = |kid: &dyn std::fmt::Display| place.path().join(format!("{kid}.pem"));
    let duty = folder.plan().unwrap().duty(NOW);
    let fault = || folder.ring(&duty, &secret()).err().unwrap();

    fs::copy(file(&other), file(&one)).unwrap();
    assert!(matches!(fault(), FolderError::OtherKey { kid, .. } if kid == other.as_str()));
    fs::write(file(&one), "nonsense").unwrap();
    assert!(matches!(fault(), FolderError::Key { path, .. } if path == file(&one)));
    fs::remove_file(file(&one)).unwrap();
    assert!(matches!(fault(), FolderError::File { path, .. } if path == file(&one)));
    fs::write(place.path().join("keys.json"), "{}").unwrap();
    assert!(matches!(folder.plan(), Err(FolderError::Plan { .. })));
    // Nor is it written over.
    assert!(folder.generate(KeyAlgorithm::EdDsa, NOW).is_err());
    assert_eq!(fs::read_to_string(place.path().join("keys.json")).unwrap(), "{}");
}
