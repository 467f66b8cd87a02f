//! The details of an event as JSON.

use concierge_audit::{Detail, Details};
use serde_json::{Map, Value};

/// The JSON is no flat object of texts, whole numbers and lists of texts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MalformedDetails {
    #[error("not a JSON object")]
    NotAnObject,
    #[error("'{0}' is neither a text nor a whole number nor a list of texts")]
    Value(String),
}

pub(crate) fn to_json(details: &Details) -> Value {
    let value = |detail: &Detail| match detail {
        Detail::Text(text) => Value::from(text.as_str()),
        Detail::Number(number) => Value::from(*number),
        Detail::Names(names) => Value::from(names.as_slice()),
    };
    let object: Map<String, Value> =
        details.iter().map(|(name, detail)| (name.to_owned(), value(detail))).collect();
    Value::Object(object)
}

pub(crate) fn from_json(json: Value) -> Result<Details, MalformedDetails> {
    let Value::Object(object) = json else { return Err(MalformedDetails::NotAnObject) };
    let named = |(name, value): (String, Value)| match detail(value) {
        Some(detail) => Ok((name, detail)),
        None => Err(MalformedDetails::Value(name)),
    };
    object.into_iter().map(named).collect()
}

fn detail(value: Value) -> Option<Detail> {
    match value {
        Value::String(text) => Some(Detail::Text(text)),
        Value::Number(number) => number.as_u64().map(Detail::Number),
        Value::Array(values) => {
            let text = |value| if let Value::String(text) = value { Some(text) } else { None };
            values.into_iter().map(text).collect::<Option<_>>().map(Detail::Names)
        }
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    }
}
