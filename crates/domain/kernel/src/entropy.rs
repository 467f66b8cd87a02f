//! The port that supplies randomness.

/// Supplies random bytes. The only source of them outside the binary; tests seed theirs.
///
/// Implementations MUST be cryptographically secure and MUST fill the whole buffer; tokens, salts and
/// identifiers rest on it. Where the operating system cannot, they panic rather than return.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}
