//! Finding a server's binary, or having it installed.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A server that tests may need.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The name of its binary.
    pub binary: &'static str,
    /// Debian's package of it.
    pub package: &'static str,
    /// Where its binary may lie, beside the folders of `PATH`.
    pub folders: &'static [&'static str],
}

/// The reverse proxy. Debian's users other than root have no `/usr/sbin` in their `PATH`.
pub const NGINX: Program =
    Program { binary: "nginx", package: "nginx-light", folders: &["/usr/sbin", "/usr/local/sbin"] };

/// The pooler before a database server.
pub const PGBOUNCER: Program =
    Program { binary: "pgbouncer", package: "pgbouncer", folders: &["/usr/sbin", "/usr/local/sbin"] };

/// The database server. Debian keeps one folder of binaries for each version, the newest is taken.
pub const POSTGRES: Program = Program {
    binary: "postgres",
    package: "postgresql",
    folders: &[
        "/usr/lib/postgresql/18/bin",
        "/usr/lib/postgresql/17/bin",
        "/usr/lib/postgresql/16/bin",
        "/usr/lib/postgresql/15/bin",
        "/usr/lib/postgresql/14/bin",
    ],
};

/// For how long apt may work.
const INSTALLING: &str = "300";

/// What becomes of a test whose server is missing.
#[derive(Debug, PartialEq, Eq)]
enum Missing {
    Install,
    LeaveOut(String),
    Fail(String),
}

impl Program {
    /// The binary; `None` where the test is to be left out, which standard error tells.
    ///
    /// # Panics
    /// In CI, when there is none and none can be installed.
    pub fn find(&self) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        let mut may_install = root && Path::new("/etc/debian_version").exists();
        loop {
            if let Some(found) = self.look(&path) {
                return Some(found);
            }
            match self.missing(may_install, in_ci) {
                Missing::Install => self.install(),
                Missing::LeaveOut(sentence) => {
                    // Past the test runner, which would keep it to itself as the test passes.
                    writeln!(io::stderr(), "LEFT OUT: {sentence}").unwrap_or_default();
                    return None;
                }
                Missing::Fail(sentence) => panic!("{sentence}"),
            }
            may_install = false;
        }
    }

    fn look(&self, path: &OsStr) -> Option<PathBuf> {
        let folders = std::env::split_paths(path).chain(self.folders.iter().map(PathBuf::from));
        folders.map(|folder| folder.join(self.binary)).find(|file| file.is_file())
    }

    fn missing(&self, may_install: bool, in_ci: bool) -> Missing {
        let Self { binary, package, .. } = self;
        let sentence = format!("this test needs {binary}; install it with: apt-get install {package}");
        match (may_install, in_ci) {
            (true, _) => Missing::Install,
            (false, true) => Missing::Fail(sentence),
            (false, false) => Missing::LeaveOut(sentence),
        }
    }

    /// Whether it worked is seen by looking again. A fresh machine may not know yet what there is: then apt is told to ask.
    fn install(&self) {
        let install = ["install", "-y", "--no-install-recommends", self.package];
        if !apt(&install) {
            apt(&["update"]);
            apt(&install);
        }
    }
}

/// Whether apt did as it was told. Other tests may be installing too: it waits for them.
fn apt(arguments: &[&str]) -> bool {
    let mut command = Command::new("timeout");
    command.arg(INSTALLING).args(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]).args(arguments);
    // Only the binary is wanted, not a service of the machine: Debian's scripts start none at this run level.
    command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Program = Program { binary: "no-such-server", package: "no-such-package", folders: &[] };

    #[test]
    fn a_binary_is_found_in_the_path_and_in_the_folders_of_its_kind() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = std::env::join_paths([one.path(), other.path()]).unwrap();
        assert_eq!(NONE.look(&path), None);
        std::fs::create_dir(one.path().join("no-such-server")).unwrap();
        std::fs::write(other.path().join("no-such-server"), "").unwrap();
        assert_eq!(NONE.look(&path), Some(other.path().join("no-such-server")));
        let sh = Program { binary: "sh", folders: &["/bin"], ..NONE };
        assert_eq!(sh.look(OsStr::new("")), Some("/bin/sh".into()));
    }

    #[test]
    fn a_missing_server_fails_in_ci_and_is_told_elsewhere() {
        let sentence = "this test needs no-such-server; install it with: apt-get install no-such-package";
        assert_eq!(NONE.missing(true, true), Missing::Install);
        assert_eq!(NONE.missing(true, false), Missing::Install);
        assert_eq!(NONE.missing(false, true), Missing::Fail(sentence.to_owned()));
        assert_eq!(NONE.missing(false, false), Missing::LeaveOut(sentence.to_owned()));
    }
}
