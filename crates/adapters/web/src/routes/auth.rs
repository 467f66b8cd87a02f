//! `/auth/…`: the life of a session but for its end, which stands in `logout.rs`.

use actix_web::http::header::{HeaderValue, ORIGIN, SET_COOKIE};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use concierge_audit::{Act, Actor, NewEvent};
use concierge_kernel::{StoreFailure, Timestamp, UserId};
use concierge_origins::Decision;
use concierge_tokens::{
    Delivery, Device, IssuedAccess, Presentation, Principal, RefreshClaims, RevocationReason, RotateError,
    Session, SessionId,
};
use concierge_users::{AuthenticateError, LoginAttempt, RegistrationRequest, Upgrade, User, Username};

use super::endpoint;
use super::logout::sessions_shown;
use crate::audit::{Scene, login_failed};
use crate::body::JsonObject;
use crate::caller::{Caller, by_refresh_cookie, malformed_bearer};
use crate::cookies::CookieKind;
use crate::credentials::{Bearer, bearer, csrf_token};
use crate::device::device;
use crate::error::ApiError;
use crate::fields::{FieldError, Fields};
use crate::origins::pinned;
use crate::problem::Next;
use crate::services::Services;
use crate::session_body::{SessionBody, TokensBody};
use crate::tally::Rank;
use crate::throttle::{self, Asker};

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(endpoint(web::resource("/auth/register").route(web::post().to(register))))
        .service(endpoint(web::resource("/auth/login").route(web::post().to(login))))
        .service(endpoint(web::resource("/auth/refresh").route(web::post().to(refresh))))
        .service(endpoint(
            web::resource("/auth/session").route(web::get().to(session)).route(web::head().to(session)),
        ));
}

/// What register and login have in common.
struct Form {
    username: String,
    password: String,
    remember: bool,
    delivery: Delivery,
    device: Device,
}

impl Form {
    /// Takes the body, so that none of it stays in memory while the request waits for a thread.
    fn read(
        services: &Services,
        request: &HttpRequest,
        JsonObject(fields): JsonObject,
    ) -> Result<Self, ApiError> {
        let form = Self {
            username: fields.string("username")?.to_owned(),
            password: fields.string("password")?.to_owned(),
            remember: fields.flag("remember")?,
            delivery: delivery(&fields)?,
            device: device(request, services),
        };
        // Script in a page must not be able to get at a token, and whatever runs in a page says so.
        if form.delivery == Delivery::Body && comes_from_a_page(request) {
            return Err(ApiError::delivery_not_allowed());
        }
        Ok(form)
    }
}

fn delivery(fields: &Fields) -> Result<Delivery, FieldError> {
    match fields.optional_string("delivery")? {
        None => Ok(Delivery::Cookie),
        Some(name) => Delivery::from_name(name)
            .ok_or(FieldError::NotOneOf { field: "delivery", choices: "'cookie', 'body'" }),
    }
}

fn comes_from_a_page(request: &HttpRequest) -> bool {
    let fetch_metadata = |name: &str| name.starts_with("sec-fetch-");
    request.headers().contains_key(ORIGIN)
        || request.headers().keys().any(|name| fetch_metadata(name.as_str()))
}

/// A session that was just opened or carried on, with both its tokens.
struct Pass {
    session: Session,
    access: IssuedAccess,
    refresh_token: String,
    refresh: RefreshClaims,
}

impl Pass {
    fn account(&self) -> &str {
        &self.access.claims.principal.username
    }
}

async fn register(
    services: web::Data<Services>,
    request: HttpRequest,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let form = Form::read(&services, &request, body)?;
    let (inner, asker) = (services.clone(), Asker::of(&request, &services));
    let work = move || {
        let asked_for = RegistrationRequest::parse(&form.username, &form.password)?;
        let user = throttle::registration(&inner, &asker, || {
            let registration = inner.estimates.run(|| asked_for.judge(inner.password_floor))??;
            Ok(inner.register.register(registration)?)
        })?;
        let pass = open_first(&inner, &user, &form);
        // The user is there, whatever became of their first session.
        let session = pass.as_ref().ok().map(|pass| pass.session.id.as_uuid());
        asker.scene.record(&inner, NewEvent::own(user.id, Act::UserRegistered).in_session(session));
        pass
    };
    let pass = services.blocking.run::<_, ApiError>(work).await?;
    Ok(opened(&services, &request, &pass))
}

