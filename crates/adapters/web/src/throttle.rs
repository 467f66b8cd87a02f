//! Limits around what handlers do: cells are taken before it, and given back when it ends in a way that does not count.

use actix_web::{HttpRequest, web};
use concierge_audit::{Act, Actor, NewEvent};
use concierge_kernel::StoreFailure;
use concierge_throttle::{
    ClientNetwork, LoginAdmission, ThrottleError, ThrottleLogins, ThrottleRefreshes, ThrottleRegistrations,
    ThrottleVisitors,
};
use concierge_tokens::{AccessClaims, SessionId};
use concierge_users::User;

use crate::audit::{Scene, by};
use crate::error::ApiError;
use crate::services::Services;

/// How often somebody may guess.
pub struct Throttle {
    /// Limits failed logins.
    pub logins: ThrottleLogins,
    /// Limits registrations.
    pub registrations: ThrottleRegistrations,
    /// Limits refreshes.
    pub refreshes: ThrottleRefreshes,
    /// Limits sessions of visitors; `None` where each keeps their own.
    pub visitors: Option<ThrottleVisitors>,
}

/// Who asks for something that is limited.
pub(crate) struct Asker {
    client: ClientNetwork,
    pub(crate) scene: Scene,
}

impl Asker {
    pub(crate) fn of(request: &HttpRequest, services: &Services) -> Self {
        let address = services.trusted_proxies.client_of(request);
        Self { client: ClientNetwork::of(address), scene: Scene::of(request, services) }
    }

    /// Somebody has to wait. Told to the log only when the limiter says so, for they choose how often they come; and without
    /// the name they typed, which may be a password.
    fn held_off(&self, error: ThrottleError) -> ApiError {
        if let ThrottleError::Throttled(throttled) = &error
            && throttled.report
        {
            tracing::warn!(
                target: "security",
                request_id = self.scene.request_id(),
                limit = throttled.limit.name(),
                quota = %throttled.quota,
                network = %self.client,
                "too many requests; more of these are not logged for a while",
            );
        }
        error.into()
    }

    /// What was done is done: a limiter that fails afterwards takes nothing back.
    fn settle(&self, settled: Result<(), StoreFailure>) {
        if let Err(failure) = settled {
            tracing::warn!(
                request_id = self.scene.request_id(),
                "a limiter was not told how a request ended: {failure}"
            );
        }
    }
}

/// Does `work`, which logs in to `account`, unless that was guessed too often. Counts what nobody was let in for; any other end
/// costs nothing. `account` is a canonical username, `None` when what was typed is none; `shown` is a session of that account
/// of which the request has a token.
pub(crate) fn login<T>(
    services: &Services,
    asker: &Asker,
    account: Option<&str>,
    shown: Option<SessionId>,
    work: impl FnOnce() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let admit = |logins: &ThrottleLogins| {
        logins.admit(asker.client, account, shown.as_ref().map(SessionId::as_bytes))
    };
    let told = |act| NewEvent::new(Actor::Anonymous, act);
    let is_guess = |outcome: &Result<T, ApiError>| outcome.as_ref().is_err_and(ApiError::is_unauthorized);
    guess(services, asker, admit, told, is_guess, work)
}

/// Does `work`, which checks the password of whoever is logged in, unless their session was used to guess it too often.
/// Counts the ends of which `is_guess` says so.
pub(crate) fn password<T>(
    services: &Services,
    asker: &Asker,
    claims: &AccessClaims,
    is_guess: impl FnOnce(&Result<T, ApiError>) -> bool,
    work: impl FnOnce() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let account = &claims.principal.username;
    let admit =
        |logins: &ThrottleLogins| logins.admit_within(claims.session_id.as_bytes(), asker.client, account);
    guess(services, asker, admit, |act| by(claims, act), is_guess, work)
}

/// Does `work` if `admit` lets it; else `told` says whose act is refused.
fn guess<T>(
    services: &Services,
    asker: &Asker,
    admit: impl FnOnce(&ThrottleLogins) -> Result<LoginAdmission, ThrottleError>,
    told: impl FnOnce(Act) -> NewEvent,
    is_guess: impl FnOnce(&Result<T, ApiError>) -> bool,
    work: impl FnOnce() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let Some(Throttle { logins, .. }) = &services.throttle else { return work() };
    let login = admit(logins).map_err(|error| {
        if let ThrottleError::Throttled(throttled) = &error
            && throttled.report
        {
            let act = Act::LoginThrottled { limit: throttled.limit.name().to_owned() };
            asker.scene.record(services, told(act));
        }
        asker.held_off(error)
    })?;
    let outcome = work();
    asker.settle(match &outcome {
        outcome if is_guess(outcome) => Ok(()),
        Ok(_) => logins.succeeded(login),
        Err(_) => logins.excuse(login),
    });
    outcome
}

/// Does `work`, which registers somebody, unless their network has done so too often. A name that is taken counts, and so does
/// a weak password, for estimating it is dear; what failed here does not.
pub(crate) fn registration(
    services: &Services,
    asker: &Asker,
    work: impl FnOnce() -> Result<User, ApiError>,
) -> Result<User, ApiError> {
    let Some(Throttle { registrations, logins, .. }) = &services.throttle else { return work() };
    let admission = registrations.admit(asker.client).map_err(|error| asker.held_off(error))?;
    let outcome = work();
    asker.settle(match &outcome {
        Ok(user) => logins.welcome(asker.client, user.username.as_str()),
        Err(error) if error.is_ours() => registrations.excuse(admission),
        Err(_) => Ok(()),
    });
    outcome
}

/// Does `work`, which carries a session on, unless that was done too often. What may have been another site's page does not
/// count, nor does what failed here. Where a session of `account` is carried on, its owner may log in again.
pub(crate) fn refresh<T>(
    services: &Services,
    asker: &Asker,
    session: SessionId,
    account: impl FnOnce(&T) -> &str,
    work: impl FnOnce() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let Some(Throttle { refreshes, logins, .. }) = &services.throttle else { return work() };
    let admission = refreshes.admit(session.as_bytes()).map_err(|error| asker.held_off(error))?;
    let outcome = work();
    asker.settle(match &outcome {
        Err(error) if error.is_forbidden() || error.is_ours() => refreshes.excuse(admission),
        Err(_) => Ok(()),
        Ok(carried_on) => logins.welcome(asker.client, account(carried_on)),
    });
    outcome
}

/// Lets a new visitor in, unless their network has sent too many.
pub(crate) async fn visitor(services: &web::Data<Services>, request: &HttpRequest) -> Result<(), ApiError> {
    let is_limited = |throttle: &Throttle| throttle.visitors.is_some();
    if !services.throttle.as_ref().is_some_and(is_limited) {
        return Ok(());
    }
    let (inner, asker) = (services.clone(), Asker::of(request, services));
    let admit = move || match inner.throttle.as_ref().and_then(|throttle| throttle.visitors.as_ref()) {
        Some(visitors) => visitors.admit(asker.client).map_err(|error| asker.held_off(error)),
        None => Ok(()),
    };
    services.blocking.run(admit).await
}
