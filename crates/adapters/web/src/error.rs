//! From domain errors to statuses: the only place that knows both.
//!
//! Every `match` here is exhaustive, so that a new domain error breaks the build until somebody has decided
//! what clients are told of it.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use concierge_greeting::{NameError, UnsupportedLanguage};
use concierge_kernel::{BoxError, StoreFailure};
use concierge_origins::Distrust;
use concierge_tokens::{CsrfError, OpenSessionError, RotateError, SigningFailure, TokenRefused};
use concierge_users::{
    AuthenticateError, ChangePasswordError, PasswordChangeError, RegisterError, RegistrationError,
};

use crate::body::BodyError;
use crate::fields::FieldError;
use crate::problem::{Next, Problem};

/// In how many seconds a client should try again what a full queue refused.
const RETRY_WHEN_OVERLOADED: u32 = 1;
/// In how many seconds a client should try again what a store could not do.
const RETRY_WHEN_UNAVAILABLE: u32 = 2;

/// Why a handler has no answer: what the client is told, and what only the log is.
#[derive(Debug)]
pub(crate) struct ApiError {
    problem: Box<Problem>,
    cause: Option<BoxError>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Problem::new(status, code, detail).into()
    }

    pub(crate) fn bad_request(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this path")
    }

    pub(crate) fn no_visitor_cookie() -> Self {
        let mut problem = Problem::new(StatusCode::NOT_FOUND, "no_cookie", "No cookie found!");
        problem.message = Some("No cookie found!");
        problem.into()
    }

    /// `origin` is empty when the header was, or when several came.
    pub(crate) fn origin_not_allowed(origin: &str) -> Self {
        if origin.is_empty() {
            let detail = "What this request says of its origin may not call this API: the Origin header is empty or came several times, where browsers send one";
            return Self::new(StatusCode::FORBIDDEN, "origin_not_allowed", detail);
        }
        let detail = format!(
            "The origin '{origin}' may not call this API. If it is one of your frontends, add it to origins.allowed."
        );
        Self::new(StatusCode::FORBIDDEN, "origin_not_allowed", detail)
    }

    /// A request that another site's page may be behind; `origin` is what it says of itself, cut short.
    pub(crate) fn distrusted(distrust: Distrust<'_>, origin: &str) -> Self {
        match distrust {
            Distrust::Origin(_) => Self::origin_not_allowed(origin),
            Distrust::SeveralOrigins | Distrust::FetchSite(_) => {
                let detail = format!("Another site's page may be behind this request: {distrust}");
                Self::new(StatusCode::FORBIDDEN, "origin_not_allowed", detail)
            }
        }
    }

    pub(crate) fn delivery_not_allowed() -> Self {
        let detail = "A browser gets its tokens as cookies: leave out \"delivery\": \"body\", which is for clients that send no Origin and no Sec-Fetch header";
        Self::bad_request("delivery_not_allowed", detail)
    }

    pub(crate) fn unauthorized(code: &'static str, detail: impl Into<Cow<'static, str>>, next: Next) -> Self {
        let mut problem = Problem::new(StatusCode::UNAUTHORIZED, code, detail);
        problem.next = Some(next);
        problem.into()
    }

    /// A token that was presented and refused.
    pub(crate) fn token_refused(token: &str, refused: TokenRefused, if_expired: Next) -> Self {
        let (code, next) = match refused {
            TokenRefused::Expired => ("token_expired", if_expired),
            TokenRefused::Defective(_) | TokenRefused::IssuedInTheFuture => ("token_invalid", Next::Login),
            TokenRefused::Revoked => return Self::session_ended(),
        };
        Self::unauthorized(code, format!("The {token} token is refused: {refused}"), next)
    }

    pub(crate) fn session_ended() -> Self {
        Self::unauthorized("session_ended", "The session has ended", Next::Login)
    }

    pub(crate) fn fresh_login_required() -> Self {
        let detail = "This asks for a login of the last minutes: log in again, then try again";
        Self::unauthorized("fresh_login_required", detail, Next::Login)
    }

    /// Somebody else's session, one that never was and one that has ended are told alike.
    pub(crate) fn no_such_session() -> Self {
        Self::new(StatusCode::NOT_FOUND, "session_not_found", "You have no such session, or it has ended")
    }

    pub(crate) fn not_ready(failing: Vec<&'static str>) -> Self {
        let detail = format!("Not ready: {} cannot serve", failing.join(", "));
        let mut problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", detail);
        problem.failing = failing;
        problem.retry_after = Some(RETRY_WHEN_UNAVAILABLE);
        problem.into()
    }

    pub(crate) fn overloaded() -> Self {
        Self::unavailable("overloaded", "Too much is going on just now; try again", RETRY_WHEN_OVERLOADED)
    }

    fn unavailable(code: &'static str, detail: &'static str, retry_after: u32) -> Self {
        let mut problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, detail);
        problem.retry_after = Some(retry_after);
        problem.into()
    }

    /// Something broke that no client can do anything about. The cause goes to the log alone.
    pub(crate) fn internal(cause: BoxError) -> Self {
        let detail = "Something went wrong here; the log has the cause under this request_id";
        let error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", detail);
        Self { cause: Some(cause), ..error }
    }

    fn because(self, cause: BoxError) -> Self {
        Self { cause: Some(cause), ..self }
    }

    /// What a response of this status, made by a library without a problem of its own, is told as.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => {
                let detail = "This path does not know that method; Allow lists those it knows";
                Self::new(status, "method_not_allowed", detail)
            }
            _ if status.is_client_error() => {
                Self::new(status, "bad_request", status.canonical_reason().unwrap_or("Bad request"))
            }
            _ => Self::internal(format!("a library answered {status}").into()),
        }
    }

    pub(crate) fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The cause and the causes of the cause, for the log.
    pub(crate) fn cause_chain(&self) -> String {
        let mut next = self.cause.as_deref().map(|cause| cause as &dyn std::error::Error);
        let mut chain = Vec::new();
        while let Some(cause) = next {
            chain.push(cause.to_string());
            next = cause.source();
        }
        chain.join(": ")
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), cause: None }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.detail)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.problem.status
    }

    /// An empty answer: the problems layer, which knows the request, gives it its body.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.problem.status)
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        let (status, code) = match error {
            BodyError::Missing => (StatusCode::BAD_REQUEST, "missing_body"),
            BodyError::Malformed(_) | BodyError::NotAnObject => (StatusCode::BAD_REQUEST, "malformed_json"),
            BodyError::Broken(_) => (StatusCode::BAD_REQUEST, "incomplete_body"),
            BodyError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "request_timeout"),
            BodyError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large"),
            BodyError::NotJson | BodyError::Encoded => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")
            }
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<FieldError> for ApiError {
    fn from(error: FieldError) -> Self {
        let code = match error {
            FieldError::Missing(_) => "missing_field",
            FieldError::NotAString(_) | FieldError::NotABoolean(_) | FieldError::NotOneOf { .. } => {
                "invalid_field"
            }
        };
        Self::bad_request(code, error.to_string())
    }
}

