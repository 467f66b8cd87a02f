//! Clients that ask again and again, whatever happens to the database, and remember what they were answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::support::{Request, Response};
use crate::{BUSY_MACHINE, now};

/// One answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) retry_after: bool,
    pub(crate) asked: Instant,
    pub(crate) took: Duration,
}

/// Several clients that send the same.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<Vec<Answer>>>,
}

impl Load {
    /// Starts `clients` of them.
    pub(crate) fn of(clients: usize, request: &Request) -> Self {
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let client = |_| {
            let (request, stop, answered) = (request.clone(), Arc::clone(&stop), Arc::clone(&answered));
            thread::spawn(move || {
                let mut answers = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    answers.push(Answer::to(&request));
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                answers
            })
        };
        let clients = (0..clients).map(client).collect();
        Self { stop, answered, clients }
    }

    /// Waits for so many answers more.
    pub(crate) fn answers(&self, number: usize) {
        let wanted = self.answered.load(Ordering::Relaxed) + number;
        let begun = now();
        while self.answered.load(Ordering::Relaxed) < wanted {
            assert!(begun.elapsed() < 3 * BUSY_MACHINE, "the load is not answered any more");
            thread::yield_now();
        }
    }

    /// Ends it; all that was answered.
    pub(crate) fn end(self) -> Vec<Answer> {
        self.stop.store(true, Ordering::Relaxed);
        self.clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    }
}

impl Answer {
    /// Asks once.
    pub(crate) fn to(request: &Request) -> Self {
        let asked = now();
        let response = request.send();
        Self {
            status: response.status,
            code: code(&response),
            retry_after: response.header("Retry-After").is_some(),
            asked,
            took: asked.elapsed(),
        }
    }

    /// Whether it says that it was not to be had just now, and when it may be.
    pub(crate) fn says_later(&self) -> bool {
        self.status == 503 && self.retry_after && self.code == "store_unavailable"
    }
}

fn code(response: &Response) -> String {
    if response.status < 400 { String::new() } else { response.problem().code }
}
