//! A Postgres server in a folder of its own.

mod accidents;
mod pooler;
mod standby;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{Certified, NotStarted, POSTGRES, PrivateServer, on_a_free_port};

pub use pooler::{POOLED_CONNECTIONS, Pooled, Pooler};

/// Runs the server until it ends, is to stop (a signal TERM), or the process that started it has gone (the end of the
/// standard input). It is stopped without waiting for its clients, by the signal `$SIGNAL`. Whoever is gone does not clear
/// up: `$REMOVE` is. It may be told to stop as soon as the server says that it is ready, before it knows whom to stop. What
/// is frozen would not hear of it.
const KEEPER: &str = r#"
exec 3<&0 </dev/null
stop() {
    kill "-${SIGNAL:-INT}" "$server"
    kill -CONT "$server" $(cat "/proc/$server/task/$server/children")
} >/dev/null 2>&1
server= stopping=
trap 'stopping=yes; stop' TERM
"$@" 3<&- & server=$!
[ -z "$stopping" ] || stop
{ cat <&3; stop; } >/dev/null 2>&1 & watch=$!
wait "$server"
wait "$server"
kill "$watch" 2>/dev/null
[ -z "$REMOVE" ] || rm -rf "$REMOVE"
"#;

/// What the server says when it takes connections.
const READY: &str = "database system is ready to accept connections";
/// The same of a standby.
const READY_TO_READ: &str = "database system is ready to accept read-only connections";

