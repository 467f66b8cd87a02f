//! What a request tells of the device it comes from.

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use concierge_tokens::{Device, UserAgent};

use crate::services::Services;

/// The device behind `request`, as far as headers and connections can tell.
pub(crate) fn device(request: &HttpRequest, services: &Services) -> Device {
    let named = request.headers().get(USER_AGENT);
    let user_agent = named.and_then(|value| UserAgent::clean(&String::from_utf8_lossy(value.as_bytes())));
    Device { address: services.trusted_proxies.client_of(request), user_agent }
}
