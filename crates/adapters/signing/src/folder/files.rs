//! Files that are for their owner alone and are there whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Makes the folder, for its owner alone, unless it is there.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Waits until nobody else changes the folder; the turn ends when the file is dropped, or its process dies.
pub(super) fn take_turn(folder: &Path) -> io::Result<File> {
    let file = private().write(true).create(true).truncate(false).open(folder.join("keys.lock"))?;
    file.lock()?;
    Ok(file)
}

/// Writes a file aside and then puts it into its place. Whoever changes the folder has taken a turn, so what
/// lies aside already was left there by a crash.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let aside = path.with_extension("new");
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().write(true).create_new(true).open(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    // The name, too, must outlast a loss of power.
    #[cfg(unix)]
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())?;
    Ok(())
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
