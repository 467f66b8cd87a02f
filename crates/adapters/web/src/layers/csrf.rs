//! The origin check: no request that changes something passes if another site's page may be behind it.
//!
//! [`Provenance`] judges; here its inputs are gathered and its verdict becomes an answer. It stands inside CORS, so
//! that a refusal carries the headers of any other answer, and outside the routes, so that no path, not even one
//! that leads nowhere, is left out by being forgotten.

use std::sync::Arc;

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue, ORIGIN};
use actix_web::middleware::Next;
use concierge_origins::{Distrust, FetchSite, OriginHeader, Provenance, Registry};

use super::cors::excerpt;
use crate::cookies::SEC_FETCH_SITE;
use crate::credentials::{Bearer, bearer};
use crate::error::ApiError;
use crate::origins::LiveOrigins;
use crate::request_id::RequestId;
use crate::routes::kind_of;

pub(crate) async fn origin_check<B: MessageBody>(
    origins: Arc<LiveOrigins>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    match judge(&origins.pinned(request.request()), &request) {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(refused) => {
            let answer = refused.problem().response(&RequestId::of(request.request()));
            Ok(request.into_response(answer).map_into_right_body())
        }
    }
}

fn judge(registry: &Registry, request: &ServiceRequest) -> Result<(), ApiError> {
    let values = |name: HeaderName| request.headers().get_all(name).map(HeaderValue::as_bytes);
    let provenance = Provenance {
        method: request.method().as_str(),
        // As routing reads it, with its escapes undone: `/%73et-cookie` is `/set-cookie`.
        route: kind_of(request.match_info().as_str()),
        bearer: bearer(request.request()) != Bearer::Absent,
        origin: OriginHeader::read(registry, values(ORIGIN)),
        fetch_site: FetchSite::read(values(SEC_FETCH_SITE)),
    };
    provenance.judge().map(drop).map_err(|distrust| {
        if let Distrust::FetchSite(site) = distrust {
            // Refused origins stand in the log already: CORS has seen them.
            tracing::warn!(
                target: "csrf",
                request_id = RequestId::of(request.request()).as_str(),
                method = request.method().as_str(),
                path = request.path(),
                ?site,
                "refused a request that another site's page may be behind",
            );
        }
        let origin = values(ORIGIN).next().map(excerpt).unwrap_or_default();
        ApiError::distrusted(distrust, &origin)
    })
}
