//! What this process logs, for tests that look for lines of their own.

use std::io;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// The log of all tests that run. Each looks for what nobody else writes, such as the id of a request of its own.
pub(crate) struct Log(Mutex<Vec<u8>>);

static LOG: Log = Log(Mutex::new(Vec::new()));
static KEPT: Once = Once::new();

/// The log, which is kept from the first call on.
pub(crate) fn log() -> &'static Log {
    KEPT.call_once(|| {
        let lines = tracing_subscriber::fmt().with_writer(|| &LOG).with_ansi(false).without_time();
        lines.try_init().unwrap();
    });
    &LOG
}

impl Log {
    /// Every line with `text` in it.
    pub(crate) fn lines_with(&self, text: &str) -> Vec<String> {
        let written = String::from_utf8_lossy(&self.lock()).into_owned();
        written.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl io::Write for &Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
