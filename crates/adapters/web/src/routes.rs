//! The routes, and how each is made an endpoint.

mod admin;
mod auth;
mod csrf;
mod devices;
mod diagnostics;
mod greet;
mod health;
mod keys;
mod logout;
mod password;
mod secure;
mod visitor;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Error, HttpResponse, Resource};
use concierge_origins::RouteKind;

use crate::error::ApiError;
use crate::layers::guard::guard;
use crate::options::WebOptions;
use crate::services::Services;

/// Registers every route.
pub(crate) fn configure(config: &mut ServiceConfig, services: &web::Data<Services>, options: &WebOptions) {
    greet::configure(config);
    visitor::configure(config, services, options);
    auth::configure(config);
    logout::configure(config);
    csrf::configure(config);
    devices::configure(config);
    password::configure(config);
    admin::configure(config);
    secure::configure(config);
    diagnostics::configure(config);
    health::configure(config);
    keys::configure(config);
    config.default_service(web::to(nothing_here));
}

/// What a path, its escapes undone, is for: whether `cors.public` can open it to every origin, and what of it has to be
/// kept from forged requests. Nothing that is public may read or set a cookie.
pub(crate) fn kind_of(path: &str) -> RouteKind {
    match path {
        greet::PATH => RouteKind::Public,
        visitor::SET_PATH | visitor::DELETE_PATH => RouteKind::ChangesWhenRead,
        _ => RouteKind::Ordinary,
    }
}

/// Whether what a path can change takes the session's CSRF token when the session comes from a cookie: all that is a
/// [`Writer`](crate::caller::Writer)'s, and a refresh.
pub(crate) fn wants_csrf_token(path: &str) -> bool {
    ["/auth/refresh", "/auth/password", "/auth/sessions"].contains(&path)
        || ["/auth/sessions/", "/admin/"].iter().any(|folder| path.starts_with(folder))
}

/// Whether what is at a path is the same for everybody, so that caches may keep it. Such a route says for how long.
pub(crate) fn is_public_document(path: &str) -> bool {
    path == keys::PATH
}

/// A path with its routes, guarded against their panics.
fn endpoint<B: MessageBody + 'static>(
    resource: Resource<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    >,
) -> Resource<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    resource.wrap(from_fn(guard))
}

async fn nothing_here() -> Result<HttpResponse, ApiError> {
    Err(ApiError::not_found())
}
