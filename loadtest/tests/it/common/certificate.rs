//! A certificate that only the test knows.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, SupportedProtocolVersion};
use tempfile::TempDir;

/// A certificate for `localhost`, in a file of its own.
pub struct Certificate {
    dir: TempDir,
    made: rcgen::Certificate,
    key: rcgen::KeyPair,
}

impl Certificate {
    /// One that nobody has seen.
    pub fn new() -> Self {
        Self::of(Self::params())
    }

    /// One that is over.
    pub fn expired() -> Self {
        let mut params = Self::params();
        (params.not_before, params.not_after) =
            (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2020, 2, 1));
        Self::of(params)
    }

    /// One that is signed by an authority that nobody knows.
    pub fn of_an_authority() -> Self {
        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "authority");
        let authority = Issuer::new(authority, rcgen::KeyPair::generate().unwrap());
        let key = rcgen::KeyPair::generate().unwrap();
        Self::kept(Self::params().signed_by(&key, &authority).unwrap(), key)
    }

    fn params() -> CertificateParams {
        CertificateParams::new(["localhost".to_owned()]).unwrap()
    }

    fn of(params: CertificateParams) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        Self::kept(params.self_signed(&key).unwrap(), key)
    }

    fn kept(made: rcgen::Certificate, key: rcgen::KeyPair) -> Self {
        let certificate = Self { dir: tempfile::tempdir().unwrap(), made, key };
        std::fs::write(certificate.file(), certificate.made.pem()).unwrap();
        certificate
    }

    /// What `SSL_CERT_FILE` is to name for it to be trusted.
    pub fn file(&self) -> PathBuf {
        self.dir.path().join("certificate.pem")
    }

    /// Of a server that presents it. As servers do by default, it offers to resume.
    pub fn server_config(&self, version: &'static SupportedProtocolVersion) -> ServerConfig {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.made.der().clone()], key)
            .unwrap()
    }
}
