//! The visitor cookie: actix-session keeps its state, encrypted, in the cookie itself; the layer here gives
//! the cookie the lifetime each request asks for.

use std::collections::HashMap;
use std::time::Duration;

use actix_session::config::{BrowserSession, CookieContentSecurity};
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionExt as _, SessionGetError, SessionInsertError, SessionMiddleware};
use actix_web::body::MessageBody;
use actix_web::cookie::{Cookie, CookieJar, Key};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{COOKIE, HeaderValue, SET_COOKIE};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, web};
use concierge_kernel::Timestamp;

use crate::cookies::CookieKind;
use crate::lifetime::Lifetime;
use crate::services::Services;

/// The visitor's state, by name: the only place that knows its keys.
pub(crate) struct Visitor(Session);

/// What actix-session takes the cookie's name to be. The layers here turn it into the name that browsers know and back, for
/// that depends on by which of its origins the API is called.
const INNER_NAME: &str = "visitor";
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
        self.0.clear();
        self.0.insert(TOKEN, token)?;
        if let Some(max_age) = lifetime.max_age() {
            // A browser forgets the cookie by itself; a copy of it must not outlive it.
            self.0.insert(EXPIRES_AT, now.plus(max_age).as_micros())?;
        }
        request.extensions_mut().insert(lifetime);
        Ok(())
    }

    /// The token, unless its time is over.
    pub(crate) fn token(&self, now: Timestamp) -> Result<Option<String>, SessionGetError> {
        let expires_at = self.0.get::<i64>(EXPIRES_AT)?.and_then(Timestamp::from_micros);
        let token = self.0.get::<String>(TOKEN)?;
        Ok(token.filter(|_| expires_at.is_none_or(|end| now < end)))
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

/// The middleware of actix-session that reads and writes the state.
pub(crate) fn session_layer(key: &[u8; 64]) -> SessionMiddleware<CookieSessionStore> {
    // Name and value are all that is taken of the cookie it makes; the layer below writes the rest.
    SessionMiddleware::builder(CookieSessionStore::default(), Key::from(key))
        .cookie_name(INNER_NAME.to_owned())
        .cookie_content_security(CookieContentSecurity::Private)
        .session_lifecycle(BrowserSession::default())
        .build()
}

/// Leaves one visitor cookie in the request for actix-session, which would take the first of several and give up on a
/// header that is no text: of those that can be decrypted the newest, wherever it stands and whatever stands beside it.
///
/// Outermost of the layers around a route, since it changes the request's headers.
pub(crate) async fn single_cookie_layer<B: MessageBody>(
    services: web::Data<Services>,
    key: Key,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let chosen = {
        let values = services.cookies.values(request.request(), CookieKind::Visitor);
        let ours = values.filter_map(|value| Some((token_in(&key, value)?, value)));
        // The token is a UUID of version 7: the one made last is the greatest.
        ours.max().map(|(_, value)| format!("{INNER_NAME}={value}"))
    };
    let leftovers = services.cookies.leftovers(request.request(), CookieKind::Visitor);
    request.extensions_mut().insert(Leftovers(leftovers));
    match chosen.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        Some(cookie) => drop(request.headers_mut().insert(COOKIE, cookie)),
        None => drop(request.headers_mut().remove(COOKIE)),
    }
    next.call(request).await
}

/// The lines that expire what earlier profiles have left, found before the request's cookies were replaced by one.
#[derive(Default)]
struct Leftovers(Vec<HeaderValue>);

/// The token in a cookie that is ours; empty where there is none in it.
fn token_in(key: &Key, value: &str) -> Option<String> {
    let mut jar = CookieJar::new();
    jar.add_original(Cookie::new(INNER_NAME, value.to_owned()));
    let state = jar.private(key).get(INNER_NAME)?;
    let state: HashMap<String, String> = serde_json::from_str(state.value()).unwrap_or_default();
    Some(state.get(TOKEN).cloned().unwrap_or_default())
}

/// Writes the visitor cookie as every other cookie is written, with the lifetime the request asked for.
pub(crate) async fn cookie_layer<B: MessageBody>(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let written: Vec<HeaderValue> = response.headers_mut().remove(SET_COOKIE).collect();
    let request = response.request().clone();
    let lifetime = request.extensions().get::<Lifetime>().copied();
    let farewell = request.extensions().get::<Farewell>().is_some();
    let Leftovers(leftovers) = request.extensions_mut().remove().unwrap_or_default();
    let headers = response.headers_mut();
    let mut put = |line| headers.append(SET_COOKIE, line);
    if farewell || lifetime.is_some() {
        leftovers.into_iter().for_each(&mut put);
    }
    for header in written {
        let ours = header.to_str().ok().and_then(|text| Cookie::parse_encoded(text.to_owned()).ok());
        match (ours.filter(|cookie| cookie.name() == INNER_NAME), lifetime) {
            (Some(cookie), Some(lifetime)) if !farewell => {
                put(services.cookies.line(&request, CookieKind::Visitor, cookie.value(), lifetime.max_age()));
            }
            (Some(_), _) => {}
            (None, _) => put(header),
        }
    }
    if farewell {
        put(services.cookies.line(&request, CookieKind::Visitor, "", Some(Duration::ZERO)));
    }
    Ok(response)
}
