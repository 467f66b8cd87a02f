//! Connections to the server, few and reused.
//!
//! They are kept here rather than by r2d2, which tries in the background and lets everybody wait for their whole patience
//! meanwhile: a server that refuses connections is to be known to be gone at once.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use concierge_kernel::{BoxError, StoreFailure};
use redis::{Client, Connection, RedisError, RedisResult};

use crate::line::{Done, Line};

/// How many calls may be under way at once; further ones wait. A call takes a fraction of a millisecond.
const MOST: usize = 16;

/// How many threads there may be: those of calls that were given up stay until the server, or finding out its address, lets
/// them go.
const MOST_THREADS: usize = 4 * MOST;

/// Connections to one server, made as they are needed.
pub struct RedisConnections {
    client: Client,
    timeout: Duration,
    state: Mutex<State>,
    freed: Condvar,
    /// Held once more by each thread.
    crowd: Arc<()>,
}

#[derive(Default)]
struct State {
    idle: Vec<Line>,
    busy: usize,
    /// How many calls have failed.
    failures: u64,
}

/// The text is no URL of a Redis server.
#[derive(Debug, thiserror::Error)]
#[error("not the URL of a Redis server")]
pub struct InvalidUrl(#[source] RedisError);

impl RedisConnections {
    /// Connects to the server at `url` (`redis://`, or `rediss://` for TLS) when there is something to ask. Waiting for a free
    /// connection may take as long as `timeout`, and so may the call itself, connecting and the whole answer included.
    ///
    /// # Errors
    /// That is no such URL.
    pub fn new(url: &str, timeout: Duration) -> Result<Arc<Self>, InvalidUrl> {
        let client = Client::open(url).map_err(InvalidUrl)?;
        let (state, freed, crowd) = (Mutex::default(), Condvar::new(), Arc::default());
        Ok(Arc::new(Self { client, timeout, state, freed, crowd }))
    }

    /// Does `work` on a connection. A server may have closed one that was idle, or be another one by now: then it is done on a
    /// new one, which may count a take twice if the server did the first and went away before it said so.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection) -> RedisResult<T> + Send + 'static,
    ) -> Result<T, StoreFailure> {
        self.tried(work).inspect_err(|_| {
            self.state().failures += 1;
            self.freed.notify_all();
        })
    }

    fn tried<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection) -> RedisResult<T> + Send + 'static,
    ) -> Result<T, StoreFailure> {
        let place = self.place()?;
        let line = place.idle().map_or_else(|| self.open(), Ok)?;
        place.on(line, work)
    }

    fn open(&self) -> Result<Line, StoreFailure> {
        if Arc::strong_count(&self.crowd) > MOST_THREADS {
            return Err(StoreFailure::Unavailable("too many calls to it hang".into()));
        }
        Line::open(self.client.clone(), self.timeout, Arc::clone(&self.crowd)).map_err(unavailable)
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
fn unavailable(error: impl Into<BoxError>) -> StoreFailure {
    StoreFailure::Unavailable(error.into().to_string().into())
}

/// Whoever has it may use one connection.
struct Place<'a>(&'a RedisConnections);

impl Place<'_> {
    fn idle(&self) -> Option<Line> {
        self.0.state().idle.pop()
    }

    /// Keeps the line for the next call, unless anything went wrong. Then, and when it had to connect anew, no other that is
    /// idle is worth more: an answer that came too late would be the next one's, and a server that only reads now is no longer
    /// the one to ask.
    fn on<T: Send + 'static>(
        &self,
        line: Line,
        work: impl Fn(&mut Connection) -> RedisResult<T> + Send + 'static,
    ) -> Result<T, StoreFailure> {
        let done = line.call(self.0.timeout, work);
        let mut state = self.0.state();
        match &done {
            Ok(Done { outcome: Ok(_), closed: false }) => {}
            _ => state.idle.clear(),
        }
        let outcome = done.map_err(unavailable)?.outcome.map_err(unavailable)?;
        state.idle.push(line);
        Ok(outcome)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.state().busy -= 1;
        self.0.freed.notify_one();
    }
}
