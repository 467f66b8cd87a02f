//! `GET /secure`: the restricted resource.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde::Serialize;

use super::endpoint;
use crate::caller::Caller;
use crate::session_body::UserBody;

pub(super) fn configure(config: &mut ServiceConfig) {
    let resource = web::resource("/secure").route(web::get().to(secure)).route(web::head().to(secure));
    config.service(endpoint(resource));
}

#[derive(Serialize)]
struct SecureBody<'a> {
    message: String,
    user: UserBody<'a>,
}

async fn secure(caller: Caller) -> HttpResponse {
    let message = format!("Hello, {}!", caller.0.principal.username);
    HttpResponse::Ok().json(SecureBody { message, user: UserBody::of(&caller.0) })
}
