//! A connection on a thread of its own: libpq waits for ever for a server that is there and says nothing, so somebody
//! else waits for libpq, and only for so long.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use diesel::PgConnection;
use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
use diesel::r2d2::R2D2Connection as _;

/// How long it takes at most until whoever waits sees that others have given the server up.
const LOOK: Duration = Duration::from_millis(50);

type Job = Box<dyn FnOnce(&mut PgConnection) + Send>;

/// A connection. Its thread ends when this is dropped, or else when the server or TCP ends what it waits for.
pub(crate) struct Line {
    jobs: Sender<Job>,
    generation: u64,
    generations: Arc<Generations>,
    /// Whether the last work has left it in a transaction, or worse.
    broken: bool,
    /// Whether the last answer was there before anybody looked twice.
    prompt: bool,
    retired: bool,
}

/// The server has not answered in time, or others have found that it does not.
#[derive(Debug, thiserror::Error)]
#[error("the server does not answer")]
pub(crate) struct Silence;

/// Which connections are from before the server last fell silent. They are given up together: to wait for each of
/// them in turn would take too long.
#[derive(Debug, Default)]
pub(crate) struct Generations(AtomicU64);

impl Generations {
    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn give_up(&self, generation: u64) {
        self.0.fetch_max(generation + 1, Ordering::Relaxed);
    }
}

impl Line {
    /// Opens one by `connect`, and waits for `patience` at most. `crowd` is held for as long as its thread runs.
    pub(crate) fn open<E: From<std::io::Error> + From<Silence> + Send + 'static>(
        generations: Arc<Generations>,
        crowd: Arc<()>,
        patience: Duration,
        connect: impl FnOnce() -> Result<PgConnection, E> + Send + 'static,
    ) -> Result<Self, E> {
        let generation = generations.now();
        let (jobs, queue) = channel::<Job>();
        let (opened, opening) = sync_channel(1);
        let serve = move || {
            let _crowd = crowd;
            match connect() {
                Ok(mut connection) => {
                    drop(opened.send(Ok(())));
                    while let Ok(job) = queue.recv() {
                        job(&mut connection);
                    }
                }
                Err(error) => drop(opened.send(Err(error))),
            }
        };
        thread::Builder::new().name("concierge-postgres".to_owned()).spawn(serve)?;
        opening.recv_timeout(patience).map_err(|_| Silence)??;
        Ok(Self { jobs, generation, generations, broken: false, prompt: false, retired: false })
    }

    /// Has `work` done with the connection, and waits for `patience` at most. What is given up may still be done, or not.
    pub(crate) fn call<T: Send + 'static>(
        &mut self,
        patience: Duration,
        work: impl FnOnce(&mut PgConnection) -> T + Send + 'static,
    ) -> Result<T, Silence> {
        let (answer, answers) = sync_channel(1);
        let job = move |connection: &mut PgConnection| {
            let done = work(connection);
            if answer.send((done, connection.is_broken())).is_err() {
                // It has been given up. A pooler ends the session of who leaves in a transaction.
                drop(AnsiTransactionManager::rollback_transaction(connection));
            }
        };
        let mut left = if self.jobs.send(Box::new(job)).is_ok() { patience } else { Duration::ZERO };
        loop {
            match answers.recv_timeout(left.min(LOOK)) {
                Ok((done, broken)) => {
                    self.broken = broken;
                    self.prompt = left == patience;
                    return Ok(done);
                }
                Err(RecvTimeoutError::Timeout) if left > LOOK && !self.is_given_up() => left -= LOOK,
                // Disconnected: the work has panicked, and the thread with it.
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    self.retire();
                    return Err(Silence);
                }
            }
        }
    }

    /// Gives up this one and all that are as old or older.
    pub(crate) fn give_up(&mut self) {
        self.generations.give_up(self.generation);
    }

    /// Whether the last answer came at once.
    pub(crate) fn has_been_prompt(&self) -> bool {
        self.prompt
    }

    /// Lets nobody else have it.
    pub(crate) fn retire(&mut self) {
        self.retired = true;
    }

    /// Whether nobody is to have it any more.
    pub(crate) fn is_retired(&self) -> bool {
        self.retired || self.broken || self.is_given_up()
    }

    fn is_given_up(&self) -> bool {
        self.generation < self.generations.now()
    }
}
