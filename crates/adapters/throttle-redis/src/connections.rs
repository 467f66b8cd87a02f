//! Connections to the server, few and reused.
//!
//! They are kept here rather than by r2d2, which tries in the background and lets everybody wait for their whole patience
//! meanwhile: a server that refuses connections is to be known to be gone at once.

use std::io;
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use concierge_kernel::StoreFailure;
use redis::{Client, Connection, RedisError, RedisResult};

/// How many calls may be under way at once; further ones wait. A call takes a fraction of a millisecond.
const MOST: usize = 16;

/// Connections to one server, made as they are needed.
pub struct RedisConnections {
    client: Client,
    timeout: Duration,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    busy: usize,
    /// How many calls have failed.
    failures: u64,
}

/// The text is no URL of a Redis server.
#[derive(Debug, thiserror::Error)]
#[error("not the URL of a Redis server")]
pub struct InvalidUrl(#[source] RedisError);

impl RedisConnections {
    /// Connects to the server at `url` (`redis://`, or `rediss://` for TLS) when there is something to ask. Connecting may take
    /// as long as `timeout`, and so may each answer.
    ///
    /// # Errors
    /// That is no such URL.
    pub fn new(url: &str, timeout: Duration) -> Result<Arc<Self>, InvalidUrl> {
        let client = Client::open(url).map_err(InvalidUrl)?;
        Ok(Arc::new(Self { client, timeout, state: Mutex::default(), freed: Condvar::new() }))
    }

    /// Does `work` on a connection. A server may have closed one that was idle, or be another one by now: then it is done on a
    /// new one, which may count a take twice if the server did the first and went away before it said so.
    pub(crate) fn run<T>(&self, work: impl Fn(&mut Connection) -> RedisResult<T>) -> Result<T, StoreFailure> {
        self.tried(work).inspect_err(|_| {
            self.state().failures += 1;
            self.freed.notify_all();
        })
    }

    fn tried<T>(&self, work: impl Fn(&mut Connection) -> RedisResult<T>) -> Result<T, StoreFailure> {
        let place = self.place()?;
        if let Some(connection) = place.idle() {
            match place.on(connection, &work) {
                Err(error) if error.is_connection_dropped() => {}
                outcome => return outcome.map_err(unavailable),
            }
        }
        let connection = self.connect().map_err(unavailable)?;
        place.on(connection, &work).map_err(unavailable)
    }

    /// A new connection. It is made by a thread of its own, because finding out the address of a name has no limit of time, and
    /// each of several addresses has the whole.
    fn connect(&self) -> RedisResult<Connection> {
        let (client, timeout) = (self.client.clone(), self.timeout);
        let (sender, made) = channel();
        let connect = move || {
            let made = client.get_connection_with_timeout(timeout);
            // Too late for whoever waited: then it is closed.
            sender.send(made).unwrap_or_default();
        };
        thread::Builder::new().name("concierge-redis".to_owned()).spawn(connect)?;
        let in_time = made.recv_timeout(timeout);
        let connection = in_time.map_err(|error| io::Error::new(io::ErrorKind::TimedOut, error))??;
        connection.set_read_timeout(Some(timeout))?;
        connection.set_write_timeout(Some(timeout))?;
        Ok(connection)
    }

    /// A place among those whose calls are under way. Whoever waits for one while a call fails has waited long enough: theirs
    /// would, too.
    fn place(&self) -> Result<Place<'_>, StoreFailure> {
        let state = self.state();
        let failures = state.failures;
        let hopeful = |state: &mut State| state.busy >= MOST && state.failures == failures;
        let waited = self.freed.wait_timeout_while(state, self.timeout, hopeful);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.busy >= MOST || state.failures != failures {
            return Err(StoreFailure::Unavailable("every connection to it is in use".into()));
        }
        state.busy += 1;
        Ok(Place(self))
    }

    /// Whole even after a panic: nothing here panics between two changes that belong together.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whatever the server or the way to it did: others can do without. In its words alone, which repeat those of its causes.
fn unavailable(error: RedisError) -> StoreFailure {
    StoreFailure::Unavailable(error.to_string().into())
}

/// Whoever has it may use one connection.
struct Place<'a>(&'a RedisConnections);

impl Place<'_> {
    fn idle(&self) -> Option<Connection> {
        self.0.state().idle.pop()
    }

    /// Keeps the connection for the next call, unless anything went wrong: then no other that is idle is worth more. An answer
    /// that came too late would be the next one's, and a server that only reads now is no longer the one to ask.
    fn on<T>(
        &self,
        mut connection: Connection,
        work: impl Fn(&mut Connection) -> RedisResult<T>,
    ) -> RedisResult<T> {
        let outcome = work(&mut connection);
        let mut state = self.0.state();
        match &outcome {
            Ok(_) => state.idle.push(connection),
            Err(_) => state.idle.clear(),
        }
        outcome
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.state().busy -= 1;
        self.0.freed.notify_one();
    }
}
