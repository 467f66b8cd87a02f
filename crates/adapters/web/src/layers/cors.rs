//! CORS (Fetch standard, section 3.3): the one place that decides which origins may read answers.
//!
//! The registry decides; actix-cors writes the headers. It is asked only about requests that were decided
//! in their favour, because of what 0.7.2 does otherwise: it sends `Allow-Credentials` to origins that are
//! not allowed, answers a refused preflight 400 without `Vary`, and an allowed one 200. Its lists come in an
//! order that changes from run to run; here they are written in one that stays. The two policies, for listed
//! origins and for the open public group, are two instances of it around one inner service.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use actix_cors::{Cors, CorsMiddleware};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderName,
    HeaderValue, ORIGIN, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, HttpRequest};
use concierge_origins::{Decision, Registry};

use crate::error::ApiError;
use crate::options::CorsOptions;
use crate::request_id::RequestId;
use crate::routes::is_public;

const METHODS: [Method; 6] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// What a frontend may send, beyond what the Fetch standard allows unasked.
const REQUEST_HEADERS: [&str; 8] = [
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "X-CSRF-Token",
    "X-Request-Id",
    "traceparent",
    "tracestate",
];

const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");

/// What a frontend's script may read, beyond what the Fetch standard shows unasked.
const EXPOSED_HEADERS: HeaderValue =
    HeaderValue::from_static("Retry-After, X-Request-Id, RateLimit, RateLimit-Policy");

/// As much of a refused origin as goes into the log and the answer: any origin there is fits, and nobody can fill
/// the log with one header.
const LOGGED_CHARS: usize = 300;

const VARY_PREFLIGHT: HeaderValue =
    HeaderValue::from_static("Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
const VARY_ACTUAL: HeaderValue = HeaderValue::from_static("Origin");

/// The layer; made once per worker.
pub(crate) struct CorsLayer {
    pub(crate) registry: Arc<Registry>,
    pub(crate) options: CorsOptions,
}

impl CorsLayer {
    fn base(&self) -> Cors {
        Cors::default()
            .allowed_methods(METHODS)
            .supports_credentials()
            .max_age(usize::try_from(self.options.max_age.as_secs()).ok())
            // `Vary` stands on answers that actix-cors never sees, so it is written here.
            .disable_vary_header()
    }

    /// What frontends may send, the operator's own headers included.
    fn request_headers(&self) -> impl Iterator<Item = &str> {
        REQUEST_HEADERS.into_iter().chain(self.options.extra_headers.iter().map(String::as_str))
    }

    fn listed(&self) -> Cors {
        // The registry has said yes to whatever comes here; see `Caller::Allowed`.
        self.base().allowed_headers(self.request_headers()).allowed_origin_fn(|_, _| true)
    }

    fn open(&self) -> Cors {
        self.base().allow_any_origin().allow_any_header()
    }
}

impl<S, B> Transform<S, ServiceRequest> for CorsLayer
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = CorsService<S>;
    type InitError = ();
    type Future = Pin<Box<dyn Future<Output = Result<CorsService<S>, ()>>>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let inner = Rc::new(service);
        let listed = self.listed().new_transform(Rc::clone(&inner));
        let open = self.open().new_transform(Rc::clone(&inner));
        let (registry, options) = (Arc::clone(&self.registry), self.options.clone());
        let request_headers = self.request_headers().collect::<Vec<_>>().join(", ");
        let request_headers = HeaderValue::try_from(request_headers).map_err(|_| ());
        Box::pin(async move {
            let (listed, open, request_headers) = (listed.await?, open.await?, request_headers?);
            Ok(CorsService { inner, listed, open, registry, options, request_headers })
        })
    }
}

/// The layer around one worker's routes.
pub(crate) struct CorsService<S> {
    inner: Rc<S>,
    listed: CorsMiddleware<Rc<S>>,
    open: CorsMiddleware<Rc<S>>,
    registry: Arc<Registry>,
    options: CorsOptions,
    /// The list of request headers that frontends may send.
    request_headers: HeaderValue,
}

/// Who asks, as far as CORS cares.
enum Caller {
    /// No `Origin`: no browser, or a page of our own that only reads; perhaps from the open public group.
    NoOrigin {
        open: bool,
    },
    /// Any origin at all, for the public group is open.
    Anybody,
    Allowed,
    /// Carries the origin, cut short, for the error.
    Refused(String),
}

