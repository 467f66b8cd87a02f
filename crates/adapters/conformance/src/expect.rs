//! What has to come back, as it is written in a row.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// What has to come back. Whatever is not named is free.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Expect {
    /// The status, or several of which one has to come.
    pub(crate) status: Option<OneOrMany<u16>>,
    /// Headers that must not be there; a `*` at the end stands for whatever follows.
    pub(crate) absent: Vec<String>,
    pub(crate) headers: BTreeMap<String, HeaderRule>,
    pub(crate) body: BodyRule,
    pub(crate) cookies: Vec<CookieRule>,
}

/// One or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// What a header has to be. It has to be there, unless `lacks` is all that is asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct HeaderRule {
    /// It stands there once, with this value or one of these.
    pub(crate) equals: Option<OneOrMany<String>>,
    /// It stands on one line.
    pub(crate) once: bool,
    /// Its list has these members, in any case and order.
    pub(crate) contains: Vec<String>,
    /// Its list has none of these members.
    pub(crate) lacks: Vec<String>,
    /// Its media type, parameters aside.
    pub(crate) media_type: Option<OneOrMany<String>>,
    /// The directive whose number `range` is about, such as `max-age`; without it, the whole value.
    pub(crate) directive: Option<String>,
    /// The least and the greatest number.
    pub(crate) range: Option<(i64, i64)>,
}

/// What the body has to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BodyRule {
    /// Whether it is empty.
    pub(crate) empty: Option<bool>,
    /// What JSON holds, by JSON Pointer (RFC 6901).
    pub(crate) equals: BTreeMap<String, Value>,
    /// Of which type it is there: `string`, `number`, `boolean`, `array`, `object`, `null`.
    pub(crate) types: BTreeMap<String, JsonType>,
    /// What JSON does not hold, by JSON Pointer.
    pub(crate) lacks: Vec<String>,
    /// Texts that do not occur anywhere in it.
    pub(crate) hides: Vec<String>,
}

/// The types of JSON.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JsonType {
    String,
    Number,
    Boolean,
    Array,
    Object,
    Null,
}

/// What has to become of a cookie.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CookieRule {
    /// Its name without `__Host-` or `__Secure-`.
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) becomes: Becomes,
    /// Attributes that stand there, by name.
    #[serde(default)]
    pub(crate) has: Vec<String>,
    /// Attributes that do not.
    #[serde(default)]
    pub(crate) lacks: Vec<String>,
    /// Attributes and their value, or values of which it has to be one.
    #[serde(default)]
    pub(crate) values: BTreeMap<String, OneOrMany<String>>,
    /// The least and the greatest `Max-Age`.
    #[serde(default)]
    pub(crate) max_age: Option<(i64, i64)>,
    /// The prefix of its name, or several of which it has to be one; the empty one for none.
    #[serde(default)]
    pub(crate) prefix: Option<OneOrMany<String>>,
    /// Whether it keeps what its prefix promises.
    #[serde(default)]
    pub(crate) keeps_prefix: bool,
    /// Whether name, `Domain`, `Path`, `SameSite`, `Secure`, `HttpOnly` and `Partitioned` are those it was set with
    /// before.
    #[serde(default)]
    pub(crate) mirrors: bool,
}

/// What becomes of a cookie in the browser.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Becomes {
    /// It has a value from now on.
    #[default]
    Set,
    /// It is gone from now on.
    Cleared,
    /// Nothing.
    Untouched,
}

impl Expect {
    /// Every text in which placeholders are filled.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let equals = self.headers.values().filter_map(|rule| rule.equals.as_ref());
        let mut texts: Vec<&str> = equals.flat_map(OneOrMany::as_slice).map(String::as_str).collect();
        texts.extend(self.body.equals.values().filter_map(Value::as_str));
        texts.extend(self.body.hides.iter().map(String::as_str));
        texts
    }

    /// Whether this status may come.
    pub(crate) fn allows(&self, status: u16) -> bool {
        self.status.as_ref().is_none_or(|allowed| allowed.as_slice().contains(&status))
    }
}
