//! A Postgres server in a folder of its own.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{POSTGRES, PrivateServer};

/// Runs the server until it ends, is to stop (a signal TERM), or the process that started it has gone (the end of the
/// standard input). It is stopped without waiting for its clients. Whoever is gone does not clear up: `$REMOVE` is.
const KEEPER: &str = r#"
exec 3<&0 </dev/null
"$@" 3<&- & server=$!
{ cat <&3; kill -INT "$server"; } >/dev/null 2>&1 & watch=$!
trap 'kill -INT "$server"' TERM
wait "$server"
wait "$server"
kill "$watch" 2>/dev/null
[ -z "$REMOVE" ] || rm -rf "$REMOVE"
"#;

/// What the server says when it takes connections.
const READY: &str = "database system is ready to accept connections";

/// A database server of our own, which forgets what it has not written when the machine, but not when it, is stopped.
pub struct Postgres {
    program: PathBuf,
    folder: PathBuf,
    /// Whom it runs as, if this is root: it refuses to be root.
    user: Option<User>,
    /// Goes with the folder, unless the keeper removes that.
    own_folder: Option<TempDir>,
    server: Option<PrivateServer>,
}

struct User {
    uid: u32,
    gid: u32,
}

impl Postgres {
    /// A new server, running and empty; `None` where the test is to be left out.
    ///
    /// # Panics
    /// It does not start; or in CI, when there is none.
    pub fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no folder for Postgres: {error}"));
        let program = POSTGRES.find()?;
        let mut postgres = Self::made(program, folder.path().to_owned());
        postgres.own_folder = Some(folder);
        postgres.resume();
        Some(postgres)
    }

    /// One for as long as this process lives, which may end without dropping it.
    pub(crate) fn start_for_this_process() -> Option<Self> {
        let program = POSTGRES.find()?;
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no folder for Postgres: {error}"));
        let mut postgres = Self::made(program, folder.keep());
        postgres.resume();
        Some(postgres)
    }

    fn made(found: PathBuf, folder: PathBuf) -> Self {
        // What is in the PATH may be a link to where its tools are.
        let program = found.canonicalize().unwrap_or(found);
        let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        let user = root.then(unprivileged);
        if let Some(User { uid, gid }) = user {
            chown(&folder, Some(uid), Some(gid))
                .unwrap_or_else(|error| panic!("cannot give {} away: {error}", folder.display()));
        }
        let postgres = Self { program, folder, user, own_folder: None, server: None };
        let mut command = postgres.unprivileged_command(&postgres.program.with_file_name("initdb"));
        command.args(["--encoding=UTF8", "--locale=C", "--auth=trust", "--username=postgres", "--no-sync"]);
        let made = command.arg("--pgdata").arg(postgres.data()).output();
        let made = made.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert!(made.status.success(), "{command:?}: {}", String::from_utf8_lossy(&made.stderr));
        postgres
    }

    /// Starts it again after [`stop`](Self::stop), where it was and with what it had.
    ///
    /// # Panics
    /// It does not start.
    pub fn resume(&mut self) {
        let mut command = self.unprivileged_command(Path::new("sh"));
        command.args(["-c", KEEPER, "sh"]).arg(&self.program).arg("-D").arg(self.data());
        // A socket in its folder alone: no port that another program could take.
        command.arg("-k").arg(&self.folder);
        for setting in [
            "listen_addresses=",
            "fsync=off",
            "full_page_writes=off",
            "max_connections=200",
            "shared_buffers=32MB",
        ] {
            command.args(["-c", setting]);
        }
        let remove = if self.own_folder.is_none() { self.folder.as_os_str() } else { "".as_ref() };
        let server = PrivateServer::start(command.env("REMOVE", remove), READY);
        self.server = Some(server.unwrap_or_else(|failure| panic!("{failure}")));
    }

    /// Stops it, whoever is connected.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// Where its one database is, for libpq and those who read its URLs.
    pub fn url(&self) -> String {
        format!("postgres:///postgres?host={}&user=postgres", self.folder.display())
    }

    /// Its terminal.
    pub(crate) fn psql(&self) -> PathBuf {
        self.tool("psql")
    }

    /// One of its tools, `psql` or `pg_dump`, which came with it or, on some machines, by itself.
    pub fn tool(&self, name: &str) -> PathBuf {
        let beside = self.program.with_file_name(name);
        if beside.is_file() { beside } else { name.into() }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn unprivileged_command(&self, program: &Path) -> Command {
        let mut command = match &self.user {
            None => Command::new(program),
            Some(User { uid, gid }) => {
                let mut command = Command::new("setpriv");
                command.args([&format!("--reuid={uid}"), &format!("--regid={gid}"), "--clear-groups", "--"]);
                command.arg(program);
                command
            }
        };
        // Whoever runs the tests may have settings of Postgres in the environment, and may stand in a folder of theirs.
        command.current_dir(&self.folder).env("LC_ALL", "C").env_remove("PGDATA").env_remove("PGPORT");
        command
    }
}

/// The user that Debian's package has made, or nobody.
fn unprivileged() -> User {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let found = ["postgres:", "nobody:"]
        .iter()
        .find_map(|name| passwd.lines().find(|line| line.starts_with(name)))
        .and_then(|line| {
            let mut fields = line.split(':').skip(2).map(str::parse);
            Some(User { uid: fields.next()?.ok()?, gid: fields.next()?.ok()? })
        });
    found.unwrap_or_else(|| {
        panic!("Postgres refuses to run as root, and /etc/passwd has no postgres or nobody")
    })
}
