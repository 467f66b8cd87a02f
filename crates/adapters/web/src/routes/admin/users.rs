//! `/admin/users`: who there is, what they may do, and the end of their sessions.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use concierge_kernel::UserId;
use concierge_tokens::{AccessClaims, RevocationReason};
use concierge_users::{Changed, Role, RolesChange, User, UserChange, UserQuery, Username, UsernamePrefix};
use serde::Serialize;

use crate::body::JsonObject;
use crate::caller::{Administrator, FreshAdministrator};
use crate::credentials::{Bearer, bearer};
use crate::error::ApiError;
use crate::fields::{FieldError, Fields};
use crate::page::{PageError, PageRequest, cursor_after};
use crate::query::parameter;
use crate::request_id::RequestId;
use crate::routes::auth::clear_cookies;
use crate::routes::endpoint;
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
    let (inner, by) = (services.clone(), claims.clone());
    let done = services.blocking.run::<_, ApiError>(move || change_and_end(&inner, &by, id, &change)).await?;
    let Changed { before, after } = &done.changed;
    tracing::info!(
        target: "security",
        request_id = RequestId::of(&request).as_str(),
        by = %claims.principal.user_id,
        user = %id,
        roles_before = role_names(before).join(" "),
        roles = role_names(after).join(" "),
        disabled_before = before.disabled_at.is_some(),
        disabled = after.disabled_at.is_some(),
        sessions = done.sessions_ended.unwrap_or(0),
        "a user was changed by an administrator",
    );
    let mut response = HttpResponse::Ok();
    if done.sessions_ended.is_some() {
        forget_own(&services, &request, &claims, id, &mut response);
    }
    Ok(response.json(UserBody::of(after)))
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
    changed: Changed,
    /// How many sessions ended; `None` where none was to.
    sessions_ended: Option<usize>,
}

fn change_and_end(
    services: &Services,
    by: &AccessClaims,
    id: UserId,
    change: &UserChange,
) -> Result<Done, ApiError> {
    check_standing(services, by)?;
    let changed = services.change_user.change(id, change)?;
    let reason = match (change.disables(), change.takes_roles()) {
        (true, _) => Some(RevocationReason::Disabled),
        (false, true) => Some(RevocationReason::RolesChanged),
        (false, false) => None,
    };
    // After the change, and even if it changed nothing: the first try may have failed here.
    let ended = reason.map(|reason| services.end_session.end_all(id, reason)).transpose()?;
    Ok(Done { changed, sessions_ended: ended.map(|sessions| sessions.len()) })
}

/// The token's word may be two seconds old; who has just been demoted elsewhere must not promote themselves again.
fn check_standing(services: &Services, by: &AccessClaims) -> Result<(), ApiError> {
    let session = services.inspect_session.living(by.session_id)?;
    session.ok_or_else(ApiError::session_ended)?;
    let user = services.find_user.active(by.principal.user_id)?.ok_or_else(ApiError::session_ended)?;
    user.administers().then_some(()).ok_or_else(|| ApiError::role_required(Role::Admin))
}

async fn end_sessions(
    services: web::Data<Services>,
    caller: FreshAdministrator,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let FreshAdministrator(claims) = caller;
    let id = user_id(&request)?;
    let (inner, by) = (services.clone(), claims.clone());
    let work = move || {
        check_standing(&inner, &by)?;
        inner.find_user.any(id)?.ok_or_else(ApiError::no_such_user)?;
        Ok(inner.end_session.end_all(id, RevocationReason::Admin)?)
    };
    let ended = services.blocking.run::<_, ApiError>(work).await?;
    tracing::info!(
        target: "security",
        request_id = RequestId::of(&request).as_str(),
        by = %claims.principal.user_id,
        user = %id,
        sessions = ended.len(),
        "all sessions of a user were ended by an administrator",
    );
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
        clear_cookies(services, response);
    }
}
