//! A certificate that only the test knows.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, SupportedProtocolVersion};
use tempfile::TempDir;

/// A certificate for `localhost`, in a file of its own.
pub struct Certificate {
    dir: TempDir,
    made: rcgen::CertifiedKey<rcgen::KeyPair>,
}

impl Certificate {
    /// One that nobody has seen.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = Self { dir, made };
        std::fs::write(certificate.file(), certificate.made.cert.pem()).unwrap();
        certificate
    }

    /// What `SSL_CERT_FILE` is to name for it to be trusted.
    pub fn file(&self) -> PathBuf {
        self.dir.path().join("certificate.pem")
    }

    /// Of a server that presents it. As servers do by default, it offers to resume.
    pub fn server_config(&self, version: &'static SupportedProtocolVersion) -> ServerConfig {
        let key = PrivateKeyDer::try_from(self.made.signing_key.serialize_der()).unwrap();
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.made.cert.der().clone()], key)
            .unwrap()
    }
}
