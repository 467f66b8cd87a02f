//! Whether Redis can be reached: found out by a question twice a second, so that no request has to wait for it.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Client, RedisError};
use tokio::time::{sleep, timeout};

/// Well within the two seconds in which service is to resume.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// For how long what a look writes stays if it is the last.
const TRACE_SECS: u32 = 60;

/// What is known of a Redis server.
pub(super) struct Link {
    client: Client,
    /// The name of a key to write.
    key: String,
    patience: Duration,
    up: AtomicBool,
}

impl Link {
    /// A link that is taken to be there until it shows otherwise. A look takes `patience` at most.
    pub(super) fn new(client: Client, key: String, patience: Duration) -> Self {
        Self { client, key, patience, up: AtomicBool::new(true) }
    }

    pub(super) fn is_up(&self) -> bool {
        self.up.load(Ordering::Acquire)
    }

    /// Notes that the server did not do what it was asked, until a look finds that it does. The log hears of the first time.
    pub(super) fn lost(&self, error: &(dyn Error + 'static)) {
        if self.up.swap(false, Ordering::AcqRel) {
            // What is around the first cause repeats it.
            let mut cause = error;
            while let Some(next) = cause.source() {
                cause = next;
            }
            tracing::warn!(
                "visitor sessions are out of reach, and their routes answer 503 until Redis is back: {cause}"
            );
        }
    }

    /// Looks again and again, for as long as it is polled. When the server is back, `renew` is called before anybody is let
    /// through.
    pub(super) async fn watch(&self, renew: impl Fn()) {
        let mut kept = None;
        loop {
            match timeout(self.patience, self.look(&mut kept)).await {
                Ok(Ok(())) if self.is_up() => {}
                Ok(Ok(())) => {
                    renew();
                    self.up.store(true, Ordering::Release);
                    tracing::info!("visitor sessions can be reached again");
                }
                Ok(Err(error)) => self.lost(&error),
                Err(_) => self.lost(&Silent(self.patience)),
            }
            sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Has the server do what sessions need, on the connection of the last look if that still lives.
    async fn look(&self, kept: &mut Option<MultiplexedConnection>) -> Result<(), RedisError> {
        if let Some(mut connection) = kept.take()
            && self.ask(&mut connection).await.is_ok()
        {
            *kept = Some(connection);
            return Ok(());
        }
        let mut connection = self.client.get_multiplexed_async_connection().await?;
        self.ask(&mut connection).await?;
        *kept = Some(connection);
        Ok(())
    }

    /// A server that answers may still refuse to write: a replica, or one whose memory is full.
    async fn ask(&self, connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
        let mut questions = redis::pipe();
        questions.cmd("SET").arg(&self.key).arg("").arg("EX").arg(TRACE_SECS).ignore();
        questions.cmd("GET").arg(&self.key).ignore();
        questions.cmd("DEL").arg(&self.key).ignore();
        questions.query_async(connection).await
    }
}

/// The server has not answered in time.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {} s", .0.as_secs())]
pub(super) struct Silent(pub(super) Duration);