/// A database server of our own, which forgets what it has not written when the machine, but not when it, is stopped.
pub struct Postgres {
    program: PathBuf,
    folder: PathBuf,
    /// Whom it runs as, if this is root: it refuses to be root.
    user: Option<User>,
    /// Goes with the folder, unless the keeper removes that.
    own_folder: Option<TempDir>,
    server: Option<PrivateServer>,
    /// Where it listens beside its folder: on this port of localhost.
    port: Option<u16>,
    /// Whether it speaks TLS there.
    tls: bool,
    /// Whether what it has said to be written survives the machine's end.
    durable: bool,
    frozen: Vec<u32>,
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
        let mut postgres = Self::new()?;
        postgres.resume();
        Some(postgres)
    }

    /// The same, as it runs in production: what it has acknowledged lies on the disk.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn start_durable() -> Option<Self> {
        let mut postgres = Self::new()?;
        postgres.durable = true;
        postgres.resume();
        Some(postgres)
    }

    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no folder for Postgres: {error}"));
        let program = POSTGRES.find_to_stop()?;
        let mut postgres = Self::made(program, folder.path().to_owned());
        postgres.own_folder = Some(folder);
        Some(postgres)
    }

    /// One that listens on a port of `localhost` too, with TLS if there is a certificate to show.
    ///
    /// # Panics
    /// It does not start; or in CI, when there is none.
    pub fn start_on_localhost(certified: Option<&Certified>) -> Option<Self> {
        let mut postgres = Self::start()?;
        postgres.stop();
        if let Some(certified) = certified {
            postgres.keep("server.crt", &certified.certificate);
            postgres.keep("server.key", &certified.key);
            postgres.tls = true;
        }
        on_a_free_port(|port| {
            postgres.port = Some(port);
            postgres.try_to_resume()
        });
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
        let postgres = Self::housed(found, folder);
        let mut command = postgres.tool_as_server("initdb");
        command.args(["--encoding=UTF8", "--locale=C", "--auth=trust", "--username=postgres", "--no-sync"]);
        run(command.arg("--pgdata").arg(postgres.data()));
        postgres
    }

    /// One without any data yet.
    fn housed(found: PathBuf, folder: PathBuf) -> Self {
        // What is in the PATH may be a link to where its tools are.
        let program = found.canonicalize().unwrap_or(found);
        let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        let user = root.then(unprivileged);
        if let Some(User { uid, gid }) = user {
            chown(&folder, Some(uid), Some(gid))
                .unwrap_or_else(|error| panic!("cannot give {} away: {error}", folder.display()));
        }
        let (server, port, tls) = (None, None, false);
        Self {
            program,
            folder,
            user,
            own_folder: None,
            server,
            port,
            tls,
            durable: false,
            frozen: Vec::new(),
        }
    }

    /// Starts it again after [`stop`](Self::stop) or [`kill`](Self::kill), where it was and with what it had.
    ///
    /// # Panics
    /// It does not start.
    pub fn resume(&mut self) {
        self.try_to_resume().unwrap_or_else(|failure| panic!("{failure}"));
    }

    fn try_to_resume(&mut self) -> Result<(), NotStarted> {
        let mut command = self.unprivileged_command(Path::new("sh"));
        command.args(["-c", KEEPER, "sh"]).arg(&self.program).arg("-D").arg(self.data());
        // Unless a test asks for more, a socket in its folder alone: no port that another program could take.
        command.arg("-k").arg(&self.folder);
        match self.port {
            Some(port) => command.args(["-c", "listen_addresses=localhost", "-c", &format!("port={port}")]),
            None => command.args(["-c", "listen_addresses="]),
        };
        if self.tls {
            command.args(["-c", "ssl=on"]);
        }
        let settings = ["max_connections=200", "shared_buffers=32MB"];
        let forgetful: &[_] = if self.durable { &[] } else { &["fsync=off", "full_page_writes=off"] };
        for setting in settings.iter().chain(forgetful) {
            command.args(["-c", setting]);
        }
        let remove = if self.own_folder.is_none() { self.folder.as_os_str() } else { "".as_ref() };
        let standby = self.data().join("standby.signal").exists();
        let ready = if standby { READY_TO_READ } else { READY };
        self.server = Some(PrivateServer::start(command.env("REMOVE", remove), ready)?);
        Ok(())
    }

    /// Puts a file into the folder of its data, for nobody's eyes but its own.
    fn keep(&self, name: &str, content: &str) {
        let path = self.data().join(name);
        let kept = fs::write(&path, content)
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o600)))
            .and_then(|()| {
                self.user.as_ref().map_or(Ok(()), |User { uid, gid }| chown(&path, Some(*uid), Some(*gid)))
            });
        kept.unwrap_or_else(|error| panic!("cannot keep {}: {error}", path.display()));
    }

    /// Stops it, whoever is connected.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// Runs a statement; the columns of its rows, as psql prints them.
    ///
    /// # Panics
    /// It fails.
    pub fn run(&self, statement: &str) -> String {
        let output = run(self.terminal().args(["--tuples-only", "--no-align", "--command", statement]));
        output.trim_end().to_owned()
    }

    fn terminal(&self) -> Command {
        let mut psql = Command::new(self.tool("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--dbname", &self.url()]);
        psql
    }

    /// Where its one database is, for libpq and those who read its URLs.
    pub fn url(&self) -> String {
        Self::url_of(&[self])
    }

    /// The port of localhost on which it listens, if it was [started](Self::start_on_localhost) so.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// A URL of several hosts, these servers, in this order.
    pub fn url_of(servers: &[&Self]) -> String {
        let folders: Vec<_> = servers.iter().map(|server| server.folder.display().to_string()).collect();
        let ports: Vec<_> = servers.iter().map(|server| server.port.unwrap_or(5432).to_string()).collect();
        format!("postgres:///postgres?host={}&port={}&user=postgres", folders.join(","), ports.join(","))
    }

    /// One of its tools, `psql` or `pg_dump`, which came with it or, on some machines, by itself.
    pub fn tool(&self, name: &str) -> PathBuf {
        let beside = self.program.with_file_name(name);
        if beside.is_file() { beside } else { name.into() }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// One of its tools, as the user that the server is.
    fn tool_as_server(&self, name: &str) -> Command {
        self.unprivileged_command(&self.tool(name))
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

/// What a command that succeeds has to say.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
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
