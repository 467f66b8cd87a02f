//! `/admin/users`: who there is, what they may do, and the end of their sessions.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use concierge_kernel::{StoreFailure, UserId};
use concierge_tokens::{AccessClaims, RevocationReason};
use concierge_users::{Role, RolesChange, User, UserChange, UserQuery, Username, UsernamePrefix};
use serde::Serialize;

use super::endpoint;
use crate::audit::{Scene, by, sessions_revoked, user_changed};
use crate::body::JsonObject;
use crate::caller::{Administrator, FreshAdministrator};
use crate::credentials::{Bearer, bearer};
use crate::error::ApiError;
use crate::fields::{FieldError, Fields};
use crate::page::{PageError, PageRequest, cursor_after};
use crate::query::parameter;
use crate::routes::logout::clear_cookies;
use crate::services::Services;

pub(super) fn configure(config: &mut ServiceConfig) {
    let all = web::resource("/admin/users").route(web::get().to(list)).route(web::head().to(list));
    let one = web::resource("/admin/users/{id}").route(web::patch().to(change));
    let sessions = web::resource("/admin/users/{id}/sessions").route(web::delete().to(end_sessions));
    config.service(endpoint(all)).service(endpoint(one)).service(endpoint(sessions));
}

#[derive(Serialize)]
struct UsersBody<'a> {
    users: Vec<UserBody<'a>>,
    next_cursor: Option<String>,
}

/// A user as those who administer see them.
#[derive(Serialize)]
struct UserBody<'a> {
    id: String,
    username: &'a str,
    roles: Vec<&'static str>,
    disabled: bool,
    created_at: String,
    disabled_at: Option<String>,
}

impl<'a> UserBody<'a> {
    fn of(user: &'a User) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.as_str(),
            roles: role_names(user),
            disabled: user.disabled_at.is_some(),
            created_at: user.created_at.to_string(),
            disabled_at: user.disabled_at.map(|moment| moment.to_string()),
        }
    }
}

fn role_names(user: &User) -> Vec<&'static str> {
    user.roles.iter().map(Role::as_str).collect()
}

async fn list(
    services: web::Data<Services>,
    _caller: Administrator,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let query = users_asked_for(request.query_string())?;
    let inner = services.clone();
    let page = services.blocking.run(move || inner.list_users.page(query)).await?;
    let next_cursor = page.next.map(cursor_after);
    let users = page.users.iter().map(UserBody::of).collect();
    Ok(HttpResponse::Ok().json(UsersBody { users, next_cursor }))
}

fn users_asked_for(query: &str) -> Result<UserQuery, ApiError> {
    let page = PageRequest::read(query)?;
    let last_seen = page.after::<String>()?;
    let after = last_seen.map(|name| Username::from_canonical(&name)).transpose();
    let prefix = parameter(query, "query").map_err(|_| ApiError::ambiguous_query())?;
    Ok(UserQuery {
        prefix: UsernamePrefix::parse(prefix.as_deref().unwrap_or_default())?,
        after: after.map_err(|_| PageError::Cursor)?,
        limit: page.limit,
    })
}

async fn change(
    services: web::Data<Services>,
    caller: FreshAdministrator,
    request: HttpRequest,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let FreshAdministrator(claims) = caller;
    let id = user_id(&request)?;
    let change = user_change(&body.0)?;
    let (inner, by, scene) = (services.clone(), claims.clone(), Scene::of(&request, &services));
    let work = move || change_and_end(&inner, &by, id, &change, &scene);
    let done = services.blocking.run::<_, ApiError>(work).await?;
    let mut response = HttpResponse::Ok();
    if done.ends_sessions {
        forget_own(&services, &request, &claims, id, &mut response);
    }
    Ok(response.json(UserBody::of(&done.user)))
}

/// No UUID, no user: what a client made up is told like what it remembers wrongly.
fn user_id(request: &HttpRequest) -> Result<UserId, ApiError> {
    request.match_info().query("id").parse().map_err(|_| ApiError::no_such_user())
}

