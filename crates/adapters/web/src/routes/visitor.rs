//! `/set-cookie`, `/get-cookie`, `/delete-cookie`: the visitor cookie.

use actix_web::cookie::Key;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Handler, HttpRequest, HttpResponse, Responder};
use concierge_kernel::UuidV7;
use serde_json::json;

use super::endpoint;
use crate::error::ApiError;
use crate::lifetime::{InvalidLifetime, Lifetime};
use crate::options::WebOptions;
use crate::query::parameter;
use crate::services::Services;
use crate::throttle;
use crate::visitor::Visitor;
use crate::visitor::layers::{cookie_layer, session_layer, single_cookie_layer};

pub(super) const SET_PATH: &str = "/set-cookie";
pub(super) const DELETE_PATH: &str = "/delete-cookie";

pub(super) fn configure(config: &mut ServiceConfig, services: &web::Data<Services>, options: &WebOptions) {
    readable(config, services, options, SET_PATH, set);
    readable(config, services, options, "/get-cookie", get);
    readable(config, services, options, DELETE_PATH, delete);
}

fn readable<F, Args>(
    config: &mut ServiceConfig,
    services: &web::Data<Services>,
    options: &WebOptions,
    path: &str,
    handler: F,
) where
    F: Handler<Args> + Copy,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let WebOptions { visitor_key: key, visitor_store: store, .. } = options;
    let outer = (services.clone(), store.clone());
    let resource = web::resource(path)
        .route(web::get().to(handler))
        .route(web::head().to(handler))
        .wrap(session_layer(key, store))
        .wrap(from_fn(move |request, next| {
            let (services, store) = outer.clone();
            cookie_layer(services, store, request, next)
        }));
    let outermost = (services.clone(), store.clone(), Key::from(key));
    config.service(endpoint(resource).wrap(from_fn(move |request, next| {
        let (services, store, key) = outermost.clone();
        single_cookie_layer(services, store, key, request, next)
    })));
}

async fn set(
    services: web::Data<Services>,
    request: HttpRequest,
    visitor: Visitor,
) -> Result<HttpResponse, ApiError> {
    let lifetime = lifetime(request.query_string())?;
    throttle::visitor(&services, &request).await?;
    let now = services.clock.now();
    let token = UuidV7::generate(now, services.entropy.as_ref()).to_string();
    visitor
        .welcome(&request, &token, lifetime, now)
        .map_err(|error| ApiError::internal(error.to_string().into()))?;
    Ok(HttpResponse::Ok().json(json!({"message": "Cookie is set!"})))
}

async fn get(services: web::Data<Services>, visitor: Visitor) -> Result<HttpResponse, ApiError> {
    let token = visitor.token(services.clock.now()).ok_or_else(ApiError::no_visitor_cookie)?;
    Ok(HttpResponse::Ok().json(json!({"message": "Cookie retrieved!", "token": token})))
}

async fn delete(request: HttpRequest, visitor: Visitor) -> HttpResponse {
    visitor.farewell(&request);
    HttpResponse::Ok().json(json!({"message": "Cookie deleted", "msg": "Cookie deleted"}))
}

fn lifetime(query: &str) -> Result<Lifetime, ApiError> {
    let refused = || ApiError::bad_request("invalid_lifetime", InvalidLifetime.to_string());
    let value = parameter(query, "lifetime").map_err(|_| refused())?;
    Lifetime::parse(value.as_deref()).map_err(|_| refused())
}
