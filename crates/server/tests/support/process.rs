//! One process of the binary.

use std::io::Write as _;
use std::process::{Child, Command, ExitStatus, Stdio};

use super::PATIENCE;
use super::output::{Output, Stream};

/// A process that is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) output: Output,
}

/// How a process ended, and what it wrote.
pub(crate) struct Finished {
    status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Process {
    pub(super) fn start(command: &mut Command) -> Self {
        Self::spawn(command.stdin(Stdio::null()))
    }

    /// Starts it with `input` on its standard input, which is closed then.
    pub(super) fn start_with(command: &mut Command, input: &str) -> Self {
        let mut process = Self::spawn(command.stdin(Stdio::piped()));
        let mut stdin = process.child.stdin.take().unwrap();
        // It may end without having read any of it.
        stdin.write_all(input.as_bytes()).unwrap_or_default();
        process
    }

    fn spawn(command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = Output::default();
        output.collect(Stream::Out, child.stdout.take().unwrap());
        output.collect(Stream::Err, child.stderr.take().unwrap());
        Self { child, output }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM. The child has not been waited for, so that its id is nobody else's.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Sends SIGINT.
    pub(crate) fn interrupt(&self) {
        self.signal("-INT");
    }

    /// Sends SIGHUP.
    pub(super) fn hang_up(&self) {
        self.signal("-HUP");
    }

    /// Halts it: it is there and says nothing.
    pub(super) fn halt(&self) {
        self.signal("-STOP");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success(), "{signal} was not sent");
    }

    /// How much memory it holds, in KiB, as the kernel tells.
    pub(super) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Ends it the hard way: SIGKILL.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Finished {
        let Some(written) = self.output.wait_for_end() else {
            panic!("still running after {PATIENCE:?}");
        };
        let status = self.child.wait().unwrap();
        Finished { status, stdout: written.stdout, stderr: written.stderr }
    }
}

impl Drop for Process {
    #[expect(clippy::print_stdout, reason = "the test runner keeps it, and shows it when the test fails")]
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking()
            && let Some(written) = self.output.wait_for_end()
        {
            println!("--- standard output\n{}\n--- standard error\n{}", written.stdout, written.stderr);
        }
    }
}

impl Finished {
    /// The exit code; panics when a signal ended it.
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("ended by a signal: {}", self.status))
    }
}
