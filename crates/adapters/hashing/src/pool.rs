//! Threads of a fixed number with a queue of a fixed length; each keeps a workspace between jobs.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Runs jobs on a fixed number of threads. `W` is what every thread keeps between its jobs while they keep
/// coming, and drops when none came for a while, so that an idle process is a small one.
///
/// A queue of our own rather than a channel: threads that share a channel's receiver wait for each other's lock
/// there, so those behind the first would never notice that they are idle.
pub(crate) struct Pool<W> {
    queue: Arc<Queue<W>>,
    /// Jobs that wait or run.
    admitted: Arc<AtomicUsize>,
    limit: usize,
    threads: Vec<JoinHandle<()>>,
}

/// Every thread is busy and every place in the queue is taken.
#[derive(Debug)]
pub(crate) struct Full;

/// The job panicked.
#[derive(Debug, thiserror::Error)]
#[error("the job panicked")]
pub(crate) struct Panicked;

/// The way back of a job's result.
pub(crate) struct Reply<R>(Receiver<R>);

impl<W: Default + 'static> Pool<W> {
    /// Starts `threads` threads named `name-1`, `name-2`, …; beyond those that run, `queue` jobs may wait.
    pub(crate) fn start(name: &str, threads: usize, queue: usize, idle: Duration) -> io::Result<Self> {
        let mut pool = Self {
            queue: Arc::new(Queue::new()),
            admitted: Arc::default(),
            limit: threads.saturating_add(queue),
            threads: Vec::with_capacity(threads),
        };
        for number in 1..=threads {
            let queue = Arc::clone(&pool.queue);
            let thread = Builder::new().name(format!("{name}-{number}")).spawn(move || work(&queue, idle))?;
            pool.threads.push(thread);
        }
        Ok(pool)
    }

    /// Hands a job in, or refuses it at once.
    pub(crate) fn submit<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut W) -> R + Send + 'static,
    ) -> Result<Reply<R>, Full> {
        let permit = Permit::take(&self.admitted, self.limit).ok_or(Full)?;
        let (sender, receiver) = mpsc::sync_channel(1);
        self.queue.push(Box::new(move |workspace| {
            let result = {
                // Also when the job panics. Before the answer, so that whoever has it finds the place free.
                let _permit = permit;
                job(workspace)
            };
            // There is a place for it; nobody may be waiting any more, and that is their business.
            let _ = sender.try_send(result);
        }));
        Ok(Reply(receiver))
    }
}

impl<R> Reply<R> {
    /// Blocks until the job is done.
    pub(crate) fn wait(self) -> Result<R, Panicked> {
        // The sender lives in the job: it is gone without an answer only if the job unwound.
        self.0.recv().map_err(|_| Panicked)
    }
}

impl<W> Drop for Pool<W> {
    /// Lets the threads finish what was handed in, and waits for them.
    fn drop(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            // The thread catches its jobs' panics; there is nothing to learn from it.
            let _ = thread.join();
        }
    }
}

/// A place among the jobs that wait or run.
struct Permit(Arc<AtomicUsize>);

impl Permit {
    fn take(admitted: &Arc<AtomicUsize>, limit: usize) -> Option<Self> {
        let more = |count: usize| (count < limit).then_some(count + 1);
        admitted.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Self(Arc::clone(admitted)))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn work<W: Default>(queue: &Queue<W>, idle: Duration) {
    let mut workspace: Option<W> = None;
    loop {
        match queue.take(workspace.is_some().then_some(idle)) {
            Taken::Job(job) => {
                let lent = workspace.get_or_insert_default();
                // A workspace that a panic may have left half-way is not lent again.
                if catch_unwind(AssertUnwindSafe(|| job(lent))).is_err() {
                    workspace = None;
                }
            }
            Taken::Nothing => workspace = None,
            Taken::Closed => return,
        }
    }
}

type Job<W> = Box<dyn FnOnce(&mut W) + Send>;

enum Taken<W> {
    Job(Job<W>),
    /// No job came in time.
    Nothing,
    /// No job will come any more.
    Closed,
}

struct Queue<W> {
    state: Mutex<State<W>>,
    changed: Condvar,
}

struct State<W> {
    waiting: VecDeque<Job<W>>,
    closed: bool,
}

impl<W> Queue<W> {
    fn new() -> Self {
        Self { state: Mutex::new(State { waiting: VecDeque::new(), closed: false }), changed: Condvar::new() }
    }

    /// No code that can panic half-way runs under the lock, so a poisoned one is sound.
    fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, job: Job<W>) {
        self.lock().waiting.push_back(job);
        self.changed.notify_one();
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// The next job; waits for it as long as `patience` allows, forever without.
    fn take(&self, patience: Option<Duration>) -> Taken<W> {
        let idle = |state: &mut State<W>| state.waiting.is_empty() && !state.closed;
        let state = self.lock();
        let mut state = match patience {
            Some(patience) => {
                let waited = self.changed.wait_timeout_while(state, patience, idle);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => self.changed.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner),
        };
        match state.waiting.pop_front() {
            Some(job) => Taken::Job(job),
            None if state.closed => Taken::Closed,
            None => Taken::Nothing,
        }
    }
}

#[cfg(test)]
mod tests;
