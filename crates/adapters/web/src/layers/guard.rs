//! The layer around each route: what panics or fails in it becomes an answer.
//!
//! It stands here rather than around everything because an answer needs the request, and a request can only
//! be kept aside once it has found its route.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};
use futures_util::FutureExt as _;

use crate::error::ApiError;

pub(crate) async fn guard<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let kept = request.request().clone();
    // Unwind-safe: what a handler can reach is behind locks that mend themselves, or belongs to the request.
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(response)) => Ok(response.map_into_left_body()),
        Ok(Err(error)) => {
            Ok(ServiceResponse::new(kept, HttpResponse::from_error(error)).map_into_right_body())
        }
        Err(panic) => {
            let error = ApiError::internal(format!("panicked: {}", message(panic.as_ref())).into());
            Ok(ServiceResponse::new(kept, HttpResponse::from_error(error)).map_into_right_body())
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("with something that is no text")
}
