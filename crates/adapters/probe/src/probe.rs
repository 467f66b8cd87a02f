//! One request, one connection, one answer.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use concierge_kernel::Clock;
use concierge_origins::Origin;

use crate::answer::{self, Answer};
use crate::error::ProbeError;
use crate::line::Line;
use crate::request::Request;
use crate::tls::Trust;

/// How long connecting, sending and receiving may take together, unless it is told otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends requests.
pub struct Probe {
    clock: Arc<dyn Clock>,
    trust: Trust,
    patience: Duration,
}

impl Probe {
    /// One that reads its deadlines from `clock` and believes the https of `trust`.
    pub fn new(clock: Arc<dyn Clock>, trust: Trust) -> Self {
        Self { clock, trust, patience: PATIENCE }
    }

    /// One that waits for so long in all, instead of ten seconds.
    #[must_use]
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Sends `request` to `origin` on a connection of its own, and waits for the answer, for ten seconds in all or as long as
    /// it was told.
    ///
    /// # Errors
    /// There is no answer, or none that can be read; see [`ProbeError`].
    pub fn send(&self, origin: &Origin, request: &Request) -> Result<Answer, ProbeError> {
        let text = origin.to_string();
        let host = text.split_once("://").map_or(text.as_str(), |(_, host)| host);
        let bytes = request.bytes(host)?;
        let deadline = self.clock.now().plus(self.patience);
        let mut line = Line::connect(origin, self.clock.as_ref(), deadline)?;
        let headless = request.method == "HEAD";
        if origin.is_https() {
            exchange(&mut self.trust.secure(origin, line)?, &bytes, headless)
        } else {
            exchange(&mut line, &bytes, headless)
        }
    }
}

fn exchange(stream: &mut (impl Read + Write), request: &[u8], headless: bool) -> Result<Answer, ProbeError> {
    let written = stream.write_all(request).and_then(|()| stream.flush());
    // A server may refuse a long body before all of it was sent. What it says counts, not that it closed.
    match (answer::read(stream, headless), written) {
        (Err(ProbeError::Broken(_)), Err(error)) => Err(error.into()),
        (answered, _) => answered,
    }
}
