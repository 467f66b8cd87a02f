//! What stands around the visitor's routes: actix-session, and what makes its cookie one of ours.

use std::time::Duration;

use actix_session::SessionMiddleware;
use actix_session::config::{BrowserSession, CookieContentSecurity};
use actix_web::body::MessageBody;
use actix_web::cookie::{Cookie, CookieJar, Key};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{COOKIE, HeaderValue, SET_COOKIE};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};

use super::{Farewell, VisitorStore};
use crate::cookies::CookieKind;
use crate::lifetime::Lifetime;
use crate::services::Services;

/// What actix-session takes the cookie's name to be. The layers here turn it into the name that browsers know and back, for
/// that depends on by which of its origins the API is called.
const INNER_NAME: &str = "visitor";

/// The middleware of actix-session that reads and writes the state.
pub(crate) fn session_layer(key: &[u8; 64], store: &VisitorStore) -> SessionMiddleware<VisitorStore> {
    // Name and value are all that is taken of the cookie it makes; the layer below writes the rest.
    SessionMiddleware::builder(store.clone(), Key::from(key))
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
    store: VisitorStore,
    key: Key,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let (chosen, others) = {
        let values = services.cookies.values(request.request(), CookieKind::Visitor);
        let ours = values.filter_map(|value| {
            let content = decrypted(&key, value)?;
            Some((store.token_in(&content)?, value, content))
        });
        // The token is a UUID of version 7: the one made last is the greatest.
        let mut ours: Vec<_> = ours.collect();
        ours.sort_unstable();
        let chosen = ours.pop().map(|(_, value, _)| format!("{INNER_NAME}={value}"));
        (chosen, ours.into_iter().map(|(.., content)| content).collect())
    };
    request.extensions_mut().insert(Others(others));
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

/// What is in the visitor cookies that came along and do not count.
#[derive(Default)]
struct Others(Vec<String>);

/// What is in a cookie that is ours.
fn decrypted(key: &Key, value: &str) -> Option<String> {
    let mut jar = CookieJar::new();
    jar.add_original(Cookie::new(INNER_NAME, value.to_owned()));
    Some(jar.private(key).get(INNER_NAME)?.value().to_owned())
}

/// Writes the visitor cookie as every other cookie is written, with the lifetime the request asked for.
pub(crate) async fn cookie_layer<B: MessageBody>(
    services: web::Data<Services>,
    store: VisitorStore,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if !request.headers().contains_key(COOKIE) {
        // Nothing is looked up for this one, and it is not told otherwise than the next.
        store.reach().await?;
    }
    let mut response = next.call(request).await.map_err(|error| store.failure(error))?;
    let written: Vec<HeaderValue> = response.headers_mut().remove(SET_COOKIE).collect();
    let request = response.request().clone();
    let lifetime = request.extensions().get::<Lifetime>().copied();
    let farewell = request.extensions().get::<Farewell>().is_some();
    let Leftovers(leftovers) = request.extensions_mut().remove().unwrap_or_default();
    let Others(others) = request.extensions_mut().remove().unwrap_or_default();
    let replaced = farewell || lifetime.is_some();
    if replaced {
        store.forget(others).await?;
    }
    let headers = response.headers_mut();
    let mut put = |line| headers.append(SET_COOKIE, line);
    if replaced {
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
