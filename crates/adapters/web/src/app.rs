//! The application: routes inside their layers.

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, Error, web};

use crate::diagnostics::Diagnostics;
use crate::layers::cors::CorsLayer;
use crate::layers::csrf::origin_check;
use crate::layers::envelope::{Https, envelope};
use crate::layers::problems::problems;
use crate::options::WebOptions;
use crate::origins::LiveOrigins;
use crate::routes;
use crate::services::Services;

/// Everything concierge answers. actix-web calls it once per worker; unit tests call it once per test.
pub fn app(
    services: &web::Data<Services>,
    origins: &Arc<LiveOrigins>,
    options: &WebOptions,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    let https = Https(options.https);
    let outer = services.clone();
    let live = Arc::clone(origins);
    App::new()
        .app_data(services.clone())
        .app_data(web::Data::new(Diagnostics::new(origins, options)))
        .configure(|config| routes::configure(config, services, options))
        .wrap(from_fn(problems))
        .wrap(from_fn(move |request, next| origin_check(Arc::clone(&live), request, next)))
        .wrap(CorsLayer {
            origins: Arc::clone(origins),
            options: options.cors.clone(),
            services: services.clone(),
        })
        .wrap(from_fn(move |request, next| envelope(https, outer.clone(), request, next)))
}
