//! The layer that gives every failure below it a body: problem details, whoever it came from.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, SET_COOKIE};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest};

use crate::error::ApiError;
use crate::request_id::RequestId;

pub(crate) async fn problems<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let response = next.call(request).await?;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return Ok(response.map_into_left_body());
    }
    let (request, response) = response.into_parts();
    let of_library;
    let error = match response.error().and_then(|error| error.as_error::<ApiError>()) {
        Some(error) => error,
        None => {
            of_library = ApiError::of_status(status);
            &of_library
        }
    };
    if !error.is_told() {
        log(&request, error);
    }
    let mut told = error.problem().response(&RequestId::of(&request));
    for name in [ALLOW, SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            told.headers_mut().append(name.clone(), value.clone());
        }
    }
    Ok(ServiceResponse::new(request, told).map_into_right_body())
}

/// What the client is not told, the log is, under the same id.
fn log(request: &HttpRequest, error: &ApiError) {
    let status = error.problem().status;
    // Full queues and absent stores are told by each refused request: worth knowing, but no error of ours.
    if status == StatusCode::SERVICE_UNAVAILABLE {
        tracing::warn!(
            request_id = RequestId::of(request).as_str(),
            path = request.path(),
            code = error.problem().code,
            cause = error.cause_chain(),
            "unavailable",
        );
    } else if status.is_server_error() {
        tracing::error!(
            request_id = RequestId::of(request).as_str(),
            method = request.method().as_str(),
            path = request.path(),
            status = status.as_u16(),
            code = error.problem().code,
            cause = error.cause_chain(),
            "request failed",
        );
    }
}
