//! A server that listens.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use serde_json::{Value, json};

use super::launch::Launch;
use super::output::Written;
use super::process::{Finished, Process};
use super::request::Request;
use super::{PASSWORD, PATIENCE};

/// `concierge serve`, listening; killed when it is dropped.
pub(crate) struct Server {
    process: Process,
    address: SocketAddr,
    launch: Launch,
}

impl Server {
    /// One with the settings of [`Launch::new`].
    pub(crate) fn spawn() -> Self {
        Launch::new().serve()
    }

    /// Waits until it says where it listens.
    pub(super) fn listening(process: Process, launch: Launch) -> Self {
        let Some(address) = process.output.wait_for(announced) else {
            let Written { stdout, stderr, .. } = process.output.so_far();
            panic!("does not listen\n{stdout}\n{stderr}");
        };
        Self { process, address, launch }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The folder it was started in.
    pub(crate) fn folder(&self) -> &Path {
        self.launch.folder()
    }

    pub(crate) fn get(&self, target: &str) -> Request {
        self.request("GET", target)
    }

    pub(crate) fn post(&self, target: &str) -> Request {
        self.request("POST", target)
    }

    pub(crate) fn request(&self, method: &str, target: &str) -> Request {
        Request::new(self.address, method, target)
    }

    /// A connection to say anything on.
    pub(crate) fn connect(&self) -> TcpStream {
        super::request::connect(self.address).unwrap()
    }

    /// Registers a user whose tokens come in the body, and returns the answer's body.
    pub(crate) fn register(&self, username: &str) -> Value {
        let form = json!({"username": username, "password": PASSWORD, "delivery": "body"});
        let response = self.post("/auth/register").json(&form).send();
        assert_eq!(response.status, 201, "{}", response.text());
        response.json()
    }

    /// How much memory it holds, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        self.process.resident_kib()
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.process.output.so_far().stderr
    }

    /// Waits for a line in its log that contains `text`.
    pub(crate) fn wait_for_log(&self, text: &str) {
        let found = self.process.output.wait_for(|written| written.stderr.contains(text).then_some(()));
        assert!(found.is_some(), "{text:?} was not logged within {PATIENCE:?}");
    }

    /// Sends SIGHUP.
    pub(crate) fn hang_up(&self) {
        self.process.hang_up();
    }

    /// Sends SIGTERM and goes on.
    pub(crate) fn terminate(&self) {
        self.process.terminate();
    }

    /// Sends SIGINT and goes on.
    pub(crate) fn interrupt(&self) {
        self.process.interrupt();
    }

    /// Halts it: it is there and says nothing.
    pub(crate) fn halt(&self) {
        self.process.halt();
    }

    /// Waits for its end.
    pub(crate) fn finish(self) -> (Finished, Launch) {
        (self.process.finish(), self.launch)
    }

    /// Stops it as an operator would, and returns how to start it again on the same folder.
    pub(crate) fn stop(self) -> Launch {
        self.terminate();
        let (finished, launch) = self.finish();
        assert_eq!(finished.code(), 0, "{}", finished.stderr);
        launch
    }

    /// Kills it between two instructions, and returns how to start it again on the same folder.
    pub(crate) fn kill(mut self) -> Launch {
        self.process.kill();
        self.launch
    }
}

/// The address that a server announces: to people on standard output, to collectors as JSON in the log.
fn announced(written: &Written) -> Option<SocketAddr> {
    let for_people =
        |line: &str| line.strip_prefix("listening on")?.trim().strip_prefix("http://")?.parse().ok();
    let for_collectors = |line: &str| {
        let event: Value = serde_json::from_str(line).ok()?;
        (event["message"] == "listening").then(|| event["address"].as_str()?.parse().ok())?
    };
    // Only whole lines: more of the last may be under way.
    let whole = |text: &str| text.rfind('\n').map_or(0, |end| end + 1);
    let (stdout, stderr) = (&written.stdout, &written.stderr);
    let said = stdout[..whole(stdout)].lines().find_map(for_people);
    said.or_else(|| stderr[..whole(stderr)].lines().find_map(for_collectors))
}