fn user_change(fields: &Fields) -> Result<UserChange, ApiError> {
    let unknown = |_| FieldError::NotOneOf { field: "roles", choices: "'user', 'admin'" };
    let named = fields.optional_strings("roles")?;
    let roles =
        named.map(|names| names.into_iter().map(|name| name.parse::<Role>().map_err(unknown)).collect());
    Ok(UserChange::new(roles.transpose()?.map(RolesChange::Set), fields.optional_flag("disabled")?)?)
}

/// What a change came to.
struct Done {
    user: User,
    /// Whether the user's sessions ended, if there were any.
    ends_sessions: bool,
}

fn change_and_end(
    services: &Services,
    caller: &AccessClaims,
    id: UserId,
    change: &UserChange,
    scene: &Scene,
) -> Result<Done, ApiError> {
    check_session(services, caller)?;
    // Whether the caller administers is looked up in the same step: by a look before, who is being demoted could undo it.
    let changed = services.change_user.change(id, change, Some(caller.principal.user_id))?;
    for act in user_changed(&changed) {
        scene.record(services, by(caller, act).about(id));
    }
    let reason = match (change.disables(), change.takes_roles()) {
        (true, _) => Some(RevocationReason::Disabled),
        (false, true) => Some(RevocationReason::RolesChanged),
        (false, false) => None,
    };
    // After the change, and even if it changed nothing: the first try may have failed here.
    if let Some(reason) = reason {
        end_all(services, caller, id, reason, scene)?;
    }
    check_still(check_session, services, caller, id)?;
    Ok(Done { user: changed.after, ends_sessions: reason.is_some() })
}

fn end_all(
    services: &Services,
    caller: &AccessClaims,
    id: UserId,
    reason: RevocationReason,
    scene: &Scene,
) -> Result<(), StoreFailure> {
    let ended = services.end_session.end_all(id, reason)?;
    if let Some(act) = sessions_revoked(reason, &ended) {
        scene.record(services, by(caller, act).about(id));
    }
    Ok(())
}

/// The token's word may be two seconds old.
fn check_session(services: &Services, caller: &AccessClaims) -> Result<(), ApiError> {
    let session = services.inspect_session.living(caller.session_id)?;
    session.map(|_| ()).ok_or_else(ApiError::session_ended)
}

/// Whether the caller's session lives, and its user administers.
fn check_standing(services: &Services, caller: &AccessClaims) -> Result<(), ApiError> {
    check_session(services, caller)?;
    let user = services.find_user.active(caller.principal.user_id)?.ok_or_else(ApiError::session_ended)?;
    user.administers().then_some(()).ok_or_else(|| ApiError::role_required(Role::Admin))
}

/// Looks again after what was done to the user `id`, which waited for its turn among other writes: whoever has lost
/// their session meanwhile learns no more of it. Who did it to themselves may well have.
fn check_still(
    check: fn(&Services, &AccessClaims) -> Result<(), ApiError>,
    services: &Services,
    caller: &AccessClaims,
    id: UserId,
) -> Result<(), ApiError> {
    if id == caller.principal.user_id { Ok(()) } else { check(services, caller) }
}

async fn end_sessions(
    services: web::Data<Services>,
    caller: FreshAdministrator,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let FreshAdministrator(claims) = caller;
    let id = user_id(&request)?;
    let (inner, by, scene) = (services.clone(), claims.clone(), Scene::of(&request, &services));
    let work = move || {
        check_standing(&inner, &by)?;
        inner.find_user.any(id)?.ok_or_else(ApiError::no_such_user)?;
        end_all(&inner, &by, id, RevocationReason::Admin, &scene)?;
        check_still(check_standing, &inner, &by, id)
    };
    services.blocking.run::<_, ApiError>(work).await?;
    let mut response = HttpResponse::NoContent();
    forget_own(&services, &request, &claims, id, &mut response);
    Ok(response.finish())
}

/// Clears the cookies of a caller who has ended their own sessions.
fn forget_own(
    services: &Services,
    request: &HttpRequest,
    claims: &AccessClaims,
    ended: UserId,
    response: &mut HttpResponseBuilder,
) {
    if ended == claims.principal.user_id && bearer(request) == Bearer::Absent {
        clear_cookies(services, request, response);
    }
}
