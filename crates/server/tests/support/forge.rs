//! Tokens made by hand: a genuine one, taken apart, changed and signed again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::launch::SECRET;

/// The parts of a token, free to be changed.
#[derive(Clone)]
pub(crate) struct Forged {
    header: Value,
    claims: Value,
}

impl Forged {
    /// Takes a genuine token apart.
    pub(crate) fn from(token: &str) -> Self {
        let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
        let mut part = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
        Self { header: part(), claims: part() }
    }

    /// Changes a claim; `null` removes it.
    pub(crate) fn claim(mut self, name: &str, value: Value) -> Self {
        change(&mut self.claims, name, value);
        self
    }

    /// Changes a field of the header; `null` removes it.
    pub(crate) fn header(mut self, name: &str, value: Value) -> Self {
        change(&mut self.header, name, value);
        self
    }

    /// A token of a day long gone.
    pub(crate) fn expired(self) -> Self {
        self.claim("iat", json!(1_600_000_000)).claim("exp", json!(1_600_000_900))
    }

    /// Signs with the server's own secret, provided it was started with [`SECRET`].
    pub(crate) fn sign(&self) -> String {
        self.sign_with(SECRET)
    }

    /// Signs with any secret, by the algorithm the header names.
    pub(crate) fn sign_with(&self, secret: &str) -> String {
        self.sign_by(&EncodingKey::from_secret(secret.as_bytes()))
    }

    /// Signs with any key, by the algorithm the header names.
    pub(crate) fn sign_by(&self, key: &EncodingKey) -> String {
        let header: Header = serde_json::from_value(self.header.clone()).unwrap();
        encode(&header, &self.claims, key).unwrap()
    }

    /// What the header says of `name`.
    pub(crate) fn headed(&self, name: &str) -> &Value {
        &self.header[name]
    }

    /// Puts a signature of any kind behind it, the empty one included.
    pub(crate) fn signed_as(&self, signature: &[u8]) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.{}", part(&self.header), part(&self.claims), URL_SAFE_NO_PAD.encode(signature))
    }
}

fn change(object: &mut Value, name: &str, value: Value) {
    let fields = object.as_object_mut().unwrap();
    match value {
        Value::Null => fields.remove(name),
        value => fields.insert(name.to_owned(), value),
    };
}
