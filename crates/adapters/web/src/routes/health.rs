//! `/health/live` and `/health/ready`: for whoever restarts processes and sends traffic to them.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde_json::json;

use super::endpoint;
use crate::error::ApiError;
use crate::services::Services;

pub(super) fn configure(config: &mut ServiceConfig) {
    let live_resource = web::resource("/health/live").route(web::get().to(live)).route(web::head().to(live));
    let ready_resource =
        web::resource("/health/ready").route(web::get().to(ready)).route(web::head().to(ready));
    config.service(endpoint(live_resource)).service(endpoint(ready_resource));
}

/// The process answers; nothing else is asked.
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "live"}))
}

/// Every part that answers need works.
async fn ready(services: web::Data<Services>) -> Result<HttpResponse, ApiError> {
    let mut failing = Vec::new();
    for readiness in &services.readiness {
        let check = readiness.check.clone();
        if let Err(error) = services.blocking.unmetered(move || check()).await {
            tracing::warn!(part = readiness.part, cause = error.cause_chain(), "not ready: {error}");
            failing.push(readiness.part);
        }
    }
    if failing.is_empty() {
        Ok(HttpResponse::Ok().json(json!({"status": "ready"})))
    } else {
        Err(ApiError::not_ready(failing))
    }
}