impl From<NameError> for ApiError {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Empty | NameError::TooLong => Self::bad_request("invalid_name", error.to_string()),
        }
    }
}

impl From<UnsupportedLanguage> for ApiError {
    fn from(error: UnsupportedLanguage) -> Self {
        Self::bad_request("unsupported_language", error.to_string())
    }
}

impl From<RegistrationError> for ApiError {
    fn from(error: RegistrationError) -> Self {
        let code = match error {
            RegistrationError::InvalidUsername(_) => "invalid_username",
            RegistrationError::InvalidPassword(_) => "invalid_password",
            RegistrationError::PasswordTooWeak(_) => "password_too_weak",
        };
        Self::bad_request(code, error.to_string())
    }
}

impl From<RegisterError> for ApiError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::UsernameTaken => Self::bad_request("username_taken", "Unable to create user."),
            RegisterError::Overloaded => Self::overloaded(),
            RegisterError::Hashing(cause) => Self::internal(cause),
            RegisterError::Store(failure) => failure.into(),
        }
    }
}

impl From<AuthenticateError> for ApiError {
    fn from(error: AuthenticateError) -> Self {
        match error {
            // Why is for the log alone: it would tell which usernames exist.
            AuthenticateError::Refused(_) => {
                Self::unauthorized("invalid_credentials", "Unauthorized", Next::Login)
            }
            AuthenticateError::Overloaded => Self::overloaded(),
            AuthenticateError::Hashing(cause) => Self::internal(cause),
            AuthenticateError::Store(failure) => failure.into(),
        }
    }
}

