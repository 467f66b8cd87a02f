//! The token that shows a page was told a session's secret, and so was meant to act for it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use concierge_kernel::Entropy;
use subtle::ConstantTimeEq as _;

/// A session's token against cross-site request forgery: 256 random bits, 43 characters of base64url.
///
/// It stays the same for the session's whole life. Stores and signers compare it as any value; what a client sent is
/// compared by [`CsrfToken::check`] alone.
#[derive(Clone, PartialEq, Eq)]
pub struct CsrfToken(String);

/// The text is no CSRF token: not 43 characters of unpadded base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedCsrfToken;

/// A request lacks the proof that its page knows the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsrfError {
    /// No CSRF token came along.
    #[error("no CSRF token came along")]
    Missing,
    /// The one that came along is not the session's.
    #[error("the CSRF token is not the session's")]
    Mismatch,
}

impl CsrfToken {
    /// A new token.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The token as it travels.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares what a request presented, byte by byte, in a time that tells nothing of where it differs.
    ///
    /// # Errors
    /// Nothing was presented, or something else.
    pub fn check(&self, presented: Option<&str>) -> Result<(), CsrfError> {
        let presented = presented.ok_or(CsrfError::Missing)?;
        let same = bool::from(self.0.as_bytes().ct_eq(presented.as_bytes()));
        same.then_some(()).ok_or(CsrfError::Mismatch)
    }
}

impl FromStr for CsrfToken {
    type Err = MalformedCsrfToken;

    fn from_str(text: &str) -> Result<Self, MalformedCsrfToken> {
        let mut bytes = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) => Ok(Self(text.to_owned())),
            _ => Err(MalformedCsrfToken),
        }
    }
}

impl fmt::Display for MalformedCsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not 43 characters of unpadded base64url")
    }
}

impl std::error::Error for MalformedCsrfToken {}

impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_token_passes() {
        let text = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let token: CsrfToken = text.parse().unwrap();
        assert_eq!(token.check(Some(text)), Ok(()));
        assert_eq!(token.check(None), Err(CsrfError::Missing));
        let longer = format!("{text}A");
        let last = format!("{}B", &text[..42]);
        let lower = text.to_lowercase();
        for other in ["", &text[..42], &longer, &last, &lower, &format!(" {text}")] {
            assert_eq!(token.check(Some(other)), Err(CsrfError::Mismatch), "{other:?}");
        }
    }
}