async fn login(
    services: web::Data<Services>,
    request: HttpRequest,
    body: JsonObject,
) -> Result<HttpResponse, ApiError> {
    let form = Form::read(&services, &request, body)?;
    let shown = sessions_shown(&services, &request);
    let (inner, asker) = (services.clone(), Asker::of(&request, &services));
    let work = move || {
        let account = Username::parse(&form.username).ok();
        let shown = one_of(&inner, &shown, account.as_ref())?;
        let log_in = || log_in(&inner, &form, &asker.scene);
        throttle::login(&inner, &asker, account.as_ref().map(Username::as_str), shown, log_in)
    };
    let pass = services.blocking.run::<_, ApiError>(work).await?;
    Ok(opened(&services, &request, &pass))
}

/// The one of these sessions that is of `account`, if any: whoever shows a token of it has been logged in before.
fn one_of(
    services: &Services,
    shown: &[(SessionId, UserId)],
    account: Option<&Username>,
) -> Result<Option<SessionId>, StoreFailure> {
    let Some(account) = account.filter(|_| !shown.is_empty()) else { return Ok(None) };
    let user = services.find_user.named(account)?;
    let of_user = |(_, owner): &&(SessionId, UserId)| user.as_ref().is_some_and(|user| user.id == *owner);
    Ok(shown.iter().find(of_user).map(|(session, _)| *session))
}

/// How often a login is tried whose password or roles are changed, or whose hash is upgraded, under it.
const LOGIN_TRIES: usize = 3;

fn log_in(services: &Services, form: &Form, scene: &Scene) -> Result<Pass, ApiError> {
    for _ in 0..LOGIN_TRIES {
        let attempt = LoginAttempt::parse(&form.username, &form.password);
        let authenticated = services.authenticate.authenticate(attempt).inspect_err(|error| {
            if let AuthenticateError::Refused(refusal) = error {
                scene.record(services, login_failed(*refusal));
            }
        })?;
        if let Upgrade::Failed(error) = &authenticated.upgrade {
            // The login stands; the next one tries again.
            tracing::warn!(request_id = scene.request_id(), "a password hash was not upgraded: {error}");
        }
        let pass = open(services, &authenticated.user, form)?;
        let (user_id, session_id) = (authenticated.user.id, pass.session.id);
        if services.authenticate.still_stands(&authenticated)? {
            let event = NewEvent::own(user_id, Act::LoginSucceeded).in_session(session_id.as_uuid());
            scene.record(services, event);
            return Ok(pass);
        }
        // Whoever changes a password or takes something ends the sessions that there are; this one may have come too late
        // to be among them.
        services.end_session.end_of(user_id, session_id, RevocationReason::Overtaken)?;
    }
    Err(ApiError::overloaded())
}

async fn refresh(services: web::Data<Services>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let (claims, presentation) = refresh_token(&services, &request)?;
    let (inner, asker) = (services.clone(), Asker::of(&request, &services));
    let device = device(&request, &services);
    let work = move || {
        let carry_on = || carry_on(&inner, &claims, &presentation, device, &asker.scene);
        throttle::refresh(&inner, &asker, claims.session_id, Pass::account, carry_on)
    };
    let pass = services.blocking.run::<_, ApiError>(work).await?;
    Ok(created(&services, &request, &pass))
}

async fn session(services: web::Data<Services>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let claims = caller.0;
    let inner = services.clone();
    let session_id = claims.session_id;
    let found = services.blocking.run(move || inner.inspect_session.living(session_id)).await?;
    let living = found.ok_or_else(ApiError::session_ended)?.living;
    let body = SessionBody::new(&claims, living.expires_at, services.clock.now(), None);
    Ok(HttpResponse::Ok().json(body))
}

fn open(services: &Services, user: &User, form: &Form) -> Result<Pass, ApiError> {
    let opened = services.open_session.open(user.id, form.delivery, form.remember, &form.device)?;
    let access = services.issue_access.issue(&opened.session, principal(user))?;
    Ok(Pass { session: opened.session, access, refresh_token: opened.refresh_token, refresh: opened.refresh })
}

/// Opens the session of somebody who has just registered. Whoever disables them ends the sessions that there are; this one
/// may have come too late to be among them.
fn open_first(services: &Services, user: &User, form: &Form) -> Result<Pass, ApiError> {
    let pass = open(services, user, form)?;
    if services.find_user.active(user.id)?.is_none() {
        services.end_session.end_of(user.id, pass.session.id, RevocationReason::Overtaken)?;
        return Err(ApiError::session_ended());
    }
    Ok(pass)
}

