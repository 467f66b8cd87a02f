//! Visitor sessions in Redis: actix-session reads and writes them; what is here sees to it that nobody waits long for a
//! server that is away, and that a session lasts as long as its visitor asked.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use actix_session::storage::{
    LoadError, RedisSessionStore, SaveError, SessionKey, SessionStore, UpdateError,
};
use actix_web::cookie::time;
use concierge_kernel::{BoxError, Clock, Timestamp};
use deadpool_redis::{Manager, Pool};
use futures_util::FutureExt as _;
use redis::Client;

use super::EXPIRES_AT;
use super::link::{Link, Silent};
use super::store::token;

/// How many questions may be under way; each takes a connection.
const CONNECTIONS: usize = 16;
/// How long a session without an end is kept: a browser that was not closed for a year has forgotten the visitor.
const LONGEST: Duration = Duration::from_secs(31_536_000);
/// What a cookie begins with that has a key, so that it is told from one that has a session.
const KIND: &str = "redis";

/// Visitor sessions in Redis.
#[derive(Clone)]
pub struct RedisVisitors(Arc<Shared>);

struct Shared {
    sessions: RedisSessionStore,
    pool: Pool,
    link: Link,
    patience: Duration,
    clock: Arc<dyn Clock>,
}

/// The URL is none that this version understands.
#[derive(Debug, thiserror::Error)]
#[error("redis.url cannot be used")]
pub struct InvalidRedisUrl(#[source] BoxError);

/// The server did not do what it was asked, or was not asked because it did not before. The log has been told.
#[derive(Debug, thiserror::Error)]
#[error("visitor sessions are out of reach")]
pub(super) struct Away;

impl RedisVisitors {
    /// Sessions under names that begin with `prefix`, in the server of `url`, which need not be there yet. Nothing waits
    /// for it longer than `patience`.
    ///
    /// # Errors
    /// The URL is none.
    pub fn new(
        url: &str,
        prefix: &str,
        patience: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, InvalidRedisUrl> {
        let client = Client::open(url).map_err(|error| InvalidRedisUrl(error.into()))?;
        let manager = Manager::new(url).map_err(|error| InvalidRedisUrl(error.into()))?;
        let pool = Pool::builder(manager).max_size(CONNECTIONS).build();
        let pool = pool.map_err(|error| InvalidRedisUrl(error.into()))?;
        let prefix = format!("{prefix}visitor:");
        let link = Link::new(client, format!("{prefix}probe"), patience);
        let sessions = RedisSessionStore::builder_pooled(pool.clone());
        let sessions = sessions.cache_keygen(move |key| format!("{prefix}{key}")).build();
        // With a pool at hand there is nothing to wait for.
        let sessions = sessions.now_or_never().unwrap_or_else(|| Err(anyhow::Error::new(Away)));
        let sessions = sessions.map_err(|error| InvalidRedisUrl(error.into()))?;
        Ok(Self(Arc::new(Shared { sessions, pool, link, patience, clock })))
    }

    /// Whether the server does what it is asked, as far as is known.
    pub fn are_within_reach(&self) -> bool {
        self.0.link.is_up()
    }

    /// Finds out whether the server is there, for as long as it is polled.
    pub(crate) async fn watch(self) {
        // What was connected before may hang for as long as TCP is patient.
        self.0.link.watch(|| drop(self.0.pool.retain(|_, _| false))).await;
    }

    /// Whether the server answers. Getting a connection asks it.
    pub(super) async fn reach(&self) -> Result<(), Away> {
        self.within(async { self.0.pool.get().await.map(drop) }).await
    }

    /// The token of the visitor whose cookie says this.
    pub(super) fn token_in(content: &str) -> Option<String> {
        parts(content).map(|(token, _)| token.to_owned())
    }

    async fn within<T, E: Into<BoxError>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Away> {
        let Shared { link, patience, .. } = self.0.as_ref();
        if !link.is_up() {
            return Err(Away);
        }
        match tokio::time::timeout(*patience, work).await {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(error)) => link.lost(error.into().as_ref()),
            Err(_) => link.lost(&Silent(*patience)),
        }
        Err(Away)
    }

    /// How long a session is to be kept, rounded up: it tells by itself when its time is over.
    fn ttl(&self, state: &HashMap<String, String>) -> time::Duration {
        let end = state.get(EXPIRES_AT).and_then(|micros| Timestamp::from_micros(micros.parse().ok()?));
        let left = end.map_or(LONGEST, |end| end.since(self.0.clock.now()));
        let seconds = left.as_micros().div_ceil(1_000_000).max(1);
        time::Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
    }
}

impl SessionStore for RedisVisitors {
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        let Some(key) = inner(key) else { return Ok(None) };
        let loading = async {
            match self.0.sessions.load(&key).await {
                // Somebody else's, or that of another version: no session of ours.
                Err(LoadError::Deserialization(_)) => Ok(None),
                loaded => loaded,
            }
        };
        self.within(loading).await.map_err(|away| LoadError::Other(away.into()))
    }

    async fn save(
        &self,
        state: HashMap<String, String>,
        _: &time::Duration,
    ) -> Result<SessionKey, SaveError> {
        let (token, ttl) = (token(&state), self.ttl(&state));
        let saved = self.within(self.0.sessions.save(state, &ttl)).await;
        let saved = saved.map_err(|away| SaveError::Other(away.into()))?;
        outer(token, &saved).map_err(SaveError::Other)
    }

    async fn update(
        &self,
        key: SessionKey,
        state: HashMap<String, String>,
        ttl: &time::Duration,
    ) -> Result<SessionKey, UpdateError> {
        // A visitor's session never changes, it is replaced; see `Visitor::welcome`.
        self.delete(&key).await.map_err(UpdateError::Other)?;
        self.save(state, ttl).await.map_err(|error| UpdateError::Other(error.into()))
    }

    async fn update_ttl(&self, key: &SessionKey, ttl: &time::Duration) -> Result<(), anyhow::Error> {
        let Some(key) = inner(key) else { return Ok(()) };
        Ok(self.within(self.0.sessions.update_ttl(&key, ttl)).await?)
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let Some(key) = inner(key) else { return Ok(()) };
        Ok(self.within(self.0.sessions.delete(&key)).await?)
    }
}

/// The key that the cookie has: beside actix-session's own the token, by which the newest of several cookies is told.
fn outer(token: Option<String>, key: &SessionKey) -> Result<SessionKey, anyhow::Error> {
    let text = format!("{KIND}:{}:{}", token.unwrap_or_default(), key.as_ref());
    Ok(SessionKey::try_from(text)?)
}

/// actix-session's own key.
fn inner(key: &SessionKey) -> Option<SessionKey> {
    parts(key.as_ref()).and_then(|(_, key)| SessionKey::try_from(key.to_owned()).ok())
}

fn parts(content: &str) -> Option<(&str, &str)> {
    content.strip_prefix(KIND)?.strip_prefix(':')?.split_once(':')
}
