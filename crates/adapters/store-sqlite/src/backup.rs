//! A copy of the database as it is at one moment, taken beside those who write.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use concierge_kernel::BoxError;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};

/// Why there is no copy. What had been written of it is gone again.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Nothing to copy.
    #[error("there is no database {0}")]
    Missing(PathBuf),
    /// A copy never replaces anything: it may be the last good one.
    #[error("{0} is there already: name a new file, or move that one away")]
    Exists(PathBuf),
    /// SQLite takes a file of that name for its own, and deletes it.
    #[error("{0} is a name that belongs to the database itself: name another file")]
    Belonging(PathBuf),
    /// Another copy is being made, or was cut off.
    #[error("{0} is there already: another backup is under way, or one was cut off; delete it then")]
    UnderWay(PathBuf),
    /// The copy's file cannot be made.
    #[error("cannot write {path}")]
    Target {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// SQLite could not read the one file or write the other.
    #[error("cannot back up the SQLite database {path}")]
    Copy {
        /// The database's file.
        path: PathBuf,
        /// Why.
        #[source]
        source: BoxError,
    },
}

/// Copies the database at `path` to the new file `target`, readable by its owner alone. The copy is whole and of one moment
/// after the call, it holds every write that was acknowledged before, and no migration is applied to either. Writers go
/// on; their log cannot be shortened until this is done. Waits for `patience` at most where SQLite makes it wait.
///
/// `target` appears when the copy is complete and has been handed to the disk; before, its name ends in `.partial`.
///
/// # Errors
/// There is no such database, `target` is there already, or either file cannot be used.
pub fn back_up(path: &Path, target: &Path, patience: Duration) -> Result<(), BackupError> {
    // SQLite would make an empty one.
    if !path.is_file() {
        return Err(BackupError::Missing(path.to_owned()));
    }
    let failed = |source| BackupError::Target { path: target.to_owned(), source };
    // An absolute path is never taken for a URI.
    let target = &std::path::absolute(target).map_err(failed)?;
    if target.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(target.clone()));
    }
    if belongs_to(path, target) {
        return Err(BackupError::Belonging(target.clone()));
    }
    let partial = make_partial(target)?;
    let made = copy(path, &partial, patience).and_then(|()| publish(&partial, target));
    if made.is_err() {
        // SQLite removes its own journal. What cannot be removed is named `.partial` and passes for no backup.
        fs::remove_file(&partial).unwrap_or_default();
    }
    made
}

/// Whether `target` is where SQLite keeps a journal of the database, or where concierge keeps its lock.
fn belongs_to(path: &Path, target: &Path) -> bool {
    let folder = |path: &Path| path.parent().and_then(|folder| folder.canonicalize().ok());
    let (Ok(path), Some(wanted)) = (path.canonicalize(), target.file_name()) else { return false };
    let own = |ending: &str| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        name == wanted
    };
    folder(&path) == folder(target) && ["-wal", "-shm", "-journal", ".lock"].into_iter().any(own)
}

/// The empty file that SQLite is to fill: it would make one that others may read.
fn make_partial(target: &Path) -> Result<PathBuf, BackupError> {
    let mut name = target.as_os_str().to_owned();
    name.push(".partial");
    let partial = PathBuf::from(name);
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.write(true).create_new(true).open(&partial) {
        Ok(_) => Ok(partial),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(BackupError::UnderWay(partial)),
        Err(source) => Err(BackupError::Target { path: target.to_owned(), source }),
    }
}

fn copy(path: &Path, partial: &Path, patience: Duration) -> Result<(), BackupError> {
    let failed = |source| BackupError::Copy { path: path.to_owned(), source };
    let utf8 =
        |path: &Path| path.to_str().map(str::to_owned).ok_or_else(|| failed("a path is no UTF-8".into()));
    let (url, partial) = (utf8(path)?, utf8(partial)?);
    let mut connection = SqliteConnection::establish(&url).map_err(|error| failed(error.into()))?;
    let copied =
        connection.batch_execute(&format!("PRAGMA busy_timeout = {}", patience.as_millis())).and_then(|()| {
            // A file that is none of ours would be copied as readily.
            diesel::sql_query("SELECT 1 FROM users LIMIT 1").execute(&mut connection)?;
            diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(partial).execute(&mut connection)
        });
    copied.map(drop).map_err(|error| failed(error.into()))
}

/// Gives the copy its name once it is on the disk. A link, unlike a new name, never takes the place of another file.
fn publish(partial: &Path, target: &Path) -> Result<(), BackupError> {
    let failed = |source| BackupError::Target { path: target.to_owned(), source };
    File::open(partial).and_then(|file| file.sync_all()).map_err(failed)?;
    match fs::hard_link(partial, target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(BackupError::Exists(target.to_owned()));
        }
        // Some shared folders know no links. Whoever makes a file of this name just now loses it there.
        Err(_) => fs::rename(partial, target).map_err(failed)?,
        Ok(()) => fs::remove_file(partial).map_err(failed)?,
    }
    match target.parent() {
        Some(folder) => File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed),
        None => Ok(()),
    }
}
