//! `POST /admin/explain`: what `concierge explain` tells, by the registry and the options in force here.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::endpoint;
use crate::body::JsonObject;
use crate::caller::AskingAdministrator;
use crate::diagnostics::Diagnostics;
use crate::error::ApiError;
use crate::explain::{ExplainError, ExplainRequest, explanation_body};
use crate::fields::Fields;

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(endpoint(web::resource("/admin/explain").route(web::post().to(explain))));
}

async fn explain(
    diagnostics: web::Data<Diagnostics>,
    _: AskingAdministrator,
    request: HttpRequest,
    JsonObject(fields): JsonObject,
) -> Result<HttpResponse, ApiError> {
    let asked = asked(&fields)?;
    let registry = diagnostics.origins.pinned(&request);
    Ok(HttpResponse::Ok().json(explanation_body(&asked.explain(&registry, &diagnostics.cors))))
}

fn asked(fields: &Fields) -> Result<ExplainRequest, ApiError> {
    let (origin, path) = (fields.optional_string("origin")?, fields.string("path")?);
    let method = fields.optional_string("method")?.unwrap_or("GET");
    let line = |(name, value): (&str, &str)| match name.contains(':') {
        // As a line it would be another header.
        true => Err(ExplainError::Header(name.to_owned())),
        false => Ok(format!("{name}: {value}")),
    };
    let headers = fields.pairs("headers")?.into_iter().map(line).collect::<Result<Vec<_>, _>>()?;
    Ok(ExplainRequest::parse(method, path, origin, headers.iter().map(String::as_str))?)
}
