//! What each domain error is told as. Every `match` is exhaustive: a new error breaks the build until somebody has
//! decided.

use actix_web::http::StatusCode;
use concierge_greeting::{NameError, UnsupportedLanguage};
use concierge_kernel::StoreFailure;
use concierge_throttle::{Limit, ThrottleError, Throttled};
use concierge_tokens::{CsrfError, OpenSessionError, RotateError, SigningFailure};
use concierge_users::{
    AuthenticateError, ChangePasswordError, ChangeUserError, NothingToChange, PasswordChangeError,
    RegisterError, RegistrationError, Role, UsernamePrefixError,
};

use super::{ApiError, RETRY_WHEN_UNAVAILABLE};
use crate::body::BodyError;
use crate::explain::ExplainError;
use crate::fields::FieldError;
use crate::page::PageError;
use crate::problem::{Next, Problem};

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
            FieldError::NotAString(_)
            | FieldError::NotABoolean(_)
            | FieldError::NotAListOfStrings(_)
            | FieldError::NotAnObjectOfStrings(_)
            | FieldError::NotOneOf { .. } => "invalid_field",
        };
        Self::bad_request(code, error.to_string())
    }
}

impl From<ExplainError> for ApiError {
    fn from(error: ExplainError) -> Self {
        let code = match error {
            ExplainError::Method(_) => "invalid_method",
            ExplainError::Path(_) => "invalid_path",
            ExplainError::Header(_) => "invalid_header",
        };
        Self::bad_request(code, error.to_string())
    }
}

impl From<PageError> for ApiError {
    fn from(error: PageError) -> Self {
        let code = match error {
            PageError::Limit => "invalid_limit",
            PageError::Cursor => "invalid_cursor",
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

impl From<ThrottleError> for ApiError {
    fn from(error: ThrottleError) -> Self {
        match error {
            ThrottleError::Throttled(throttled) => too_many_requests(throttled),
            ThrottleError::Store(failure) => failure.into(),
        }
    }
}

fn too_many_requests(throttled: Throttled) -> ApiError {
    let what = match throttled.limit {
        // Which of the three is in the headers; to whoever waits they are one.
        Limit::LoginPair | Limit::LoginAddress | Limit::LoginAccount => "Too many failed logins",
        Limit::RegisterAddress => "Too many registrations from this address",
        Limit::RefreshSession => "Too many refreshes of this session",
        Limit::VisitorAddress => "Too many new visitors from this address",
        Limit::Report | Limit::Reports => "Too many requests",
    };
    // Rounded up: whoever waits so long is let in.
    let secs = u32::try_from(throttled.retry_after.as_nanos().div_ceil(1_000_000_000)).unwrap_or(u32::MAX);
    let wait = match secs {
        1 => "a second".to_owned(),
        2..=120 => format!("{secs} seconds"),
        _ => format!("{} minutes", secs.div_ceil(60)),
    };
    let detail = format!("{what}: wait {wait}, then try again");
    let mut problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail);
    problem.retry_after = Some(secs);
    problem.throttled = Some(throttled);
    problem.into()
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

impl From<UsernamePrefixError> for ApiError {
    fn from(error: UsernamePrefixError) -> Self {
        match error {
            UsernamePrefixError::TooLong | UsernamePrefixError::Character(_) => {
                Self::bad_request("invalid_query", format!("Invalid query: {error}"))
            }
        }
    }
}

impl From<NothingToChange> for ApiError {
    fn from(_: NothingToChange) -> Self {
        Self::bad_request("missing_field", "Say what is to change: 'roles', 'disabled' or both")
    }
}

impl From<ChangeUserError> for ApiError {
    fn from(error: ChangeUserError) -> Self {
        match error {
            ChangeUserError::UnknownUser => Self::no_such_user(),
            ChangeUserError::NotPermitted => Self::role_required(Role::Admin),
            ChangeUserError::LastAdmin => {
                let detail = "Nobody would be left with the role admin: give it to somebody else first";
                Self::new(StatusCode::CONFLICT, "last_admin", detail)
            }
            ChangeUserError::Store(failure) => failure.into(),
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
