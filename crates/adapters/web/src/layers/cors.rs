//! CORS (Fetch standard, section 3.3).
//!
//! [`CorsPolicy`] judges; actix-cors writes the headers. It is asked only about requests that were decided
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
use actix_web::{Error, HttpRequest, web};
use concierge_origins::{
    CorsPolicy, CorsRequest, METHODS, OriginHeader, REQUEST_HEADERS, Registry, Sharing, Stranger,
};

use crate::error::ApiError;
use crate::options::CorsOptions;
use crate::origins::LiveOrigins;
use crate::request_id::RequestId;
use crate::routes::kind_of;
use crate::services::Services;
use crate::tally::{Rank, Tally};

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
    pub(crate) origins: Arc<LiveOrigins>,
    pub(crate) options: CorsOptions,
    pub(crate) services: web::Data<Services>,
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
        let (origins, policy) = (Arc::clone(&self.origins), self.options.policy());
        let services = self.services.clone();
        let list = |items: Vec<&str>| HeaderValue::try_from(items.join(", ")).map_err(|_| ());
        let (methods, request_headers) = (list(METHODS.to_vec()), list(self.request_headers().collect()));
        Box::pin(async move {
            let (methods, request_headers) = (methods?, request_headers?);
            Ok(CorsService {
                inner,
                listed: listed.await?,
                open: open.await?,
                origins,
                policy,
                services,
                methods,
                request_headers,
            })
        })
    }
}

/// The layer around one worker's routes.
pub(crate) struct CorsService<S> {
    inner: Rc<S>,
    listed: CorsMiddleware<Rc<S>>,
    open: CorsMiddleware<Rc<S>>,
    origins: Arc<LiveOrigins>,
    policy: CorsPolicy,
    services: web::Data<Services>,
    /// The list of methods that frontends may use.
    methods: HeaderValue,
    /// The list of request headers that frontends may send.
    request_headers: HeaderValue,
}

/// How an answer is to look: what is left of [`Sharing`] once strangers have been told of.
#[derive(Clone, Copy)]
enum Look {
    /// No CORS headers.
    Plain,
    /// `*`, without credentials.
    World,
    /// Echoes any origin and what it asks for.
    AnyOrigin,
    /// The origin and the true lists.
    Listed,
}

/// Every refused origin is counted, and logged with the reason and the nearest allowed one. Returns it, cut short.
fn tell_of(stranger: Stranger<'_>, request: &ServiceRequest, tally: &Tally) -> String {
    let (origin, reason) = match stranger {
        Stranger::Origin(refused) => {
            let origin = request.headers().get(ORIGIN).map(HeaderValue::as_bytes).unwrap_or_default();
            let origin = excerpt(origin);
            tally.refused(&origin);
            (origin, refused.explain().to_string())
        }
        Stranger::SeveralOrigins => {
            (String::new(), "several Origin headers, where browsers send one".to_owned())
        }
    };
    tracing::warn!(
        target: "cors",
        request_id = RequestId::of(request.request()).as_str(),
        origin,
        path = request.path(),
        "refused an origin: {reason}",
    );
    origin
}

fn count_answered(request: &ServiceRequest, registry: &Registry, tally: &Tally) {
    if let Some(Ok(origin)) = request.headers().get(ORIGIN).map(HeaderValue::to_str) {
        tally.answered(origin, Rank::of_allowed(registry, origin.as_bytes()));
    }
}

fn judge<'a>(
    policy: CorsPolicy,
    registry: &'a Registry,
    request: &'a ServiceRequest,
    preflight: bool,
) -> Sharing<'a> {
    let origins = request.headers().get_all(ORIGIN).map(HeaderValue::as_bytes);
    let origin = OriginHeader::read(registry, origins);
    policy.judge(&CorsRequest { origin, route: kind_of(request.match_info().as_str()), preflight })
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
        let registry = self.origins.pin(request.request());
        let tally = &self.services.tally;
        let preflight = is_preflight(&request);
        let look = match judge(self.policy, &registry, &request, preflight) {
            Sharing::NotAsked => Look::Plain,
            Sharing::World => Look::World,
            Sharing::AnyOrigin => Look::AnyOrigin,
            Sharing::Own | Sharing::Allowed => {
                count_answered(&request, &registry, tally);
                Look::Listed
            }
            Sharing::Withheld(stranger) => {
                tell_of(stranger, &request, tally);
                Look::Plain
            }
            Sharing::Refused(stranger) => {
                let origin = tell_of(stranger, &request, tally);
                let mut response = refusal(request.request(), &origin);
                response.headers_mut().insert(VARY, vary(preflight));
                return Box::pin(async move { Ok(response) });
            }
        };
        if preflight {
            // Whatever was asked for, the answer is the true lists: the browser compares them itself, and its
            // console names the method or header at fault, not the origin.
            request.headers_mut().insert(ACCESS_CONTROL_REQUEST_METHOD, VALID_METHOD);
        }
        let answer: Self::Future = match look {
            Look::AnyOrigin => Box::pin(self.open.call(request)),
            Look::Listed => {
                if preflight {
                    request.headers_mut().remove(ACCESS_CONTROL_REQUEST_HEADERS);
                }
                Box::pin(self.listed.call(request))
            }
            Look::Plain | Look::World => {
                let answer = self.inner.call(request);
                Box::pin(async move { Ok(answer.await?.map_into_left_body()) })
            }
        };
        let methods = self.methods.clone();
        let request_headers = self.request_headers.clone();
        Box::pin(async move {
            let mut response = answer.await?;
            if preflight && response.status() == StatusCode::OK {
                *response.response_mut().status_mut() = StatusCode::NO_CONTENT;
            }
            let headers = response.headers_mut();
            headers.insert(VARY, vary(preflight));
            match look {
                Look::Plain => {}
                Look::World => {
                    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
                    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
                }
                Look::Listed if preflight => {
                    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
                    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, request_headers);
                }
                Look::AnyOrigin if preflight => {
                    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
                }
                Look::Listed | Look::AnyOrigin => {
                    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
                }
            }
            Ok(response)
        })
    }
}

fn vary(preflight: bool) -> HeaderValue {
    if preflight { VARY_PREFLIGHT } else { VARY_ACTUAL }
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