impl From<PasswordChangeError> for ApiError {
    fn from(error: PasswordChangeError) -> Self {
        let code = match error {
            PasswordChangeError::InvalidPassword(_) => "invalid_password",
            PasswordChangeError::PasswordTooWeak(_) => "password_too_weak",
            PasswordChangeError::Unchanged => "password_unchanged",
        };
        Self::bad_request(code, error.to_string())
    }
}

impl From<ChangePasswordError> for ApiError {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            // No 401: the session is good, and a client would take it for an order to log out.
            ChangePasswordError::WrongPassword => {
                Self::bad_request("wrong_password", "The current password is wrong.")
            }
            ChangePasswordError::Raced => {
                let detail = "The password was changed by another request just now; try again";
                Self::new(StatusCode::CONFLICT, "concurrent_change", detail)
            }
            ChangePasswordError::UserGone => Self::session_ended(),
            ChangePasswordError::Overloaded => Self::overloaded(),
            ChangePasswordError::Hashing(cause) => Self::internal(cause),
            ChangePasswordError::Store(failure) => failure.into(),
        }
    }
}

impl From<OpenSessionError> for ApiError {
    fn from(error: OpenSessionError) -> Self {
        match error {
            OpenSessionError::Store(failure) => failure.into(),
            OpenSessionError::Signing(failure) => failure.into(),
        }
    }
}

impl From<RotateError> for ApiError {
    fn from(error: RotateError) -> Self {
        match error {
            RotateError::Refused(refused) => Self::token_refused("refresh", refused, Next::Login),
            // A thief is told no more than the owner of a session that has ended.
            RotateError::Reused(_) | RotateError::SessionEnded => Self::session_ended(),
            RotateError::WrongDelivery => {
                let detail = format!("The refresh token is refused: {error}");
                Self::unauthorized("token_invalid", detail, Next::Login)
            }
            RotateError::Forgery(error) => error.into(),
            RotateError::Store(failure) => failure.into(),
            RotateError::Signing(failure) => failure.into(),
        }
    }
}

impl From<CsrfError> for ApiError {
    fn from(error: CsrfError) -> Self {
        let (code, detail) = match error {
            CsrfError::Missing => (
                "csrf_token_missing",
                "Repeat the session's csrf_token in the header X-CSRF-Token; GET /auth/csrf tells it",
            ),
            CsrfError::Mismatch => (
                "csrf_token_mismatch",
                "X-CSRF-Token is not the csrf_token of this session; GET /auth/csrf tells it",
            ),
        };
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }
}

impl From<StoreFailure> for ApiError {
    fn from(failure: StoreFailure) -> Self {
        match failure {
            StoreFailure::Unavailable(_) => {
                let detail = "What this takes is out of reach just now; try again";
                Self::unavailable("store_unavailable", detail, RETRY_WHEN_UNAVAILABLE).because(failure.into())
            }
            StoreFailure::Corrupt { .. } | StoreFailure::Failed(_) => Self::internal(failure.into()),
        }
    }
}

impl From<SigningFailure> for ApiError {
    fn from(failure: SigningFailure) -> Self {
        Self::internal(failure.into())
    }
}
