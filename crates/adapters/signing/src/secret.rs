//! The operator's secret and what derives from it.

use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// A secret of at least [`Secret::MIN_BYTES`] bytes, as RFC 7518, section 3.2, asks of an HS256 key.
pub struct Secret(SecretString);

/// The secret is too short to be safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret has {0} bytes; it needs at least {min}", min = Secret::MIN_BYTES)]
pub struct SecretTooShort(pub usize);

impl Secret {
    /// The fewest bytes a secret may have.
    pub const MIN_BYTES: usize = 32;

    /// Takes a secret that is long enough.
    pub fn new(secret: SecretString) -> Result<Self, SecretTooShort> {
        match secret.expose_secret().len() {
            length if length < Self::MIN_BYTES => Err(SecretTooShort(length)),
            _ => Ok(Self(secret)),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }

    /// A key of `N` bytes for the purpose that `label` names, by HKDF-SHA256 (RFC 5869). Keys of different
    /// labels tell nothing of each other or of the secret.
    pub fn derive<const N: usize>(&self, label: &str) -> [u8; N] {
        const { assert!(N <= 255 * 32, "HKDF-SHA256 cannot make more") };
        let mut key = [0; N];
        let expanded = Hkdf::<Sha256>::new(None, self.as_bytes()).expand(label.as_bytes(), &mut key);
        debug_assert!(expanded.is_ok(), "the length was checked when this was compiled");
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.into()).unwrap()
    }

    #[test]
    fn keys_differ_by_label_and_by_secret_and_stay_the_same_otherwise() {
        let one = secret("0123456789abcdef0123456789abcdef");
        let two = secret("0123456789abcdef0123456789abcdeF");
        assert_eq!(one.derive::<64>("a"), one.derive::<64>("a"));
        assert_ne!(one.derive::<64>("a"), one.derive::<64>("b"));
        assert_ne!(one.derive::<64>("a"), two.derive::<64>("a"));
        assert_ne!(one.derive::<64>("a"), [0; 64]);
    }

    #[test]
    fn a_secret_of_31_bytes_is_refused() {
        let refused = Secret::new("0123456789abcdef0123456789abcde".into()).err().unwrap();
        assert_eq!(refused.to_string(), "the secret has 31 bytes; it needs at least 32");
    }
}
