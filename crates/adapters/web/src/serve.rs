//! Listening and answering, until told to stop.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpServer, web};

use crate::app;
use crate::options::{ServeOptions, WebOptions};
use crate::origins::LiveOrigins;
use crate::services::Services;
use crate::visitor::VisitorStore;

/// A running server; resolves when it has stopped.
pub type Server = actix_web::dev::Server;

/// How long a client may take to send its request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection stays to be read to its end after an answer to a body nobody wanted; see `body.rs`.
const LINGER: Duration = Duration::from_secs(5);

/// Serves on `listener` until it is stopped by its handle, whatever signals come: connections in flight have
/// [`ServeOptions::shutdown_timeout`] to finish.
///
/// Call it within actix's runtime, which then also finds out whether visitor sessions can be reached.
///
/// # Errors
/// The listener cannot be used.
pub fn serve(
    listener: TcpListener,
    services: Services,
    origins: Arc<LiveOrigins>,
    web: WebOptions,
    options: ServeOptions,
) -> io::Result<Server> {
    let services = web::Data::new(services);
    if let VisitorStore::Redis(visitors) = &web.visitor_store {
        actix_web::rt::spawn(visitors.clone().watch());
    }
    let server = HttpServer::new(move || app(&services, &origins, &web))
        .workers(options.workers)
        .worker_max_blocking_threads(options.blocking_threads)
        .client_request_timeout(HEAD_TIMEOUT)
        .client_disconnect_timeout(LINGER)
        .disable_signals()
        .shutdown_timeout(options.shutdown_timeout.as_secs())
        .listen(listener)?
        .run();
    Ok(server)
}
