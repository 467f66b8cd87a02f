//! The outermost layer: a request's id, the headers every answer carries, and the line in the log.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};

use crate::request_id::X_REQUEST_ID;
use crate::routes::is_public_document;
use crate::services::Services;

/// The headers of an API's answer: nothing to sniff, to embed or to leak (OWASP REST Security).
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
];

/// What is said to one caller is not for the next.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// One year, the least that OWASP advises.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Whether answers promise https for the future.
#[derive(Clone, Copy)]
pub(crate) struct Https(pub(crate) bool);

pub(crate) async fn envelope<B: MessageBody>(
    https: Https,
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let started = services.clock.now();
    let id = services.request_ids.keep_or_make(request.headers().get(X_REQUEST_ID));
    request.extensions_mut().insert(id.clone());
    let mut response = next.call(request).await?;

    let took = services.clock.now().since(started);
    let (head, status) = (response.request().head(), response.status().as_u16());
    tracing::debug!(
        target: "access",
        request_id = id.as_str(),
        method = head.method.as_str(),
        path = head.uri.path(),
        status,
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
    );
    let cacheable = response.status().is_success() && is_public_document(head.uri.path());

    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        // A page and its script have stricter or wider ones of their own.
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
    if !cacheable {
        headers.insert(CACHE_CONTROL, NO_STORE);
    }
    headers.insert(X_REQUEST_ID, id.0);
    if https.0 {
        headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }
    if (services.stopping)() {
        // Or the next request would come on a connection that goes away under it (RFC 9112, section 9.6).
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}
