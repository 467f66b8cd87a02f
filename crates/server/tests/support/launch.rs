//! How the binary is to be started.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;

use super::process::{Finished, Process};
use super::server::Server;

/// A token secret for tests that sign tokens themselves.
pub(crate) const SECRET: &str = "kZq2Vw8Yt5Rb1Nc7Lx4Pd9Hs6Jf3Gm0Q";

/// Variables and a folder to start in. Clones share the folder, which is deleted with the last of them.
#[derive(Clone)]
pub(crate) struct Launch {
    variables: BTreeMap<String, String>,
    folder: Arc<TempDir>,
}

impl Launch {
    /// The environment `test` on any free port, in an empty folder, which becomes the working directory.
    pub(crate) fn new() -> Self {
        let bare = Self { variables: BTreeMap::new(), folder: Arc::new(tempfile::tempdir().unwrap()) };
        bare.env("CONCIERGE_ENV", "test")
            .set("SERVER__PORT", "0")
            // Else the address would change with the port, and the tokens' issuer with it, at every start.
            .set("SERVER__PUBLIC_URL", "http://localhost:5000")
    }

    /// Sets a setting: `set("SERVER__PORT", "0")` is `CONCIERGE__SERVER__PORT=0`.
    pub(crate) fn set(self, key: &str, value: &str) -> Self {
        self.env(&format!("CONCIERGE__{key}"), value)
    }

    /// Leaves a setting to its default.
    pub(crate) fn unset(mut self, key: &str) -> Self {
        self.variables.remove(&format!("CONCIERGE__{key}"));
        self
    }

    /// Sets a variable. The process has no others.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The folder it starts in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The names of all that is in the folder.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into()).collect()
    }

    /// Runs `concierge serve` until it listens.
    pub(crate) fn serve(self) -> Server {
        let process = self.begin();
        self.listening(process)
    }

    /// Begins to run `concierge serve`.
    pub(crate) fn begin(&self) -> Process {
        self.start(&["serve"])
    }

    /// Waits until what [`begin`](Self::begin) has begun listens.
    pub(crate) fn listening(self, process: Process) -> Server {
        Server::listening(process, self)
    }

    /// Runs `concierge` to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        self.start(arguments).finish()
    }

    /// Runs `concierge` to its end, with `input` on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Finished {
        Process::start_with(&mut self.command(arguments), input).finish()
    }

    /// Runs `concierge` to its end while nothing can be written to its standard output.
    pub(crate) fn run_on_a_full_disk(&self, arguments: &[&str]) -> std::process::Output {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        self.command(arguments).stdin(Stdio::null()).stdout(full).output().unwrap()
    }

    fn start(&self, arguments: &[&str]) -> Process {
        Process::start(&mut self.command(arguments))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_concierge"));
        command.args(arguments).env_clear().envs(&self.variables).current_dir(self.folder());
        command
    }
}
