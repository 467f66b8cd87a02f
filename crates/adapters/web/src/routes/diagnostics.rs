//! `/diagnostics`: a page, and a script for the pages of frontends, that make the round trip of a call and its cookies in
//! the visitor's own browser and tell where it breaks; and the counters of what became of each origin's calls.

mod page;
mod probes;

use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::endpoint;
use crate::diagnostics::{Diagnostician, Diagnostics};
use crate::services::Services;
use crate::tally::Counted;

const SCRIPT_PATH: &str = "/diagnostics.js";
const STYLE_PATH: &str = "/diagnostics/style.css";
const COOKIES_PATH: &str = "/diagnostics/cookies";

const SCRIPT: &str = include_str!("diagnostics/diagnostics.js");
const STYLE: &str = include_str!("diagnostics/style.css");

/// Nothing but the page's own script and style, and calls of the API that it comes from.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                           form-action 'none'; frame-ancestors 'none'";

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

pub(super) fn configure(config: &mut ServiceConfig) {
    let page = web::resource("/diagnostics").route(web::get().to(page)).route(web::head().to(page));
    let script = web::resource(SCRIPT_PATH).route(web::get().to(script)).route(web::head().to(script));
    let style = web::resource(STYLE_PATH).route(web::get().to(style)).route(web::head().to(style));
    let origins =
        web::resource("/diagnostics/origins").route(web::get().to(origins)).route(web::head().to(origins));
    let cookies = web::resource(COOKIES_PATH)
        .route(web::get().to(probes::came_back))
        .route(web::head().to(probes::came_back))
        .route(web::post().to(probes::set))
        .route(web::delete().to(probes::clear));
    for resource in [page, script, style, origins, cookies] {
        config.service(endpoint(resource));
    }
}

async fn page(
    services: web::Data<Services>,
    diagnostics: web::Data<Diagnostics>,
    _: Diagnostician,
    request: HttpRequest,
) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        // With no-referrer the page's own POST would carry `Origin: null`.
        .insert_header((REFERRER_POLICY, "same-origin"));
    response.body(page::html(&services, &diagnostics.origins.pinned(&request), &request))
}

/// The script is the same for everybody and holds no secret. It loads into any page, a stranger's too: that is where it has
/// most to explain.
async fn script() -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin")));
    response.body(SCRIPT)
}

async fn style() -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/css; charset=utf-8")).body(STYLE)
}

async fn origins(services: web::Data<Services>, _: Diagnostician) -> HttpResponse {
    let rows: Vec<_> = services.tally.read().iter().map(counted).collect();
    HttpResponse::Ok().json(json!({"origins": rows}))
}

fn counted(counted: &Counted) -> Value {
    json!({
        "origin": counted.origin,
        "answered": counted.answered,
        "refused": counted.refused,
        "cookies_set": counted.cookies_set,
        "cookies_seen": counted.cookies_seen,
        "cookies_never_seen": counted.cookies_never_seen,
    })
}
