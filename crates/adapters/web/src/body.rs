//! Reading a JSON body: bounded in size and time, and read to its end before it is refused.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::time::timeout;

use crate::error::ApiError;
use crate::fields::Fields;

/// The largest body that is read into memory.
const MAX_BYTES: usize = 1 << 20;
/// How much of a body that is too large is read and thrown away. A server that answers 413 and closes while
/// the client still sends makes Firefox report a broken connection instead of the answer.
const MAX_DRAINED_BYTES: usize = 16 << 20;
const MAX_DRAINING: Duration = Duration::from_secs(5);
/// How long a body may take to arrive.
const MAX_READING: Duration = Duration::from_secs(30);

/// Why a body is no JSON object.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("Missing request body")]
    Missing,
    #[error("Malformed JSON: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("The request body must be a JSON object")]
    NotAnObject,
    #[error("The request body broke off or was not framed as its headers say")]
    Broken(#[source] PayloadError),
    #[error("The request body took longer than {} seconds", MAX_READING.as_secs())]
    TooSlow,
    #[error("Payload too large")]
    TooLarge,
    #[error("The request body must be JSON, sent with 'Content-Type: application/json'")]
    NotJson,
    #[error("The request body must not be compressed: leave out 'Content-Encoding'")]
    Encoded,
}

/// A request's body: a JSON object of at most 1 MiB.
pub(crate) struct JsonObject(pub(crate) Fields);

impl FromRequest for JsonObject {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = media_type(request.headers());
        let announced = announced_length(request.headers());
        let mut payload = payload.take();
        Box::pin(async move {
            let body = match timeout(MAX_READING, read(&mut payload, announced)).await {
                Ok(body) => body?,
                Err(_) => return Err(BodyError::TooSlow.into()),
            };
            if body.is_empty() {
                return Err(BodyError::Missing.into());
            }
            kind?;
            Ok(Self(parse(&body)?))
        })
    }
}

fn parse(body: &[u8]) -> Result<Fields, BodyError> {
    if body.trim_ascii_start().starts_with(b"{") {
        return Ok(serde_json::from_slice(body)?);
    }
    // Whoever sent no JSON at all is told where it ends to be JSON.
    serde_json::from_slice::<Value>(body)?;
    Err(BodyError::NotAnObject)
}

/// Whether the headers promise plain JSON. Asking for the exact type keeps HTML forms out: none can send it.
fn media_type(headers: &HeaderMap) -> Result<(), BodyError> {
    let identity = |encoding: &[u8]| encoding.is_empty() || encoding.eq_ignore_ascii_case(b"identity");
    if !headers.get_all(CONTENT_ENCODING).all(|encoding| identity(encoding.as_bytes())) {
        return Err(BodyError::Encoded);
    }
    let mut types = headers.get_all(CONTENT_TYPE);
    let (Some(value), None) = (types.next(), types.next()) else { return Err(BodyError::NotJson) };
    let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    let json = essence.trim_ascii().eq_ignore_ascii_case(b"application/json");
    json.then_some(()).ok_or(BodyError::NotJson)
}

fn announced_length(headers: &HeaderMap) -> usize {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    length.unwrap_or(0)
}

async fn read(payload: &mut Payload, announced: usize) -> Result<BytesMut, BodyError> {
    let mut body = BytesMut::with_capacity(announced.min(16 << 10));
    if announced > MAX_BYTES {
        return Err(drain(payload).await);
    }
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(BodyError::Broken)?;
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(drain(payload).await);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads on without keeping anything, as far as is reasonable; always ends in [`BodyError::TooLarge`].
async fn drain(payload: &mut Payload) -> BodyError {
    let mut drained = 0;
    let draining = async {
        while let Some(Ok(chunk)) = payload.next().await {
            drained += chunk.len();
            if drained > MAX_DRAINED_BYTES {
                break;
            }
        }
    };
    // Running out of time is as good an end as any: the answer is the same.
    drop(timeout(MAX_DRAINING, draining).await);
    BodyError::TooLarge
}
