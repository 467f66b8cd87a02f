//! Who calls: the checks that every route of a session begins with. They ask no store.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use concierge_tokens::{AccessClaims, RefreshClaims, TokenRefused};
use concierge_users::Role;

use crate::cookies::CookieKind;
use crate::credentials::{Bearer, bearer, csrf_token};
use crate::error::ApiError;
use crate::problem::Next;
use crate::services::Services;

/// Somebody with a valid access token.
pub(crate) struct Caller(pub(crate) AccessClaims);

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(services_of(request).and_then(|services| identify(request, services)).map(Self))
    }
}

/// Somebody with a valid access token whose own page sent the request: for whatever changes something.
///
/// Browsers add cookies to what any page sends, so beside an access cookie the request must repeat the session's CSRF
/// token. A Bearer is proof enough: nobody adds one but a client that means to.
pub(crate) struct Writer(pub(crate) AccessClaims);

impl FromRequest for Writer {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let checked = Caller::from_request(request, payload).into_inner().and_then(|Caller(claims)| {
            if bearer(request) == Bearer::Absent {
                claims.csrf_token.check(csrf_token(request).as_deref())?;
            }
            Ok(Self(claims))
        });
        ready(checked)
    }
}

/// A [`Writer`] who showed a password not long ago: for what a stolen token must not do.
pub(crate) struct FreshCaller(pub(crate) AccessClaims);

impl FromRequest for FreshCaller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let writer = Writer::from_request(request, payload).into_inner();
        ready(writer.and_then(|Writer(claims)| fresh(claims, request)).map(Self))
    }
}

/// A [`Caller`] who may manage others: for what only reads. By the access token's word, as with every role.
pub(crate) struct Administrator;

impl FromRequest for Administrator {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload).into_inner();
        ready(caller.and_then(|Caller(claims)| administrator(claims)).map(|_| Self))
    }
}

/// A [`Writer`] who may manage others: for a question that is asked by POST. It changes nothing, so an old login will do.
pub(crate) struct AskingAdministrator;

impl FromRequest for AskingAdministrator {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let writer = Writer::from_request(request, payload).into_inner();
        ready(writer.and_then(|Writer(claims)| administrator(claims)).map(|_| Self))
    }
}

/// A [`FreshCaller`] who may manage others: for what changes somebody else. Whoever lacks the role is told so first: a
/// login would not help them.
pub(crate) struct FreshAdministrator(pub(crate) AccessClaims);

impl FromRequest for FreshAdministrator {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let writer = Writer::from_request(request, payload).into_inner();
        let administrator = writer.and_then(|Writer(claims)| administrator(claims));
        ready(administrator.and_then(|claims| fresh(claims, request)).map(Self))
    }
}

/// Claims of somebody who showed a password not long ago.
fn fresh(claims: AccessClaims, request: &HttpRequest) -> Result<AccessClaims, ApiError> {
    let services = services_of(request)?;
    let fresh = claims.is_fresh(services.clock.now(), services.fresh_for);
    fresh.then_some(claims).ok_or_else(ApiError::fresh_login_required)
}

/// Claims that name the role admin.
fn administrator(claims: AccessClaims) -> Result<AccessClaims, ApiError> {
    let named = claims.principal.roles.iter().any(|role| role == Role::Admin.as_str());
    named.then_some(claims).ok_or_else(|| ApiError::role_required(Role::Admin))
}

fn services_of(request: &HttpRequest) -> Result<&web::Data<Services>, ApiError> {
    let services = request.app_data::<web::Data<Services>>();
    services.ok_or_else(|| ApiError::internal("the services were not wired".into()))
}

/// What the access token says that a request presents, by Bearer or cookie.
pub(crate) fn identify(request: &HttpRequest, services: &Services) -> Result<AccessClaims, ApiError> {
    match bearer(request) {
        Bearer::Token(token) => {
            let verified = services.verify_access.verify(token);
            verified.map_err(|refused| ApiError::token_refused("access", refused, Next::Refresh))
        }
        Bearer::Malformed => Err(malformed_bearer()),
        Bearer::Absent => {
            by_access_cookie(request, services).map_err(|refused| access_refused(request, services, refused))
        }
    }
}

/// What the newest access cookie says; see [`newest`].
pub(crate) fn by_access_cookie(
    request: &HttpRequest,
    services: &Services,
) -> Result<AccessClaims, Option<TokenRefused>> {
    let values = services.cookies.values(request, CookieKind::Access);
    let verified = values.map(|token| services.verify_access.verify(token));
    let found = newest(verified, |claims| (claims.issued_at, claims.id))?;
    services.tally.cookies_seen(found.session_id);
    Ok(found)
}

/// What the newest refresh cookie says; see [`newest`]. Whether its session lives, the store knows.
pub(crate) fn by_refresh_cookie(
    request: &HttpRequest,
    services: &Services,
) -> Result<RefreshClaims, Option<TokenRefused>> {
    let values = services.cookies.values(request, CookieKind::Refresh);
    let inspected = values.map(|token| services.rotate_refresh.inspect(token));
    let found = newest(inspected, |claims| (claims.issued_at, claims.id))?;
    services.tally.cookies_seen(found.session_id);
    Ok(found)
}

/// The 401 of a request whose access cookie was refused, or is not there.
pub(crate) fn access_refused(
    request: &HttpRequest,
    services: &Services,
    refused: Option<TokenRefused>,
) -> ApiError {
    let next = after_missing(request, services);
    match refused {
        Some(refused) => ApiError::token_refused("access", refused, next),
        None => ApiError::unauthorized("token_missing", "No access token came along", next),
    }
}

pub(crate) fn malformed_bearer() -> ApiError {
    let detail = "The Authorization header must be one 'Bearer' and one token";
    ApiError::unauthorized("token_invalid", detail, Next::Login)
}

/// Outside `/auth` the refresh cookie does not come along, so only a refresh can tell whether there is one.
fn after_missing(request: &HttpRequest, services: &Services) -> Next {
    let sees_refresh_cookie = request.path() == "/auth" || request.path().starts_with("/auth/");
    let mut refresh_cookies = services.cookies.values(request, CookieKind::Refresh);
    if sees_refresh_cookie && refresh_cookies.next().is_none() { Next::Login } else { Next::Refresh }
}

/// Of several cookies with one name, the newest authentic one counts: an older variant that a browser still
/// holds must not win. With none, the refusal; an expired token's before a false one's, for it can be
/// refreshed. `Err(None)` where there was no token at all.
fn newest<T, K: Ord>(
    verified: impl Iterator<Item = Result<T, TokenRefused>>,
    age: impl Fn(&T) -> K,
) -> Result<T, Option<TokenRefused>> {
    let mut refused = None;
    let mut found: Option<T> = None;
    for result in verified {
        match result {
            Ok(claims) if found.as_ref().is_none_or(|found| age(&claims) > age(found)) => {
                found = Some(claims);
            }
            Ok(_) => {}
            Err(TokenRefused::Expired) => refused = Some(TokenRefused::Expired),
            Err(other) => refused = refused.or(Some(other)),
        }
    }
    found.ok_or(refused)
}
