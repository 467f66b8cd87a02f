//! `PUT /auth/password`: another password, and the end of every other session.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use concierge_audit::Act;
use concierge_tokens::{AccessClaims, RevocationReason};
use concierge_users::{ChangePasswordError, PasswordChange};

use super::devices::end_all_but;
use super::endpoint;
use crate::audit::by;
use crate::body::JsonObject;
use crate::caller::FreshCaller;
use crate::error::ApiError;
use crate::services::Services;
use crate::throttle::{self, Asker};

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(endpoint(web::resource("/auth/password").route(web::put().to(change))));
}

async fn change(
    services: web::Data<Services>,
    caller: FreshCaller,
    request: HttpRequest,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let claims = caller.0;
    let JsonObject(fields) = body;
    let current = fields.string("current_password")?.to_owned();
    let new = fields.string("new_password")?.to_owned();
    // None of the body stays in memory while the request waits for a thread.
    drop(fields);
    let (inner, asker) = (services.clone(), Asker::of(&request, &services));
    let work = move || change_and_end_others(&inner, &asker, &claims, &current, &new);
    services.blocking.run::<_, ApiError>(work).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn change_and_end_others(
    services: &Services,
    asker: &Asker,
    claims: &AccessClaims,
    current: &str,
    new: &str,
) -> Result<(), ApiError> {
    let scene = &asker.scene;
    // The token's word may be two seconds old; this is worth a look at the store.
    let session = services.inspect_session.living(claims.session_id)?;
    session.ok_or_else(ApiError::session_ended)?;
    let user = services.find_user.active(claims.principal.user_id)?.ok_or_else(ApiError::session_ended)?;
    let change = PasswordChange::parse(&user.username, current, new, services.password_floor)?;
    // A wrong current password is a guess like any other.
    let is_guess = |error: &ChangePasswordError| matches!(error, ChangePasswordError::WrongPassword);
    let change = || {
        services.change_password.change(&user, &change).inspect_err(|error| {
            if is_guess(error) {
                scene.record(services, by(claims, Act::PasswordChangeFailed));
            }
        })
    };
    let changed = throttle::login(services, asker, Some(user.username.as_str()), is_guess, change)?;
    if changed {
        scene.record(services, by(claims, Act::PasswordChanged));
    }
    // After the change: a login by the old password that comes later finds out by itself.
    Ok(end_all_but(services, claims, RevocationReason::PasswordChanged, scene)?)
}
