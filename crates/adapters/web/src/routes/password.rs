//! `PUT /auth/password`: another password, and the end of every other session.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use concierge_audit::Act;
use concierge_tokens::{AccessClaims, RevocationReason};
use concierge_users::{ChangePasswordError, PasswordChange, PasswordChangeRequest};

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

/// What became of a change that was tried.
enum Tried {
    Made,
    /// The current password is wrong; the change may have been made before, and its answer lost.
    Guessed(PasswordChange),
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
    let asked_for = PasswordChangeRequest::parse(current, new)?;
    let change = || {
        let judge = || asked_for.judge(&user.username, services.password_floor);
        let change = services.estimates.run(judge)??;
        match services.change_password.change(&user, &change) {
            Ok(()) => Ok(Tried::Made),
            Err(ChangePasswordError::WrongPassword) => Ok(Tried::Guessed(change)),
            Err(error) => Err(error.into()),
        }
    };
    // A wrong current password is a guess, and a weak new one was dear to estimate.
    let counts = |tried: &Result<Tried, ApiError>| match tried {
        Ok(Tried::Made) => false,
        Ok(Tried::Guessed(_)) => true,
        Err(error) => error.is_bad_request(),
    };
    match throttle::password(services, asker, claims, counts, change)? {
        Tried::Made => scene.record(services, by(claims, Act::PasswordChanged)),
        Tried::Guessed(change) => {
            scene.record(services, by(claims, Act::PasswordChangeFailed));
            // The new password is one guess more: that it is the user's already may be told only to who could have guessed.
            let was_made = || match services.change_password.was_made(&user, &change)? {
                true => Ok(()),
                false => Err(ChangePasswordError::WrongPassword.into()),
            };
            let counts = |made: &Result<(), ApiError>| made.as_ref().is_err_and(ApiError::is_bad_request);
            throttle::password(services, asker, claims, counts, was_made)?;
        }
    }
    // After the change: a login by the old password that comes later finds out by itself.
    Ok(end_all_but(services, claims, RevocationReason::PasswordChanged, scene)?)
}
