//! The HTTP side: routes, cookies, CORS and error mapping on actix-web, actix-cors and actix-session.
//!
//! A request passes, from the outside in:
//!
//! 1. [`layers::envelope`](layers): its id, the headers that every answer carries, the log;
//! 2. [`layers::cors`](layers): may this origin call? Preflights end here;
//! 3. [`layers::csrf`](layers): may another site's page be behind it? Then it changes nothing here;
//! 4. [`layers::problems`](layers): every failure below becomes problem details (RFC 9457);
//! 5. a route, whose handler reads the request into a domain command, calls one use case of [`Services`],
//!    and writes the answer. Panics are caught around each route.
//!
//! To add a route: write the handler in `routes/`, register it there through [`routes::endpoint`](routes),
//! and give every new domain error its status in `error.rs`, the only place that knows any. What blocks goes
//! through [`Blocking`], the only bridge from async to sync; what is worth an event is recorded there too, see `audit.rs`. A
//! new part of the address space is listed in [`API_PATHS`], for the proxies in front.

mod app;
mod audit;
mod blocking;
mod body;
mod caller;
mod client_address;
mod cookies;
mod credentials;
mod device;
mod diagnostics;
mod error;
mod estimates;
mod explain;
mod fields;
mod layers;
mod lifetime;
mod options;
mod origins;
mod page;
mod paths;
mod problem;
mod query;
mod request_id;
mod routes;
mod serve;
mod services;
mod session_body;
mod tally;
mod throttle;
mod visitor;

pub use app::app;
pub use blocking::Blocking;
pub use client_address::{Network, NetworkError, TrustedProxies};
pub use cookies::{CookieKind, Cookies};
pub use estimates::Estimates;
pub use explain::{ExplainError, ExplainRequest, explanation_body};
pub use options::{CorsOptions, DiagnosticsAccess, ServeOptions, WebOptions};
pub use origins::LiveOrigins;
pub use paths::{API_PATHS, ApiPath};
pub use request_id::RequestIds;
pub use serve::{Server, serve};
pub use services::{Degradable, Readiness, Services};
pub use tally::Tally;
pub use throttle::Throttle;
pub use visitor::{InvalidRedisUrl, RedisVisitors, VisitorStore};
