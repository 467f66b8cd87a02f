//! `/auth/sessions`: where a user is logged in, and ending it from afar.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use concierge_kernel::StoreFailure;
use concierge_tokens::{AccessClaims, RevocationReason, SessionId, SessionState};
use serde::Serialize;

use super::endpoint;
use super::logout::clear_cookies;
use crate::audit::{Scene, by, session_revoked, sessions_revoked};
use crate::caller::{Caller, Writer};
use crate::credentials::{Bearer, bearer};
use crate::error::ApiError;
use crate::services::Services;

pub(super) fn configure(config: &mut ServiceConfig) {
    let all = web::resource("/auth/sessions")
        .route(web::get().to(list))
        .route(web::head().to(list))
        .route(web::delete().to(end_others));
    let one = web::resource("/auth/sessions/{id}").route(web::delete().to(end_one));
    config.service(endpoint(all)).service(endpoint(one));
}

#[derive(Serialize)]
struct SessionsBody {
    sessions: Vec<DeviceBody>,
}

#[derive(Serialize)]
struct DeviceBody {
    id: String,
    created_at: String,
    last_used_at: String,
    address: Option<String>,
    user_agent: Option<String>,
    current: bool,
}

impl DeviceBody {
    fn new(state: SessionState, current: SessionId) -> Self {
        let device = state.last_use.device;
        Self {
            id: state.session.id.to_string(),
            created_at: state.session.created_at.to_string(),
            last_used_at: state.last_use.at.to_string(),
            address: device.address.map(|address| address.to_string()),
            user_agent: device.user_agent.map(|agent| agent.to_string()),
            current: state.session.id == current,
        }
    }
}

async fn list(services: web::Data<Services>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let claims = caller.0;
    let (inner, user_id) = (services.clone(), claims.principal.user_id);
    let states = services.blocking.run(move || inner.list_sessions.living(user_id)).await?;
    let bodies = states.into_iter().map(|state| DeviceBody::new(state, claims.session_id));
    Ok(HttpResponse::Ok().json(SessionsBody { sessions: bodies.collect() }))
}

async fn end_one(
    services: web::Data<Services>,
    caller: Writer,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let claims = caller.0;
    // No UUID, no session: what a client made up is told like what it remembers wrongly.
    let id: SessionId = request.match_info().query("id").parse().map_err(|_| ApiError::no_such_session())?;
    let current = claims.session_id;
    let (inner, scene) = (services.clone(), Scene::of(&request, &services));
    let work = move || {
        let user_id = claims.principal.user_id;
        if inner.end_session.end_of(user_id, id, RevocationReason::Device)? {
            let event = by(&claims, session_revoked(RevocationReason::Device)).in_session(id.as_uuid());
            scene.record(&inner, event);
            return Ok(true);
        }
        // Proxies send a DELETE again when its answer was lost: who asks twice has what was asked for (RFC 9110, section 9.2.2).
        inner.end_session.is_of(user_id, id)
    };
    if !services.blocking.run(work).await? {
        return Err(ApiError::no_such_session());
    }
    let mut response = HttpResponse::NoContent();
    if id == current && bearer(&request) == Bearer::Absent {
        clear_cookies(&services, &request, &mut response);
    }
    Ok(response.finish())
}

async fn end_others(
    services: web::Data<Services>,
    caller: Writer,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let claims = caller.0;
    let (inner, scene) = (services.clone(), Scene::of(&request, &services));
    let work = move || end_all_but(&inner, &claims, RevocationReason::Device, &scene);
    services.blocking.run(work).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends every session of the claims' user but theirs.
pub(super) fn end_all_but(
    services: &Services,
    claims: &AccessClaims,
    reason: RevocationReason,
    scene: &Scene,
) -> Result<(), StoreFailure> {
    let ended = services.end_session.end_others(claims.principal.user_id, claims.session_id, reason)?;
    if let Some(act) = sessions_revoked(reason, &ended) {
        scene.record(services, by(claims, act));
    }
    Ok(())
}
