//! Signed tokens: JSON Web Tokens (RFC 7519) with pinned algorithms and explicit types (RFC 8725).
//!
//! [`JwtSigner`] keeps the law of `TokenSigner`, with the keys of a [`KeyRing`]: one signs, all verify. A token
//! names its key by `kid`; the key, not the token, says which algorithm it is for. [`KeyFolder`] is where key
//! pairs are kept, and its [`Plan`] says when each of them signs and verifies. [`Secret`] is the operator's secret
//! and derives every other key that concierge needs.
//!
//! To add an algorithm, add it to [`KeyAlgorithm`], and the compiler names the places that make, read and
//! publish its keys; nothing that verifies changes, because it already goes by the key's own algorithm.

mod algorithm;
mod folder;
mod key;
mod pair;
mod plan;
mod public_key;
mod ring;
mod secret;
mod signer;
mod wire;

pub use algorithm::KeyAlgorithm;
pub use folder::{FolderError, KeyFolder};
pub use key::Key;
pub use pair::{CannotGenerate, KeyError, generate};
pub use plan::{Duty, Kid, ListedKey, Plan, PlanError, SignedBy, Standing};
pub use ring::KeyRing;
pub use secret::{Secret, SecretTooShort};
pub use signer::JwtSigner;
