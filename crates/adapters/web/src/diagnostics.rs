//! What diagnosing takes beyond the use cases, and who may do it.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use crate::caller::Administrator;
use crate::error::ApiError;
use crate::options::{CorsOptions, DiagnosticsAccess, WebOptions};
use crate::origins::LiveOrigins;

/// What requests are judged by, for whoever asks why.
pub(crate) struct Diagnostics {
    pub(crate) origins: Arc<LiveOrigins>,
    pub(crate) cors: CorsOptions,
    access: DiagnosticsAccess,
}

impl Diagnostics {
    pub(crate) fn new(origins: &Arc<LiveOrigins>, options: &WebOptions) -> Self {
        Self { origins: Arc::clone(origins), cors: options.cors.clone(), access: options.diagnostics }
    }
}

/// Somebody who may diagnose: everybody, or an [`Administrator`], as the operator chose.
pub(crate) struct Diagnostician;

impl FromRequest for Diagnostician {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let access = request.app_data::<web::Data<Diagnostics>>().map(|diagnostics| diagnostics.access);
        ready(match access {
            Some(DiagnosticsAccess::Everybody) => Ok(Self),
            Some(DiagnosticsAccess::Admins) => {
                Administrator::from_request(request, payload).into_inner().map(|_| Self)
            }
            None => Err(ApiError::internal("the diagnostics were not wired".into())),
        })
    }
}
