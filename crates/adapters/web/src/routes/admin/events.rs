//! `GET /admin/events`: what happened, the newest first.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use concierge_audit::{Event, EventPage, EventQuery, Kind};
use serde::Serialize;
use serde_json::{Map, Value};

use super::endpoint;
use crate::audit::{actor_parts, details};
use crate::caller::Administrator;
use crate::error::ApiError;
use crate::page::{PageRequest, cursor_after};
use crate::query::parameter;
use crate::services::Services;

pub(super) fn configure(config: &mut ServiceConfig) {
    let resource = web::resource("/admin/events").route(web::get().to(list)).route(web::head().to(list));
    config.service(endpoint(resource));
}

#[derive(Serialize)]
struct EventsBody {
    events: Vec<EventBody>,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct EventBody {
    id: String,
    at: String,
    kind: String,
    actor: ActorBody,
    subject: Option<String>,
    session_id: Option<String>,
    address: Option<String>,
    request_id: Option<String>,
    details: Map<String, Value>,
}

#[derive(Serialize)]
struct ActorBody {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

impl EventsBody {
    fn new(page: EventPage) -> Self {
        let next_cursor = page.next.map(cursor_after);
        Self { events: page.events.into_iter().map(EventBody::new).collect(), next_cursor }
    }
}

impl EventBody {
    fn new(event: Event) -> Self {
        let (kind, id) = actor_parts(event.actor);
        Self {
            id: event.id.to_string(),
            at: event.at.to_string(),
            kind: event.act.name().to_owned(),
            actor: ActorBody { kind, id },
            subject: event.subject.map(|id| id.to_string()),
            session_id: event.session.map(|id| id.to_string()),
            address: event.address.map(|address| address.to_string()),
            request_id: event.request_id,
            details: details(&event.act.details()),
        }
    }
}

async fn list(
    services: web::Data<Services>,
    _: Administrator,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let query = query(request.query_string())?;
    let inner = services.clone();
    let page = services.blocking.run(move || inner.list_events.page(&query)).await?;
    Ok(HttpResponse::Ok().json(EventsBody::new(page)))
}

fn query(query: &str) -> Result<EventQuery, ApiError> {
    let page = PageRequest::read(query)?;
    let user = parameter(query, "user").map_err(|_| invalid_user())?;
    let kind = parameter(query, "kind").map_err(|_| invalid_kind())?;
    Ok(EventQuery {
        before: page.after()?,
        limit: page.limit,
        user: user.map(|id| id.parse().map_err(|_| invalid_user())).transpose()?,
        kind: kind.map(|name| name.parse().map_err(|_| invalid_kind())).transpose()?,
    })
}

fn invalid_user() -> ApiError {
    ApiError::bad_request("invalid_user", "Invalid user: use the id of one user, a UUID of version 7")
}

fn invalid_kind() -> ApiError {
    let kinds = Kind::ALL.map(Kind::as_str).join(", ");
    ApiError::bad_request("invalid_kind", format!("Invalid kind: use one of {kinds}"))
}
