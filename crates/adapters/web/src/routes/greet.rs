//! `POST /greet`: the public greeting.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use concierge_greeting::{Greet, Language, Name};
use serde::Serialize;

use super::endpoint;
use crate::body::JsonObject;
use crate::error::ApiError;
use crate::fields::Fields;
use crate::services::Services;

pub(super) const PATH: &str = "/greet";

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(endpoint(web::resource(PATH).route(web::post().to(greet))));
}

#[derive(Serialize)]
struct GreetingBody {
    greeting: String,
    timestamp: String,
}

async fn greet(services: web::Data<Services>, body: JsonObject) -> Result<HttpResponse, ApiError> {
    let greeting = services.greeter.greet(&command(&body.0)?);
    let timestamp = greeting.spoken_at.to_string();
    Ok(HttpResponse::Ok().json(GreetingBody { greeting: greeting.text, timestamp }))
}

fn command(fields: &Fields) -> Result<Greet, ApiError> {
    let name = Name::parse(fields.string("name")?)?;
    let language = fields.optional_string("lang")?.map(Language::parse).transpose()?.unwrap_or_default();
    Ok(Greet { name, language })
}