impl<S> CorsService<S> {
    fn caller(&self, request: &ServiceRequest) -> Caller {
        let open = self.options.open_public_routes && is_public(request.path());
        let mut origins = request.headers().get_all(ORIGIN);
        let Some(origin) = origins.next() else { return Caller::NoOrigin { open } };
        if origins.next().is_some() {
            return self.refused(request, b"", "several Origin headers, where browsers send one");
        }
        if open {
            return Caller::Anybody;
        }
        match self.registry.decide(origin.as_bytes()) {
            Decision::Own | Decision::Allowed => Caller::Allowed,
            Decision::Refused(refused) => {
                self.refused(request, origin.as_bytes(), &refused.explain().to_string())
            }
        }
    }

    /// Every refused origin is logged with the reason and the nearest allowed one.
    fn refused(&self, request: &ServiceRequest, origin: &[u8], reason: &str) -> Caller {
        let origin = excerpt(origin);
        tracing::warn!(
            target: "cors",
            request_id = RequestId::of(request.request()).as_str(),
            origin,
            path = request.path(),
            "refused an origin: {reason}",
        );
        Caller::Refused(origin)
    }
}

impl<S, B> Service<ServiceRequest> for CorsService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let caller = self.caller(&request);
        let preflight = is_preflight(&request);
        if preflight {
            // Whatever was asked for, the answer is the true lists: the browser compares them itself, and its
            // console names the method or header at fault, not the origin.
            request.headers_mut().insert(ACCESS_CONTROL_REQUEST_METHOD, VALID_METHOD);
        }
        let answer: Self::Future = match &caller {
            Caller::Anybody => Box::pin(self.open.call(request)),
            Caller::Allowed => {
                if preflight {
                    request.headers_mut().remove(ACCESS_CONTROL_REQUEST_HEADERS);
                }
                Box::pin(self.listed.call(request))
            }
            Caller::Refused(origin) if preflight || self.options.reject_unknown_origins => {
                let response = refusal(request.request(), origin);
                Box::pin(async move { Ok(response) })
            }
            Caller::NoOrigin { .. } | Caller::Refused(_) => {
                let answer = self.inner.call(request);
                Box::pin(async move { Ok(answer.await?.map_into_left_body()) })
            }
        };
        let request_headers = self.request_headers.clone();
        Box::pin(async move {
            let mut response = answer.await?;
            if preflight && response.status() == StatusCode::OK {
                *response.response_mut().status_mut() = StatusCode::NO_CONTENT;
            }
            let headers = response.headers_mut();
            headers.insert(VARY, if preflight { VARY_PREFLIGHT } else { VARY_ACTUAL });
            match caller {
                Caller::Allowed if preflight => {
                    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS);
                    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, request_headers);
                }
                Caller::Anybody if preflight => {
                    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS);
                }
                Caller::Allowed | Caller::Anybody => {
                    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
                }
                Caller::NoOrigin { open: true } => {
                    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
                    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
                }
                Caller::NoOrigin { open: false } | Caller::Refused(_) => {}
            }
            Ok(response)
        })
    }
}

/// A refused origin as the log and the answer show it.
pub(super) fn excerpt(origin: &[u8]) -> String {
    String::from_utf8_lossy(origin).chars().take(LOGGED_CHARS).collect()
}

/// A method that actix-cors lets through; see where it is used.
const VALID_METHOD: HeaderValue = HeaderValue::from_static("GET");

/// Fetch standard, section 3.3.2: OPTIONS with an origin and the method that is asked for.
fn is_preflight(request: &ServiceRequest) -> bool {
    let asks = |name: HeaderName| request.headers().contains_key(name);
    request.method() == Method::OPTIONS && asks(ORIGIN) && asks(ACCESS_CONTROL_REQUEST_METHOD)
}

fn refusal<B>(request: &HttpRequest, origin: &str) -> ServiceResponse<EitherBody<B>> {
    let error = ApiError::origin_not_allowed(origin);
    let response = error.problem().response(&RequestId::of(request));
    ServiceResponse::new(request.clone(), response).map_into_right_body()
}
