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
use redis::{Client, RedisError};

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
#[error("the URL of the Redis server of visitor sessions cannot be used")]
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

    /// Forgets the visitor whose cookie says this.
    pub(super) async fn forget(&self, content: String) -> Result<(), anyhow::Error> {
        self.delete(&SessionKey::try_from(content)?).await
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
                Err(LoadError::Other(error)) if is_of_another_type(&error) => {
                    self.0.sessions.delete(&key).await.map_err(LoadError::Other).map(|()| None)
                }
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

/// Whether the server does what it is asked, and there is something else than a session under that key.
fn is_of_another_type(error: &anyhow::Error) -> bool {
    error.downcast_ref::<RedisError>().is_some_and(|error| error.code() == Some("WRONGTYPE"))
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use concierge_contracts::doubles::ManualClock;

    use super::*;

    fn visitors(clock: &Arc<ManualClock>) -> RedisVisitors {
        RedisVisitors::new("redis://localhost:1", "test:", Duration::from_secs(1), clock.clone()).unwrap()
    }

    #[test]
    fn a_cookie_tells_its_token_and_its_key_and_others_tell_nothing() {
        let key = |text: &str| SessionKey::try_from(text.to_owned()).unwrap();
        let cookie = outer(Some("018f-7a".to_owned()), &key("abc")).unwrap();
        assert_eq!(RedisVisitors::token_in(cookie.as_ref()).as_deref(), Some("018f-7a"));
        assert_eq!(inner(&cookie), Some(key("abc")));
        for other in ["", "redis", "redis:", "redis:abc", r#"{"token":"\"018f-7a\""}"#, "rediss:a:b"] {
            assert_eq!((RedisVisitors::token_in(other), inner(&key(other))), (None, None), "{other}");
        }
    }

    #[actix_web::test]
    async fn a_session_is_kept_until_its_end_rounded_up_and_without_one_for_a_year() {
        let clock = Arc::new(ManualClock::default());
        let visitors = visitors(&clock);
        let ttl = |end: Option<Timestamp>| {
            let end = end.map(|end| (EXPIRES_AT.to_owned(), end.as_micros().to_string()));
            visitors.ttl(&end.into_iter().collect()).whole_seconds()
        };
        let end = clock.now().plus(Duration::from_secs(60));
        assert_eq!((ttl(Some(end)), ttl(None)), (60, 31_536_000));
        clock.advance(Duration::from_micros(1));
        assert_eq!(ttl(Some(end)), 60);
        clock.advance(Duration::from_secs(100));
        assert_eq!(ttl(Some(end)), 1, "Redis knows no shorter one");
    }

    #[actix_web::test]
    async fn who_is_known_to_be_away_is_asked_nothing() {
        let visitors = visitors(&Arc::default());
        assert!(visitors.are_within_reach(), "nothing is known yet");
        assert!(visitors.reach().await.is_err());
        assert!(!visitors.are_within_reach());
        let asked = AtomicBool::new(false);
        let asking = visitors.within(async { Ok::<_, BoxError>(asked.swap(true, Ordering::Relaxed)) });
        assert!(asking.await.is_err());
        assert!(!asked.into_inner());
    }

    #[test]
    fn a_url_that_is_none_is_refused_without_showing_it() {
        let clock: Arc<ManualClock> = Arc::default();
        let refused =
            RedisVisitors::new("redis://:hunter2@localhost:x", "", Duration::ZERO, clock).err().unwrap();
        assert!(!format!("{refused} {refused:?}").contains("hunter2"), "{refused:?}");
    }
}
