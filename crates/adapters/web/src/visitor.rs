//! The visitor cookie, and what is remembered of a visitor: in the cookie itself or in Redis, by actix-session; the layers
//! here give the cookie the lifetime each request asks for.

pub(crate) mod layers;
mod link;
mod redis;
mod store;

use actix_session::{Session, SessionExt as _, SessionInsertError};
use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest};
use concierge_kernel::Timestamp;

use crate::lifetime::Lifetime;

pub use redis::{InvalidRedisUrl, RedisVisitors};
pub use store::VisitorStore;

/// The visitor's state, by name: the only place that knows its keys.
pub(crate) struct Visitor(Session);

const TOKEN: &str = "token";
const EXPIRES_AT: &str = "expires_at";

impl Visitor {
    /// Starts anew with `token`, for `lifetime` from `now`.
    pub(crate) fn welcome(
        &self,
        request: &HttpRequest,
        token: &str,
        lifetime: Lifetime,
        now: Timestamp,
    ) -> Result<(), SessionInsertError> {
        // Under another key where it is kept elsewhere, or a copy of the old cookie would live on with the new one.
        self.0.renew();
        self.0.clear();
        self.0.insert(TOKEN, token)?;
        if let Some(max_age) = lifetime.max_age() {
            // A browser forgets the cookie by itself; a copy of it must not outlive it.
            self.0.insert(EXPIRES_AT, now.plus(max_age).as_micros())?;
        }
        request.extensions_mut().insert(lifetime);
        Ok(())
    }

    /// The token, unless its time is over. A state that cannot be read is somebody else's, and has none.
    pub(crate) fn token(&self, now: Timestamp) -> Option<String> {
        let lives = match self.0.get::<i64>(EXPIRES_AT) {
            Ok(Some(micros)) => Timestamp::from_micros(micros).is_some_and(|end| now < end),
            Ok(None) => true,
            Err(_) => false,
        };
        self.0.get(TOKEN).ok().flatten().filter(|_| lives)
    }

    /// Has the browser forget the cookie, whether or not it came along or could be read.
    pub(crate) fn farewell(&self, request: &HttpRequest) {
        self.0.purge();
        request.extensions_mut().insert(Farewell);
    }
}

/// Marks a request after which the browser is to have no visitor cookie.
struct Farewell;

impl FromRequest for Visitor {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(request.get_session())))
    }
}
