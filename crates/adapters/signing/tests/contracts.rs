//! The JWT signer keeps the law of its port.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use std::sync::atomic::{AtomicU32, Ordering};

use concierge_signing::{JwtSigner, Secret};

static SIGNERS: AtomicU32 = AtomicU32::new(0);

fn signer() -> JwtSigner {
    let secret = format!("a secret of {:022} characters", SIGNERS.fetch_add(1, Ordering::SeqCst));
    JwtSigner::hs256(&Secret::new(secret.into()).unwrap(), "http://localhost:5000", "concierge")
}

concierge_contracts::token_signer_suite!(signer);
