//! A signer without cryptography.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use concierge_tokens::{AccessClaims, RefreshClaims, SigningFailure, TokenDefect, TokenSigner};

use super::Fault;

/// Tells signers apart, as keys do.
static KEYS: AtomicU64 = AtomicU64::new(0);

/// Remembers what it has signed: a token is authentic if its text is in the book. An access token reads
/// `access-…`, a refresh token `refresh-…`.
pub struct FakeSigner {
    key: u64,
    book: Mutex<HashMap<String, Claims>>,
    /// Which of `sign_access` and `sign_refresh` fail just now.
    pub fault: Fault<SigningFailure>,
}

#[derive(Clone)]
enum Claims {
    Access(AccessClaims),
    Refresh(RefreshClaims),
}

impl FakeSigner {
    /// A signer that knows no other's tokens.
    pub fn new() -> Self {
        let key = KEYS.fetch_add(1, Ordering::SeqCst);
        Self { key, book: Mutex::default(), fault: Fault::default() }
    }

    fn sign(&self, token_type: &str, claims: Claims) -> String {
        let mut book = self.lock();
        // Of one length, so that no token is the beginning of another.
        let token = format!("{token_type}-{:08x}-{:08x}", self.key, book.len());
        book.insert(token.clone(), claims);
        token
    }

    fn find(&self, token: &str) -> Result<Claims, TokenDefect> {
        self.lock().get(token).cloned().ok_or(TokenDefect::WrongSignature)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Claims>> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for FakeSigner {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenSigner for FakeSigner {
    fn sign_access(&self, claims: &AccessClaims) -> Result<String, SigningFailure> {
        self.fault.check("sign_access")?;
        Ok(self.sign("access", Claims::Access(claims.clone())))
    }

    fn sign_refresh(&self, claims: &RefreshClaims) -> Result<String, SigningFailure> {
        self.fault.check("sign_refresh")?;
        Ok(self.sign("refresh", Claims::Refresh(*claims)))
    }

    fn verify_access(&self, token: &str) -> Result<AccessClaims, TokenDefect> {
        match self.find(token)? {
            Claims::Access(claims) => Ok(claims),
            Claims::Refresh(_) => Err(TokenDefect::WrongType),
        }
    }

    fn verify_refresh(&self, token: &str) -> Result<RefreshClaims, TokenDefect> {
        match self.find(token)? {
            Claims::Refresh(claims) => Ok(claims),
            Claims::Access(_) => Err(TokenDefect::WrongType),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::token_signer_suite!(FakeSigner::new);
}
