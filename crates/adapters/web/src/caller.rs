//! Who calls a protected route: the check that every such route begins with. It asks no store.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use concierge_tokens::{AccessClaims, TokenRefused};

use crate::cookies::CookieKind;
use crate::credentials::{Bearer, bearer, cookie_values};
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

/// Somebody with a valid access token who showed a password not long ago: for what a stolen token must not do.
///
/// It is whatever [`Caller`] lets in, and fresh. To make such routes ask for more, ask for it here.
pub(crate) struct FreshCaller(pub(crate) AccessClaims);

impl FromRequest for FreshCaller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let Caller(claims) = match Caller::from_request(request, payload).into_inner() {
            Ok(caller) => caller,
            Err(error) => return ready(Err(error)),
        };
        let fresh =
            services_of(request).map(|services| claims.is_fresh(services.clock.now(), services.fresh_for));
        ready(
            fresh.and_then(|fresh| fresh.then_some(Self(claims)).ok_or_else(ApiError::fresh_login_required)),
        )
    }
}

fn services_of(request: &HttpRequest) -> Result<&web::Data<Services>, ApiError> {
    let services = request.app_data::<web::Data<Services>>();
    services.ok_or_else(|| ApiError::internal("the services were not wired".into()))
}

fn identify(request: &HttpRequest, services: &Services) -> Result<AccessClaims, ApiError> {
    let verify = |token: &str| services.verify_access.verify(token);
    match bearer(request) {
        Bearer::Token(token) => {
            verify(token).map_err(|refused| ApiError::token_refused("access", refused, Next::Refresh))
        }
        Bearer::Malformed => Err(malformed_bearer()),
        Bearer::Absent => {
            let values = cookie_values(request, &services.cookies, CookieKind::Access);
            newest(values.map(verify), |claims| (claims.issued_at, claims.id)).map_err(|refused| {
                let next = after_missing(request, services);
                match refused {
                    Some(refused) => ApiError::token_refused("access", refused, next),
                    None => ApiError::unauthorized("token_missing", "No access token came along", next),
                }
            })
        }
    }
}

pub(crate) fn malformed_bearer() -> ApiError {
    let detail = "The Authorization header must be one 'Bearer' and one token";
    ApiError::unauthorized("token_invalid", detail, Next::Login)
}

/// Outside `/auth` the refresh cookie does not come along, so only a refresh can tell whether there is one.
fn after_missing(request: &HttpRequest, services: &Services) -> Next {
    let sees_refresh_cookie = request.path() == "/auth" || request.path().starts_with("/auth/");
    let mut refresh_cookies = cookie_values(request, &services.cookies, CookieKind::Refresh);
    if sees_refresh_cookie && refresh_cookies.next().is_none() { Next::Login } else { Next::Refresh }
}

/// Of several cookies with one name, the newest authentic one counts: an older variant that a browser still
/// holds must not win. With none, the refusal; an expired token's before a false one's, for it can be
/// refreshed. `Err(None)` where there was no token at all.
pub(crate) fn newest<T, K: Ord>(
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
