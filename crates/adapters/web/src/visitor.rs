//! The visitor cookie: actix-session keeps its state, encrypted, in the cookie itself; the layer here gives
//! the cookie the lifetime each request asks for.

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
use crate::credentials::cookie_values;
use crate::lifetime::Lifetime;
use crate::services::Services;

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
pub(crate) fn session_layer(key: &[u8; 64], services: &Services) -> SessionMiddleware<CookieSessionStore> {
    // Name and value are all that is taken of the cookie it makes; the layer below writes the rest.
    SessionMiddleware::builder(CookieSessionStore::default(), Key::from(key))
        .cookie_name(services.cookies.name(CookieKind::Visitor).to_owned())
        .cookie_content_security(CookieContentSecurity::Private)
        .session_lifecycle(BrowserSession::default())
        .build()
}

/// Leaves one visitor cookie in the request for actix-session, which would take the first of several and give up on a
/// header that is no text: the one that can be decrypted, wherever it stands and whatever stands beside it.
///
/// Outermost of the layers around a route, since it changes the request's headers.
pub(crate) async fn single_cookie_layer<B: MessageBody>(
    services: web::Data<Services>,
    key: Key,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let name = services.cookies.name(CookieKind::Visitor);
    let chosen = {
        let mut values = cookie_values(request.request(), &services.cookies, CookieKind::Visitor);
        values.find(|value| is_ours(&key, name, value)).map(|value| format!("{name}={value}"))
    };
    match chosen.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        Some(cookie) => drop(request.headers_mut().insert(COOKIE, cookie)),
        None => drop(request.headers_mut().remove(COOKIE)),
    }
    next.call(request).await
}

fn is_ours(key: &Key, name: &str, value: &str) -> bool {
    let mut jar = CookieJar::new();
    jar.add_original(Cookie::new(name.to_owned(), value.to_owned()));
    jar.private(key).get(name).is_some()
}

/// Writes the visitor cookie as every other cookie is written, with the lifetime the request asked for.
pub(crate) async fn cookie_layer<B: MessageBody>(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let name = services.cookies.name(CookieKind::Visitor);
    let written = response.headers_mut().remove(SET_COOKIE);
    let kept: Vec<HeaderValue> = written.collect();
    let lifetime = response.request().extensions().get::<Lifetime>().copied();
    let farewell = response.request().extensions().get::<Farewell>().is_some();
    for header in kept {
        let ours = header.to_str().ok().and_then(|text| Cookie::parse_encoded(text.to_owned()).ok());
        match (ours.filter(|cookie| cookie.name() == name), lifetime) {
            (Some(cookie), Some(lifetime)) if !farewell => {
                let value = services.cookies.set(CookieKind::Visitor, cookie.value(), lifetime.max_age());
                response.headers_mut().append(SET_COOKIE, value);
            }
            (Some(_), _) => {}
            (None, _) => response.headers_mut().append(SET_COOKIE, header),
        }
    }
    if farewell {
        response.headers_mut().append(SET_COOKIE, services.cookies.clear(CookieKind::Visitor));
    }
    Ok(response)
}
