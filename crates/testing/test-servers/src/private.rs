//! One process of a server, for one test.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// How long a server may keep silent before it listens, and how long it may take to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. Dropping it stops it as an operator would, with the processes it has started; if that fails, it is
/// killed.
pub struct PrivateServer {
    child: Child,
    lines: Receiver<String>,
}

/// Why a server does not run: all that it has said.
#[derive(Debug)]
pub struct NotStarted(String);

impl PrivateServer {
    /// Starts a server that stays in the foreground, and waits until it writes a line that contains `ready`. Its standard
    /// input says nothing, and ends when this is dropped or this process ends, however it does.
    ///
    /// # Errors
    /// It cannot be run, or ends or falls silent before that line.
    pub fn start(command: &mut Command, ready: &str) -> Result<Self, NotStarted> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| NotStarted(format!("{command:?}: {error}")))?;
        let (sender, lines) = channel();
        if let Some(stdout) = child.stdout.take() {
            collect(stdout, sender.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            collect(stderr, sender);
        }
        let server = Self { child, lines };
        let mut said = format!("{command:?} has not said {ready:?}, but:\n");
        while let Ok(line) = server.lines.recv_timeout(PATIENCE) {
            if line.contains(ready) {
                return Ok(server);
            }
            said.push_str(&line);
            said.push('\n');
        }
        Err(NotStarted(said))
    }
}

/// Passes on what comes from `source`, line by line, to its end.
fn collect(source: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(source).split(b'\n').map_while(Result::ok) {
            // Nobody listens any more once the server is being dropped; it is read on, so that it never blocks.
            drop(lines.send(String::from_utf8_lossy(&line).into_owned()));
        }
    });
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        // The child has not been waited for, so that its id is nobody else's. A server that is killed at once would
        // leave its own children behind.
        let terminated = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        // The last line is followed by the end of both streams, which comes when all who write to them have ended.
        if terminated.is_ok_and(|status| status.success()) {
            while self.lines.recv_timeout(PATIENCE).is_ok() {}
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl NotStarted {
    #[cfg(test)]
    pub(crate) fn saying(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether another program listens where it was to.
    pub fn port_was_taken(&self) -> bool {
        self.0.to_lowercase().contains("address already in use")
    }
}

impl std::fmt::Display for NotStarted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotStarted {}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_server_runs_from_its_line_on_until_it_is_dropped_and_its_children_end_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let stopped = folder.path().join("stopped");
        // It waits for its child, and stops it when it is told to stop.
        let script = "cat <&3 & child=$!; trap 'kill $child; echo > \"$STOPPED\"; exit' TERM; echo up and ready >&2; wait";
        let mut command = shell(&format!("exec 3<>\"$PIPE\"; {script}"));
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let server =
            PrivateServer::start(command.env("PIPE", &pipe).env("STOPPED", &stopped), "ready").unwrap();
        assert!(!stopped.exists());
        drop(server);
        assert!(stopped.exists());
    }

    #[test]
    fn a_server_that_ends_before_it_is_ready_tells_all_that_it_said() {
        let failed =
            PrivateServer::start(&mut shell("echo one; echo two: Address already in use >&2"), "accepting");
        let failure = failed.err().unwrap();
        assert!(failure.to_string().contains("one\n"), "{failure}");
        assert!(failure.port_was_taken(), "{failure}");
        let missing = PrivateServer::start(&mut Command::new("/no/such/server"), "accepting").err().unwrap();
        assert!(!missing.port_was_taken(), "{missing}");
    }
}
