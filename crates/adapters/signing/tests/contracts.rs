//! The JWT signer keeps the law of its port, with every algorithm.

#![expect(clippy::unwrap_used, reason = "a test ends in a panic when something is wrong")]

use std::sync::atomic::{AtomicU32, Ordering};

use concierge_signing::{JwtSigner, Key, KeyAlgorithm, KeyRing, Secret, generate};
use secrecy::ExposeSecret as _;

static SIGNERS: AtomicU32 = AtomicU32::new(0);

fn secret() -> Secret {
    let secret = format!("a secret of {:022} characters", SIGNERS.fetch_add(1, Ordering::SeqCst));
    Secret::new(secret.into()).unwrap()
}

fn with_pair(algorithm: KeyAlgorithm) -> JwtSigner {
    let key = Key::from_pem(generate(algorithm).unwrap().expose_secret()).unwrap();
    JwtSigner::new(KeyRing::new(key, [Key::hs256(&secret())]), "http://localhost:5000", "concierge")
}

mod hs256 {
    use super::*;

    fn signer() -> JwtSigner {
        JwtSigner::hs256(&secret(), "http://localhost:5000", "concierge")
    }

    concierge_contracts::token_signer_suite!(signer);
}

mod eddsa {
    use super::*;

    fn signer() -> JwtSigner {
        with_pair(KeyAlgorithm::EdDsa)
    }

    concierge_contracts::token_signer_suite!(signer);
}

mod es256 {
    use super::*;

    fn signer() -> JwtSigner {
        with_pair(KeyAlgorithm::Es256)
    }

    concierge_contracts::token_signer_suite!(signer);
}

mod rs256 {
    use super::*;

    fn signer() -> JwtSigner {
        with_pair(KeyAlgorithm::Rs256)
    }

    concierge_contracts::token_signer_suite!(signer);
}
