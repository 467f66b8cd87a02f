//! Reading the fields of a JSON object, with errors that name the field.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

/// The fields of a request's body. Not `Debug`: passwords are among them.
pub(crate) struct Fields(pub(crate) Map<String, Value>);

/// What is wrong with a field. `null` is a value like any other, and of the wrong type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FieldError {
    #[error("Missing required field: '{0}'")]
    Missing(&'static str),
    #[error("Field '{0}' must be a string")]
    NotAString(&'static str),
    #[error("Field '{0}' must be true or false")]
    NotABoolean(&'static str),
    #[error("Field '{0}' must be a list of strings")]
    NotAListOfStrings(&'static str),
    #[error("Field '{0}' must be an object whose values are strings")]
    NotAnObjectOfStrings(&'static str),
    #[error("Field '{field}' must be one of: {choices}")]
    NotOneOf { field: &'static str, choices: &'static str },
}

impl Fields {
    pub(crate) fn string(&self, name: &'static str) -> Result<&str, FieldError> {
        self.optional_string(name)?.ok_or(FieldError::Missing(name))
    }

    pub(crate) fn optional_string(&self, name: &'static str) -> Result<Option<&str>, FieldError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(FieldError::NotAString(name)),
        }
    }

    /// A flag that is off when it is left out.
    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, FieldError> {
        Ok(self.optional_flag(name)?.unwrap_or(false))
    }

    pub(crate) fn optional_flag(&self, name: &'static str) -> Result<Option<bool>, FieldError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(FieldError::NotABoolean(name)),
        }
    }

    pub(crate) fn optional_strings(&self, name: &'static str) -> Result<Option<Vec<&str>>, FieldError> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let texts = value.as_array().and_then(|values| values.iter().map(Value::as_str).collect());
        texts.map(Some).ok_or(FieldError::NotAListOfStrings(name))
    }

    /// The pairs of an object of strings; none when it is left out.
    pub(crate) fn pairs(&self, name: &'static str) -> Result<Vec<(&str, &str)>, FieldError> {
        let Some(value) = self.0.get(name) else { return Ok(Vec::new()) };
        let pairs = value.as_object().and_then(|object| {
            object.iter().map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect()
        });
        pairs.ok_or(FieldError::NotAnObjectOfStrings(name))
    }
}

/// A field that stands twice is refused: this program takes one of the two, and whatever looked at the body on its way here
/// may have taken the other (RFC 8259, section 4).
impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Fields, A::Error> {
        /// A longer name is none of ours, and not worth repeating.
        const LONGEST_TOLD: usize = 32;
        let mut fields = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if fields.contains_key(&name) {
                return Err(A::Error::custom(if name.len() > LONGEST_TOLD {
                    "a field stands twice".to_owned()
                } else {
                    format!("the field '{name}' stands twice")
                }));
            }
            fields.insert(name, entries.next_value()?);
        }
        Ok(Fields(fields))
    }
}
