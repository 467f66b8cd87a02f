//! `/health/live` and `/health/ready`: for whoever restarts processes and sends traffic to them.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde::Serialize;
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

/// Every part that answers need works. Of the others those that do not are named.
async fn ready(services: web::Data<Services>) -> Result<HttpResponse, ApiError> {
    let mut failing = Vec::new();
    for readiness in &services.readiness {
        let check = readiness.check.clone();
        if let Err(error) = services.blocking.unmetered(move || check()).await {
            tracing::warn!(part = readiness.part, cause = error.cause_chain(), "not ready: {error}");
            failing.push(readiness.part);
        }
    }
    if !failing.is_empty() {
        return Err(ApiError::not_ready(failing));
    }
    let missed = services.degradable.iter().filter(|degradable| !(degradable.works)());
    let degraded: Vec<_> = missed.map(|degradable| degradable.part).collect();
    Ok(HttpResponse::Ok().json(Ready { status: "ready", degraded }))
}

#[derive(Serialize)]
struct Ready {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    degraded: Vec<&'static str>,
}
