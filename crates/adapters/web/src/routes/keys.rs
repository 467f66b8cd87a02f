//! `GET /.well-known/jwks.json`: the public keys that tokens are signed with.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{self, ServiceConfig};

use super::endpoint;
use crate::services::Services;

pub(super) const PATH: &str = "/.well-known/jwks.json";

/// RFC 7517, section 8.5.1.
const JWK_SET: &str = "application/jwk-set+json";

/// For so long a verifier may go without asking again: a new key should be published as long before it signs.
const FIVE_MINUTES: &str = "public, max-age=300";

pub(super) fn configure(config: &mut ServiceConfig) {
    let resource = web::resource(PATH).route(web::get().to(keys)).route(web::head().to(keys));
    config.service(endpoint(resource));
}

async fn keys(services: web::Data<Services>) -> HttpResponse {
    let set = (services.public_keys)();
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, JWK_SET)).insert_header((CACHE_CONTROL, FIVE_MINUTES));
    response.body(set.as_bytes().to_vec())
}
