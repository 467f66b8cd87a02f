//! The token secret of a development machine: made once, then kept beside the database.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use concierge_kernel::Entropy;
use concierge_signing::{Secret, SecretTooShort};
use secrecy::SecretString;

const FILE: &str = "token_secret";

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum TokenSecretError {
    /// The file can be neither read nor made.
    #[error("cannot keep the token secret in {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds something shorter than a secret.
    #[error("the token secret in {path} is too short; delete the file to have a new one made")]
    TooShort {
        /// The file.
        path: PathBuf,
        /// By how much.
        #[source]
        source: SecretTooShort,
    },
}

/// A new secret: 32 random bytes as hexadecimal digits.
pub(crate) fn generate(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; Secret::MIN_BYTES];
    entropy.fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where the secret is kept that belongs to the database at this path: beside it.
pub(crate) fn beside(database: &Path) -> PathBuf {
    database.with_file_name(FILE)
}

/// The secret kept at `path`; made, readable by its owner alone, if there is none yet.
pub(crate) fn keep_at(path: &Path, entropy: &dyn Entropy) -> Result<Secret, TokenSecretError> {
    let text = read_or_make(path, entropy);
    let text = text.map_err(|source| TokenSecretError::File { path: path.to_owned(), source })?;
    Secret::new(SecretString::from(text.trim_end()))
        .map_err(|source| TokenSecretError::TooShort { path: path.to_owned(), source })
}

fn read_or_make(path: &Path, entropy: &dyn Entropy) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path, entropy)?,
        read => return read,
    }
    fs::read_to_string(path)
}

/// Written aside and then linked into place: of several that start at once one wins, and all read the same,
/// whole secret. The name aside is random, so that what a crash has left there is in nobody's way.
fn make(path: &Path, entropy: &dyn Entropy) -> io::Result<()> {
    let mut name = [0; 8];
    entropy.fill(&mut name);
    let aside = path.with_extension(format!("{:016x}.new", u64::from_le_bytes(name)));
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.write(true).create_new(true).open(&aside)?;
    let written = writeln!(file, "{}", generate(entropy)).and_then(|()| file.sync_all());
    let placed = written.and_then(|()| match fs::hard_link(&aside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // Some shared folders know no links. Of two that start there at once for the first time, one then
        // signs with a secret that the other has replaced, until it is restarted.
        Err(_) => fs::copy(&aside, path).map(drop),
        linked => linked,
    });
    fs::remove_file(&aside)?;
    placed
}

#[cfg(test)]
mod tests {
    use concierge_contracts::doubles::SeededEntropy;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_then_read() {
        let folder = tempfile::tempdir().unwrap();
        let first = keep_at(&folder.path().join(FILE), &SeededEntropy::from_seed(1)).unwrap();
        let second = keep_at(&folder.path().join(FILE), &SeededEntropy::from_seed(2)).unwrap();
        assert_eq!(first.derive::<8>("x"), second.derive::<8>("x"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        keep_at(&folder.path().join(FILE), &SeededEntropy::default()).unwrap();
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_with_too_little_in_it_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "short\n").unwrap();
        let error = keep_at(&folder.path().join(FILE), &SeededEntropy::default()).err().unwrap();
        assert!(error.to_string().contains("delete the file"), "{error}");
        assert_eq!(fs::read_to_string(folder.path().join(FILE)).unwrap(), "short\n");
    }
}
