//! Signed tokens: JSON Web Tokens (RFC 7519) with pinned algorithms and explicit types (RFC 8725).
//!
//! [`JwtSigner`] keeps the law of `TokenSigner`. A token names its key by `kid`; the key, not the token,
//! says which algorithm it is for. [`Secret`] is the operator's secret and derives every other key that
//! concierge needs, so that there is one secret to keep.
//!
//! To add an algorithm, add a way to make a [`key`](self)'s pair of encoding and decoding key; nothing that
//! verifies changes, because it already goes by the key's own algorithm.

mod key;
mod secret;
mod signer;
mod wire;

pub use secret::{Secret, SecretTooShort};
pub use signer::JwtSigner;