fn carry_on(
    services: &Services,
    claims: &RefreshClaims,
    presentation: &Presentation,
    device: Device,
    scene: &Scene,
) -> Result<Pass, ApiError> {
    let rotated =
        services.rotate_refresh.rotate(claims, presentation, device).inspect_err(|error| match error {
            RotateError::Reused(session) => {
                let event = NewEvent::new(Actor::Anonymous, Act::RefreshTokenReused);
                scene.record(services, event.about(session.user_id).in_session(session.id.as_uuid()));
            }
            RotateError::Forgery(reason) => tracing::warn!(
                target: "csrf",
                request_id = scene.request_id(),
                session = %claims.session_id,
                user = %claims.user_id,
                "refused a refresh: {reason}",
            ),
            _ => {}
        })?;
    let user = services.find_user.active(rotated.session.user_id)?.ok_or_else(ApiError::session_ended)?;
    let access = services.issue_access.issue(&rotated.session, principal(&user))?;
    Ok(Pass {
        session: rotated.session,
        access,
        refresh_token: rotated.refresh_token,
        refresh: rotated.refresh,
    })
}

/// The refresh token a request presents, and how.
fn refresh_token(
    services: &Services,
    request: &HttpRequest,
) -> Result<(RefreshClaims, Presentation), ApiError> {
    let (claims, presentation) = match bearer(request) {
        Bearer::Token(token) => (services.rotate_refresh.inspect(token).map_err(Some), Presentation::Bearer),
        Bearer::Malformed => return Err(malformed_bearer()),
        Bearer::Absent => {
            let csrf_token = csrf_token(request);
            (by_refresh_cookie(request, services), Presentation::Cookie { csrf_token })
        }
    };
    let claims = claims.map_err(|refused| match refused {
        Some(refused) => ApiError::token_refused("refresh", refused, Next::Login),
        None => ApiError::unauthorized("token_missing", "No refresh token came along", Next::Login),
    })?;
    Ok((claims, presentation))
}

fn principal(user: &User) -> Principal {
    Principal {
        user_id: user.id,
        username: user.username.as_str().to_owned(),
        roles: user.roles.iter().map(|role| role.as_str().to_owned()).collect(),
    }
}

/// The 201 of a session that was just opened. Whether its cookies come back is the first that can go wrong between origins.
fn opened(services: &Services, request: &HttpRequest, pass: &Pass) -> HttpResponse {
    let origin = request.headers().get(ORIGIN).and_then(|origin| origin.to_str().ok());
    if let (Delivery::Cookie, Some(origin), Some(registry)) = (pass.session.delivery, origin, pinned(request))
        && !matches!(registry.decide(origin.as_bytes()), Decision::Refused(_))
    {
        let rank = Rank::of_allowed(&registry, origin.as_bytes());
        services.tally.cookies_set(origin, rank, pass.session.id);
    }
    created(services, request, pass)
}

/// The 201 that hands out a session's tokens, the way the session's tokens travel.
fn created(services: &Services, request: &HttpRequest, pass: &Pass) -> HttpResponse {
    let now = services.clock.now();
    let mut response = HttpResponse::Created();
    let tokens = match pass.session.delivery {
        Delivery::Cookie => {
            for line in cookies(services, request, pass, now) {
                response.append_header((SET_COOKIE, line));
            }
            None
        }
        Delivery::Body => Some(TokensBody {
            access_token: &pass.access.token,
            refresh_token: &pass.refresh_token,
            token_type: "Bearer",
        }),
    };
    response.json(SessionBody::new(&pass.access.claims, pass.refresh.expires_at, now, tokens))
}

/// With `remember`, a cookie lasts as long as its token, and the CSRF token's as long as the session.
fn cookies(
    services: &Services,
    request: &HttpRequest,
    pass: &Pass,
    now: Timestamp,
) -> impl Iterator<Item = HeaderValue> + use<> {
    let now = now.floor_to_secs();
    let age = |expires_at: Timestamp| pass.session.remember.then(|| expires_at.since(now));
    let set = |kind, value, age| services.cookies.set(request, kind, value, age);
    let refresh_age = age(pass.refresh.expires_at);
    let access = set(CookieKind::Access, &pass.access.token, age(pass.access.claims.expires_at));
    let refresh = set(CookieKind::Refresh, &pass.refresh_token, refresh_age);
    let csrf = set(CookieKind::Csrf, pass.session.csrf_token.as_str(), refresh_age);
    access.chain(refresh).chain(csrf)
}
