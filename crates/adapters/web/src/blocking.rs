//! The bridge from async to sync: the only place that may name `web::block`.

use std::sync::Arc;

use actix_web::web;
use tokio::sync::Semaphore;

use crate::error::ApiError;

/// Runs what blocks (stores, hashing) on threads of its own, and refuses what would have to queue for them
/// without end.
#[derive(Clone)]
pub struct Blocking {
    permits: Arc<Semaphore>,
}

impl Blocking {
    /// A bridge that `capacity` calls can be on at once; more are answered 503.
    pub fn new(capacity: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(capacity)) }
    }

    /// Runs `work` where it may block. It goes on to its end even when the client goes away.
    pub(crate) async fn run<T, E>(
        &self,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Send + 'static,
        ApiError: From<E>,
    {
        let permit = Arc::clone(&self.permits).try_acquire_owned().map_err(|_| ApiError::overloaded())?;
        let permitted = move || {
            let _permit = permit;
            work()
        };
        self.unmetered(permitted).await
    }

    /// Runs `work` however much is on the bridge: for checks that must tell the truth then, too, for being busy is no
    /// failure.
    pub(crate) async fn unmetered<T, E>(
        &self,
        work: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Send + 'static,
        ApiError: From<E>,
    {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that crosses")]
        let done = web::block(work);
        Ok(done.await.map_err(|error| ApiError::internal(error.into()))??)
    }
}
