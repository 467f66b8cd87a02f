//! The port that turns claims into signed text and back.

use concierge_kernel::BoxError;

use crate::{AccessClaims, RefreshClaims};

/// Signs claims and checks signatures.
///
/// `verify_*` MUST refuse a token whose signature is not by a key of ours, whose algorithm is not the one
/// pinned for its key (`none` included), whose type is not the one asked for (RFC 8725, section 3.11), or
/// whose issuer or audience is not ours. It MUST NOT look at any clock: the domain does.
/// Signing one [`RefreshClaims`] twice MUST give tokens of one id and one expiry.
pub trait TokenSigner: Send + Sync {
    /// The access token that says `claims`.
    fn sign_access(&self, claims: &AccessClaims) -> Result<String, SigningFailure>;
    /// The refresh token that says `claims`.
    fn sign_refresh(&self, claims: &RefreshClaims) -> Result<String, SigningFailure>;
    /// What an authentic access token says.
    fn verify_access(&self, token: &str) -> Result<AccessClaims, TokenDefect>;
    /// What an authentic refresh token says.
    fn verify_refresh(&self, token: &str) -> Result<RefreshClaims, TokenDefect>;
}

/// Why a token is not ours. Safe to tell its bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenDefect {
    /// It is no JSON Web Token at all.
    #[error("it is not a well-formed token")]
    Malformed,
    /// It names a key that we do not have, or none.
    #[error("it was not signed with a key of this service")]
    UnknownKey,
    /// Its algorithm is not the one its key is for.
    #[error("it names an algorithm that its key is not for")]
    WrongAlgorithm,
    /// Its signature does not fit.
    #[error("its signature is wrong")]
    WrongSignature,
    /// It is a token of another type: a refresh token where an access token belongs, or the reverse.
    #[error("it is a token of another type")]
    WrongType,
    /// Another service issued it.
    #[error("it was issued by another service")]
    WrongIssuer,
    /// It is meant for another service.
    #[error("it is meant for another service")]
    WrongAudience,
    /// A claim is missing or makes no sense.
    #[error("it lacks a claim or has one that makes no sense")]
    WrongClaims,
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("the token could not be signed")]
pub struct SigningFailure(#[source] pub BoxError);
