//! Limits around what handlers do: cells are taken before it, and given back when it ends in a way that does not count.

use actix_web::HttpRequest;
use concierge_audit::{Act, Actor, NewEvent};
use concierge_kernel::StoreFailure;
use concierge_throttle::{
    ClientNetwork, ThrottleError, ThrottleLogins, ThrottleRefreshes, ThrottleRegistrations,
};
use concierge_tokens::SessionId;
use concierge_users::{RegisterError, User};

use crate::audit::Scene;
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

/// Does `work`, which checks the password of `account`, unless it was guessed too often. Counts what `is_guess` says of its
/// error; any other end costs nothing. `account` is a canonical username, `None` when what was typed is none.
pub(crate) fn login<T, E>(
    services: &Services,
    asker: &Asker,
    account: Option<&str>,
    is_guess: impl FnOnce(&E) -> bool,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, ApiError>
where
    ApiError: From<E>,
{
    let Some(Throttle { logins, .. }) = &services.throttle else { return Ok(work()?) };
    let login = logins.admit(asker.client, account).map_err(|error| {
        if matches!(&error, ThrottleError::Throttled(throttled) if throttled.report) {
            asker.scene.record(services, NewEvent::new(Actor::Anonymous, Act::LoginThrottled));
        }
        asker.held_off(error)
    })?;
    let outcome = work();
    asker.settle(match &outcome {
        Ok(_) => logins.succeeded(login),
        Err(error) if is_guess(error) => Ok(()),
        Err(_) => logins.excuse(login),
    });
    Ok(outcome?)
}

/// Does `work`, which registers somebody, unless their network has done so too often. A name that is taken counts.
pub(crate) fn registration(
    services: &Services,
    asker: &Asker,
    work: impl FnOnce() -> Result<User, RegisterError>,
) -> Result<User, ApiError> {
    let Some(Throttle { registrations, logins, .. }) = &services.throttle else { return Ok(work()?) };
    let admission = registrations.admit(asker.client).map_err(|error| asker.held_off(error))?;
    let outcome = work();
    asker.settle(match &outcome {
        Ok(user) => logins.welcome(asker.client, user.username.as_str()),
        Err(RegisterError::UsernameTaken) => Ok(()),
        Err(RegisterError::Overloaded | RegisterError::Hashing(_) | RegisterError::Store(_)) => {
            registrations.excuse(admission)
        }
    });
    Ok(outcome?)
}

/// Does `work`, which carries a session on, unless that was done too often. What may have been another site's page does not
/// count, nor does what failed here.
pub(crate) fn refresh<T>(
    services: &Services,
    asker: &Asker,
    session: SessionId,
    work: impl FnOnce() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let Some(Throttle { refreshes, .. }) = &services.throttle else { return work() };
    let admission = refreshes.admit(session.as_bytes()).map_err(|error| asker.held_off(error))?;
    let outcome = work();
    asker.settle(match &outcome {
        Err(error) if error.is_forbidden() || error.is_ours() => refreshes.excuse(admission),
        Ok(_) | Err(_) => Ok(()),
    });
    outcome
}
