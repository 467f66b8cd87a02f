//! Whom to trust over https: the operating system's authorities, and those an operator names.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use concierge_origins::Origin;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::error::ProbeError;
use crate::line::{Line, bare_host};

/// Certificate authorities that are trusted.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

/// Why a set of authorities cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read, or holds something broken.
    #[error("cannot read certificates from {}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// There is no certificate in the file.
    #[error("{} holds no certificate: a PEM file was expected", .0.display())]
    Empty(PathBuf),
    /// A certificate of the file is none of an authority's.
    #[error("a certificate of {} cannot be used", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// The library of cryptography offers no protocol version that is safe.
    #[error("https cannot be spoken")]
    Protocol(#[from] rustls::Error),
}

impl Trust {
    /// The operating system's authorities, and those in the PEM file `more`. Of the system's, what cannot be read is passed
    /// over, as browsers do: a machine without any still reaches http, and https by `more`.
    ///
    /// # Errors
    /// The file is of no use.
    pub fn new(more: Option<&Path>) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = more {
            add(&mut roots, path)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    /// Shakes hands over `line`.
    pub(crate) fn secure<'a>(
        &self,
        origin: &Origin,
        mut line: Line<'a>,
    ) -> Result<StreamOwned<ClientConnection, Line<'a>>, ProbeError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => ProbeError::TooSlow,
            _ => ProbeError::NoHttps { origin: origin.clone(), source },
        };
        let name = ServerName::try_from(bare_host(origin).to_owned());
        let name = name.map_err(|error| failed(io::Error::other(error)))?;
        let connection = ClientConnection::new(Arc::clone(&self.0), name);
        let mut connection = connection.map_err(|error| failed(io::Error::other(error)))?;
        while connection.is_handshaking() {
            connection.complete_io(&mut line).map_err(failed)?;
        }
        Ok(StreamOwned::new(connection, line))
    }
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), TrustError> {
    let unreadable = |source| TrustError::Unreadable { path: path.to_owned(), source };
    let mut found = false;
    for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
        let added = roots.add(certificate.map_err(unreadable)?);
        added.map_err(|source| TrustError::Unusable { path: path.to_owned(), source })?;
        found = true;
    }
    if found { Ok(()) } else { Err(TrustError::Empty(path.to_owned())) }
}
