//! Where visitor sessions live, for actix-session.

use std::collections::HashMap;

use actix_session::storage::{
    CookieSessionStore, LoadError, SaveError, SessionKey, SessionStore, UpdateError,
};
use actix_web::Error;
use actix_web::cookie::time::Duration;

use super::{RedisVisitors, TOKEN};
use crate::error::ApiError;

/// Where visitor sessions live.
#[derive(Clone)]
pub enum VisitorStore {
    /// In the visitor's own cookie.
    Cookie,
    /// In Redis. The cookie has the key.
    Redis(RedisVisitors),
}

impl VisitorStore {
    /// The token of the visitor whose cookie says this; `None` for one of another kind of store.
    pub(super) fn token_in(&self, content: &str) -> Option<String> {
        match self {
            Self::Cookie => token(&serde_json::from_str(content).ok()?),
            Self::Redis(_) => RedisVisitors::token_in(content),
        }
    }

    /// Forgets the visitors whose cookies say this, as far as anything is kept of them here.
    pub(super) async fn forget(&self, contents: Vec<String>) -> Result<(), ApiError> {
        let Self::Redis(redis) = self else { return Ok(()) };
        for content in contents {
            redis.forget(content).await.map_err(|_| ApiError::visitor_sessions_away())?;
        }
        Ok(())
    }

    /// Whether sessions can be reached, as far as a question can tell.
    pub(super) async fn reach(&self) -> Result<(), ApiError> {
        match self {
            Self::Cookie => Ok(()),
            Self::Redis(redis) => redis.reach().await.map_err(|_| ApiError::visitor_sessions_away()),
        }
    }

    /// What became of a session that actix-session has failed with.
    pub(super) fn failure(&self, error: Error) -> Error {
        match self {
            Self::Cookie => error,
            Self::Redis(_) => ApiError::visitor_sessions_away().into(),
        }
    }
}

/// The token in a session's state, whose values are JSON.
pub(super) fn token(state: &HashMap<String, String>) -> Option<String> {
    serde_json::from_str(state.get(TOKEN)?).ok()
}

impl SessionStore for VisitorStore {
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        match self {
            Self::Cookie => CookieSessionStore::default().load(key).await,
            Self::Redis(redis) => redis.load(key).await,
        }
    }

    async fn save(&self, state: HashMap<String, String>, ttl: &Duration) -> Result<SessionKey, SaveError> {
        match self {
            Self::Cookie => CookieSessionStore::default().save(state, ttl).await,
            Self::Redis(redis) => redis.save(state, ttl).await,
        }
    }

    async fn update(
        &self,
        key: SessionKey,
        state: HashMap<String, String>,
        ttl: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        match self {
            Self::Cookie => CookieSessionStore::default().update(key, state, ttl).await,
            Self::Redis(redis) => redis.update(key, state, ttl).await,
        }
    }

    async fn update_ttl(&self, key: &SessionKey, ttl: &Duration) -> Result<(), anyhow::Error> {
        match self {
            Self::Cookie => CookieSessionStore::default().update_ttl(key, ttl).await,
            Self::Redis(redis) => redis.update_ttl(key, ttl).await,
        }
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        match self {
            Self::Cookie => CookieSessionStore::default().delete(key).await,
            Self::Redis(redis) => redis.delete(key).await,
        }
    }
}
