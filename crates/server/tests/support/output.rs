//! What a process writes, collected as it comes, so that it never blocks on a full pipe.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use super::PATIENCE;

/// Both streams of one process.
#[derive(Clone, Default)]
pub(crate) struct Output(Arc<Inner>);

#[derive(Default)]
struct Inner {
    written: Mutex<Written>,
    changed: Condvar,
}

/// What has been written so far.
#[derive(Clone, Default)]
pub(crate) struct Written {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// How many streams have come to their end.
    closed: usize,
}

#[derive(Clone, Copy)]
pub(super) enum Stream {
    Out,
    Err,
}

impl Output {
    /// Collects what comes from `source` until it ends.
    pub(super) fn collect(&self, stream: Stream, source: impl Read + Send + 'static) {
        let inner = Arc::clone(&self.0);
        thread::spawn(move || {
            let mut source = BufReader::new(source);
            let mut line = Vec::new();
            while matches!(source.read_until(b'\n', &mut line), Ok(1..)) {
                let text = String::from_utf8_lossy(&line);
                let mut written = inner.written.lock().unwrap();
                match stream {
                    Stream::Out => written.stdout.push_str(&text),
                    Stream::Err => written.stderr.push_str(&text),
                }
                drop(written);
                inner.changed.notify_all();
                line.clear();
            }
            inner.written.lock().unwrap().closed += 1;
            inner.changed.notify_all();
        });
    }

    /// What has been written so far.
    pub(crate) fn so_far(&self) -> Written {
        self.lock().clone()
    }

    /// Waits until `find` finds something; `None` when the process ends without it, or patience does.
    pub(super) fn wait_for<T>(&self, find: impl Fn(&Written) -> Option<T>) -> Option<T> {
        let waiting = |written: &mut Written| find(written).is_none() && !written.is_closed();
        let (written, _) = self.0.changed.wait_timeout_while(self.lock(), PATIENCE, waiting).unwrap();
        find(&written)
    }

    /// Waits until both streams have come to their end, which they do when the process does.
    pub(super) fn wait_for_end(&self) -> Option<Written> {
        self.wait_for(|written| written.is_closed().then(|| written.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.written.lock().unwrap()
    }
}

impl Written {
    fn is_closed(&self) -> bool {
        self.closed == 2
    }
}
