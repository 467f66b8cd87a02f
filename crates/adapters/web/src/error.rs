//! From domain errors to statuses: the only place that knows both.
//!
//! Every `match` here is exhaustive, so that a new domain error breaks the build until somebody has decided
//! what clients are told of it.

mod mapping;

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use concierge_kernel::BoxError;
use concierge_origins::Distrust;
use concierge_tokens::TokenRefused;
use concierge_users::Role;

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
    /// Whether the log has heard of it from whoever found it.
    told: bool,
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

    pub(crate) fn role_required(role: Role) -> Self {
        let detail = format!("This takes the role {role}, which the session's user does not have");
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    pub(crate) fn no_such_user() -> Self {
        Self::new(StatusCode::NOT_FOUND, "user_not_found", "There is no such user")
    }

    pub(crate) fn ambiguous_query() -> Self {
        Self::bad_request("invalid_query", "Invalid query: give the beginning of one username, once")
    }

    /// Somebody else's session and one that never was, or was forgotten since, are told alike.
    pub(crate) fn no_such_session() -> Self {
        Self::new(StatusCode::NOT_FOUND, "session_not_found", "You have no such session")
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

    /// The log was told when it began, and will be when it ends.
    pub(crate) fn visitor_sessions_away() -> Self {
        let detail = "What is remembered of visitors is out of reach just now; try again";
        Self { told: true, ..Self::unavailable("store_unavailable", detail, RETRY_WHEN_UNAVAILABLE) }
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

    /// Whether what the client asked for is wrong in itself.
    pub(crate) fn is_bad_request(&self) -> bool {
        self.problem.status == StatusCode::BAD_REQUEST
    }

    /// Whether the client may not do what it asked for, whoever it is.
    pub(crate) fn is_forbidden(&self) -> bool {
        self.problem.status == StatusCode::FORBIDDEN
    }

    /// Whether nobody has shown who they are.
    pub(crate) fn is_unauthorized(&self) -> bool {
        self.problem.status == StatusCode::UNAUTHORIZED
    }

    /// Whether it went wrong here, by no fault of the client's.
    pub(crate) fn is_ours(&self) -> bool {
        self.problem.status.is_server_error()
    }

    /// Whether the log has heard of it already.
    pub(crate) fn is_told(&self) -> bool {
        self.told
    }

    pub(crate) fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The cause and the causes of the cause, for the log.
    pub(crate) fn cause_chain(&self) -> String {
        self.cause.as_deref().map(|cause| cause_chain(cause)).unwrap_or_default()
    }
}

/// An error and its causes, for the log.
pub(crate) fn cause_chain(error: &dyn std::error::Error) -> String {
    let mut chain = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        chain.push(cause.to_string());
        next = cause.source();
    }
    chain.join(": ")
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), cause: None, told: false }
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
