//! `/auth/logout`: the end of the sessions that a request shows tokens of.

use actix_web::http::header::SET_COOKIE;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use concierge_audit::NewEvent;
use concierge_kernel::{StoreFailure, UserId};
use concierge_tokens::{RevocationReason, SessionId};
use serde_json::json;

use super::endpoint;
use crate::audit::{Scene, session_revoked};
use crate::cookies::CookieKind;
use crate::credentials::{Bearer, bearer};
use crate::error::ApiError;
use crate::services::Services;

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(endpoint(web::resource("/auth/logout").route(web::post().to(logout))));
}

async fn logout(services: web::Data<Services>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let sessions = sessions_shown(&services, &request);
    if !sessions.is_empty() {
        let (inner, scene) = (services.clone(), Scene::of(&request, &services));
        let work = move || sessions.into_iter().try_for_each(|session| end(&inner, session, &scene));
        services.blocking.run(work).await?;
    }
    let mut response = HttpResponse::Ok();
    clear_cookies(&services, &request, &mut response);
    Ok(response.json(json!({"message": "Logged out"})))
}

/// The sessions of which a request shows tokens, whatever state those are in.
pub(super) fn sessions_shown(services: &Services, request: &HttpRequest) -> Vec<(SessionId, UserId)> {
    let session_of = |token: &str| services.recognize_session.session_of(token);
    let mut sessions: Vec<_> = match bearer(request) {
        Bearer::Token(token) => session_of(token).into_iter().collect(),
        Bearer::Malformed => Vec::new(),
        Bearer::Absent => [CookieKind::Access, CookieKind::Refresh]
            .into_iter()
            .flat_map(|kind| services.cookies.values(request, kind))
            .filter_map(session_of)
            .inspect(|(session, _)| services.tally.cookies_seen(*session))
            .collect(),
    };
    sessions.sort_unstable();
    sessions.dedup();
    sessions
}

fn end(services: &Services, (session, user): (SessionId, UserId), scene: &Scene) -> Result<(), StoreFailure> {
    if services.end_session.end(session)? {
        let act = session_revoked(RevocationReason::Logout);
        scene.record(services, NewEvent::own(user, act).in_session(session.as_uuid()));
    }
    Ok(())
}

/// Clears every cookie of a session.
pub(super) fn clear_cookies(services: &Services, request: &HttpRequest, response: &mut HttpResponseBuilder) {
    for kind in [CookieKind::Access, CookieKind::Refresh, CookieKind::Csrf] {
        for line in services.cookies.clear(request, kind) {
            response.append_header((SET_COOKIE, line));
        }
    }
}
