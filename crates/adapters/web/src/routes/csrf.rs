//! `GET /auth/csrf`: the CSRF token, for a frontend on another host, which cannot read the API's cookie.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use concierge_tokens::{CsrfToken, Delivery, RefreshClaims, RotateError, TokenRefused};
use serde_json::json;

use super::endpoint;
use crate::caller::{access_refused, by_access_cookie, by_refresh_cookie, identify};
use crate::credentials::{Bearer, bearer};
use crate::error::ApiError;
use crate::problem::Next;
use crate::services::Services;

pub(super) fn configure(config: &mut ServiceConfig) {
    let resource = web::resource("/auth/csrf").route(web::get().to(csrf)).route(web::head().to(csrf));
    config.service(endpoint(resource));
}

async fn csrf(services: web::Data<Services>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let token = if bearer(&request) == Bearer::Absent {
        of_cookies(&services, &request).await?
    } else {
        identify(&request, &services)?.csrf_token
    };
    Ok(HttpResponse::Ok().json(json!({"csrf_token": token.as_str()})))
}

/// By the access token where it still works. A page that was reloaded later has only the refresh token left, and needs
/// the CSRF token to use it.
async fn of_cookies(services: &web::Data<Services>, request: &HttpRequest) -> Result<CsrfToken, ApiError> {
    match by_access_cookie(request, services) {
        Ok(claims) => Ok(claims.csrf_token),
        Err(refused @ (None | Some(TokenRefused::Expired))) => match by_refresh_cookie(request, services) {
            Ok(claims) => of_session(services, claims).await,
            Err(None) => Err(access_refused(request, services, refused)),
            Err(Some(refused)) => Err(ApiError::token_refused("refresh", refused, Next::Login)),
        },
        Err(refused) => Err(access_refused(request, services, refused)),
    }
}

/// The token of a session that still lives. Nothing is used up by asking.
async fn of_session(services: &web::Data<Services>, claims: RefreshClaims) -> Result<CsrfToken, ApiError> {
    let inner = services.clone();
    let found = services.blocking.run(move || inner.inspect_session.living(claims.session_id)).await?;
    let session = found.ok_or_else(ApiError::session_ended)?.session;
    match session.delivery {
        Delivery::Cookie => Ok(session.csrf_token),
        Delivery::Body => Err(RotateError::WrongDelivery.into()),
    }
}
