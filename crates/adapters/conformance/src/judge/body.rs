//! Judges bodies.

use serde_json::Value;

use super::Filler;
use crate::expect::{BodyRule, JsonType};
use crate::http::Answer;
use crate::report::Fault;

/// As much of a body or a value as is told.
const TOLD_CHARS: usize = 120;

pub(super) fn faults(rule: &BodyRule, answer: &Answer, fill: Filler<'_>) -> Result<Vec<Fault>, String> {
    let mut faults = Vec::new();
    let text = String::from_utf8_lossy(&answer.body);
    match rule.empty {
        Some(true) if !text.is_empty() => faults.push(Fault::new("an empty body", excerpt(&text))),
        Some(false) if text.is_empty() => faults.push(Fault::new("a body", "an empty one")),
        _ => {}
    }
    let json = answer.json();
    let at = |pointer: &str| json.as_ref().and_then(|json| json.pointer(pointer));
    let told = |found: Option<&Value>| match found {
        Some(value) => excerpt(&value.to_string()),
        None if json.is_none() => format!("no JSON: {}", excerpt(&text)),
        None => "nothing there".to_owned(),
    };
    for (pointer, wanted) in &rule.equals {
        let wanted = match wanted {
            Value::String(text) => Value::String(fill(text)?),
            other => other.clone(),
        };
        if at(pointer) != Some(&wanted) {
            faults.push(Fault::new(format!("{pointer} = {wanted} in the body"), told(at(pointer))));
        }
    }
    for (pointer, wanted) in &rule.types {
        if at(pointer).map(type_of) != Some(*wanted) {
            let kind = format!("{wanted:?}").to_lowercase();
            faults.push(Fault::new(format!("{pointer} of type {kind} in the body"), told(at(pointer))));
        }
    }
    for pointer in &rule.lacks {
        if let Some(found) = at(pointer) {
            faults.push(Fault::new(format!("no {pointer} in the body"), excerpt(&found.to_string())));
        }
    }
    for hidden in &rule.hides {
        let hidden = fill(hidden)?;
        if text.contains(&hidden) {
            faults.push(Fault::new(format!("a body without {hidden:?}"), excerpt(&text)));
        }
    }
    Ok(faults)
}

fn type_of(value: &Value) -> JsonType {
    match value {
        Value::Null => JsonType::Null,
        Value::Bool(_) => JsonType::Boolean,
        Value::Number(_) => JsonType::Number,
        Value::String(_) => JsonType::String,
        Value::Array(_) => JsonType::Array,
        Value::Object(_) => JsonType::Object,
    }
}

/// The beginning of a text, on one line.
fn excerpt(text: &str) -> String {
    let mut characters = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let told: String = characters.by_ref().take(TOLD_CHARS).collect();
    if characters.next().is_some() { told + "…" } else { told }
}
