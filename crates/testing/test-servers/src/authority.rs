//! Certificates for servers that tests start.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::NamedTempFile;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// An authority that nobody trusts who is not told to.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: NamedTempFile,
}

/// What a server shows and what it keeps to itself, as PEM.
pub struct Certified {
    /// The certificate, by the authority itself.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

impl Default for Authority {
    fn default() -> Self {
        let made = || -> Result<_, Box<dyn std::error::Error>> {
            let mut params = CertificateParams::new(Vec::new())?;
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            // Two of one name would be told apart by their signatures alone.
            let name = format!("Authority {} of the tests", NEXT.fetch_add(1, Ordering::Relaxed));
            params.distinguished_name.push(DnType::CommonName, name);
            let key = KeyPair::generate()?;
            let file = NamedTempFile::new()?;
            std::fs::write(file.path(), params.self_signed(&key)?.pem())?;
            Ok(Self { issuer: Issuer::new(params, key), file })
        };
        made().unwrap_or_else(|error| panic!("no authority: {error}"))
    }
}

impl Authority {
    /// The file of its own certificate, for those who are to trust it; it goes with the authority.
    pub fn file(&self) -> &Path {
        self.file.path()
    }

    /// Certifies a server of this name, or of this address.
    pub fn certify(&self, name: &str) -> Certified {
        let made = || -> Result<_, rcgen::Error> {
            let mut params = CertificateParams::new(vec![name.to_owned()])?;
            params.distinguished_name.push(DnType::CommonName, name);
            let key = KeyPair::generate()?;
            let certificate = params.signed_by(&key, &self.issuer)?.pem();
            Ok(Certified { certificate, key: key.serialize_pem() })
        };
        made().unwrap_or_else(|error| panic!("no certificate for {name}: {error}"))
    }
}
