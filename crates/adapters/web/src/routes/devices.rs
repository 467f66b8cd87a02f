//! `/auth/sessions`: where a user is logged in, and ending it from afar.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use concierge_tokens::{RevocationReason, SessionId, SessionState};
use serde::Serialize;

use super::auth::clear_cookies;
use super::endpoint;
use crate::caller::{Caller, Writer};
use crate::credentials::{Bearer, bearer};
use crate::error::ApiError;
use crate::request_id::RequestId;
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
    let (inner, user_id) = (services.clone(), claims.principal.user_id);
    let work = move || inner.end_session.end_of(user_id, id, RevocationReason::Device);
    if !services.blocking.run(work).await? {
        return Err(ApiError::no_such_session());
    }
    tracing::info!(
        target: "security",
        request_id = RequestId::of(&request).as_str(),
        session = %id,
        user = %user_id,
        "a session was ended by its user",
    );
    let mut response = HttpResponse::NoContent();
    if id == claims.session_id && bearer(&request) == Bearer::Absent {
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
    let (inner, user_id) = (services.clone(), claims.principal.user_id);
    let work = move || inner.end_session.end_others(user_id, claims.session_id, RevocationReason::Device);
    let ended = services.blocking.run(work).await?;
    tracing::info!(
        target: "security",
        request_id = RequestId::of(&request).as_str(),
        user = %user_id,
        sessions = ended.len(),
        "all other sessions were ended by their user",
    );
    Ok(HttpResponse::NoContent().finish())
}
