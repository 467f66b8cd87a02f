//! What happens to a Postgres server: it is killed, it hangs, somebody locks a table and goes away.

use std::fs;
use std::process::{Command, Stdio};

use super::Postgres;
use crate::PrivateServer;

impl Postgres {
    /// Kills every process of it (SIGKILL), as a machine does that fails.
    ///
    /// # Panics
    /// It does not run.
    pub fn kill(&mut self) {
        signal("-KILL", &self.processes());
        self.server = None;
    }

    /// Halts every process of it (SIGSTOP): it is there, takes what it is sent, and says nothing.
    ///
    /// # Panics
    /// It does not run.
    pub fn freeze(&mut self) {
        // Those that it starts while they are halted are halted by the next round.
        loop {
            let processes = self.processes();
            if processes == self.frozen {
                return;
            }
            signal("-STOP", &processes);
            self.frozen = processes;
        }
    }

    /// Has it go on after [`freeze`](Self::freeze).
    pub fn thaw(&mut self) {
        if !self.frozen.is_empty() {
            signal("-CONT", &std::mem::take(&mut self.frozen));
        }
    }

    /// Its processes, the one first that has started the others.
    fn processes(&self) -> Vec<u32> {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let first = file.lines().next().and_then(|line| line.parse().ok());
        let first: u32 =
            first.unwrap_or_else(|| panic!("Postgres does not run in {}", self.folder.display()));
        let running = fs::read_dir("/proc").into_iter().flatten().flatten();
        let mut others: Vec<u32> = running
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|process| parent(*process) == Some(first))
            .collect();
        others.sort_unstable();
        std::iter::once(first).chain(others).collect()
    }

    /// Keeps everybody from a table until the answer is dropped.
    ///
    /// # Panics
    /// The table cannot be locked.
    pub fn lock(&self, table: &str) -> PrivateServer {
        let mut psql = self.terminal();
        psql.args(["--command", "BEGIN", "--command", &format!("LOCK TABLE {table}")]);
        // It stays for what would come from its standard input.
        psql.args(["--command", "\\warn locked", "--file", "-"]);
        PrivateServer::start(&mut psql, "locked").unwrap_or_else(|failure| panic!("{failure}"))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // One that is halted does not hear that it is to stop.
        self.thaw();
    }
}

/// Some of them may have ended meanwhile.
fn signal(signal: &str, processes: &[u32]) {
    let processes = processes.iter().map(u32::to_string);
    let mut command = Command::new("kill");
    command.arg(signal).args(processes).stderr(Stdio::null());
    command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
}

/// Who has started a process, as `/proc/PID/stat` tells after its name, which is in brackets.
fn parent(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
