//! A Redis server in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{NotStarted, PrivateServer, REDIS, on_a_free_port};

/// Runs the server until it ends, is to stop (a signal TERM), or the process that started it has gone (the end of the
/// standard input). It is killed, for it may be frozen and has nothing to keep. Whoever is gone does not clear up:
/// `$REMOVE` is. It may be told to stop as soon as the server says that it listens, before it knows whom to kill.
const KEEPER: &str = r#"
exec 3<&0 </dev/null
stop=
trap 'stop=yes; kill -KILL "$server" 2>/dev/null' TERM
"$@" 3<&- & server=$!
[ -z "$stop" ] || kill -KILL "$server"
{ cat <&3; kill -KILL "$server"; } >/dev/null 2>&1 & watch=$!
wait "$server"
wait "$server"
kill "$watch" 2>/dev/null
[ -z "$REMOVE" ] || rm -rf "$REMOVE"
"#;

/// What the server says when it takes connections.
const READY: &str = "Ready to accept connections";

/// So that the clients' way with passwords is walked too.
const PASSWORD: &str = "of-a-test";

/// How often a start on the port of before is tried: a connection of some program may happen to have it for a moment.
const TRIES: usize = 100;

/// A Redis server of our own, which forgets everything when it is stopped.
pub struct Redis {
    program: PathBuf,
    folder: PathBuf,
    /// Goes with the folder, unless the keeper removes that.
    own_folder: Option<TempDir>,
    port: u16,
    /// The certificate by which it speaks TLS, and its key.
    tls: Option<(PathBuf, PathBuf)>,
    server: Option<PrivateServer>,
}

impl Redis {
    /// A new server, running and empty; `None` where the test is to be left out.
    ///
    /// # Panics
    /// It does not start; or in CI, when there is none.
    pub fn start() -> Option<Self> {
        let program = REDIS.find_to_stop()?;
        let folder = folder();
        let path = folder.path().to_owned();
        Some(Self::running(program, path, Some(folder), None))
    }

    /// One that speaks TLS, by a certificate for `localhost` and its key.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn start_over_tls(certificate: &Path, key: &Path) -> Option<Self> {
        let program = REDIS.find()?;
        let folder = folder();
        let path = folder.path().to_owned();
        let tls = (certificate.to_owned(), key.to_owned());
        Some(Self::running(program, path, Some(folder), Some(tls)))
    }

    /// One for as long as this process lives, which may end without dropping it.
    pub(crate) fn start_for_this_process() -> Option<Self> {
        let program = REDIS.find()?;
        Some(Self::running(program, folder().keep(), None, None))
    }

    fn running(
        program: PathBuf,
        folder: PathBuf,
        own_folder: Option<TempDir>,
        tls: Option<(PathBuf, PathBuf)>,
    ) -> Self {
        let mut redis = Self { program, folder, own_folder, port: 0, tls, server: None };
        let started = on_a_free_port(|port| {
            redis.port = port;
            redis.launched()
        });
        redis.server = Some(started);
        redis
    }

    /// Starts it again after [`stop`](Self::stop), where it was and empty.
    ///
    /// # Panics
    /// It does not start.
    pub fn resume(&mut self) {
        for _ in 0..TRIES {
            match self.launched() {
                Ok(server) => {
                    self.server = Some(server);
                    return;
                }
                Err(failure) if failure.port_was_taken() => {}
                Err(failure) => panic!("{failure}"),
            }
        }
        panic!("another program has taken the port {}", self.port)
    }

    /// Stops it, whoever is connected: then connections are refused.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// Has it answer nothing more, until [`thaw`](Self::thaw): connections are still made.
    ///
    /// # Panics
    /// It does not run.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Has it go on after [`freeze`](Self::freeze), with what it was asked meanwhile.
    ///
    /// # Panics
    /// It does not run.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Where it is, password and all.
    pub fn url(&self) -> String {
        let (scheme, host) =
            if self.tls.is_some() { ("rediss", "localhost") } else { ("redis", "127.0.0.1") };
        format!("{scheme}://:{PASSWORD}@{host}:{}/", self.port)
    }

    fn launched(&self) -> Result<PrivateServer, NotStarted> {
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "sh"]).arg(&self.program);
        let port = self.port.to_string();
        command.args(["--bind", "127.0.0.1", "--requirepass", PASSWORD]);
        if let Some((certificate, key)) = &self.tls {
            command.args(["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"]);
            command.arg("--tls-cert-file").arg(certificate).arg("--tls-key-file").arg(key);
        } else {
            command.args(["--port", &port]);
        }
        command.args(["--save", "", "--appendonly", "no", "--daemonize", "no", "--dir"]).arg(&self.folder);
        let remove = if self.own_folder.is_none() { self.folder.as_os_str() } else { "".as_ref() };
        command.arg("--pidfile").arg(self.pid_file());
        PrivateServer::start(command.env("REMOVE", remove), READY)
    }

    fn signal(&self, signal: &str) {
        assert!(self.server.is_some(), "Redis does not run");
        let pid =
            fs::read_to_string(self.pid_file()).unwrap_or_else(|error| panic!("no id of Redis: {error}"));
        let sent = Command::new("kill").args([signal, pid.trim()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "Redis takes no signal");
    }

    fn pid_file(&self) -> PathBuf {
        Path::new(&self.folder).join("pid")
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap_or_else(|error| panic!("no folder for Redis: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read as _, Write as _};
    use std::net::TcpStream;
    use std::time::Duration;

    use super::*;

    /// What it answers to a PING, if it does.
    fn ping(port: u16, patience: Duration) -> Result<String, ErrorKind> {
        let ask = || {
            let mut stream = TcpStream::connect(("127.0.0.1", port))?;
            stream.set_read_timeout(Some(patience))?;
            stream.write_all(format!("AUTH {PASSWORD}\r\nPING\r\n").as_bytes())?;
            let mut answer = vec![0; "+OK\r\n+PONG\r\n".len()];
            stream.read_exact(&mut answer)?;
            Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        ask().map_err(|error: std::io::Error| error.kind())
    }

    #[test]
    fn a_server_is_stopped_frozen_and_there_again_on_the_same_port() {
        let Some(mut redis) = Redis::start() else { return };
        let (port, long) = (redis.port, Duration::from_secs(60));
        assert_eq!(ping(port, long).as_deref(), Ok("+OK\r\n+PONG\r\n"));
        redis.freeze();
        assert_eq!(ping(port, Duration::from_millis(100)), Err(ErrorKind::WouldBlock));
        redis.thaw();
        assert!(ping(port, long).is_ok());
        redis.freeze();
        redis.stop();
        assert_eq!(ping(port, long), Err(ErrorKind::ConnectionRefused));
        redis.resume();
        assert!(ping(port, long).is_ok());
    }

    #[test]
    fn a_server_may_be_stopped_and_frozen_at_the_very_moment_it_is_there() {
        let Some(mut redis) = Redis::start() else { return };
        for _ in 0..20 {
            redis.stop();
            redis.resume();
            redis.freeze();
        }
    }
}
