//! How connections are secured.

use std::fmt;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{ActiveKeyExchange, CryptoProvider, SupportedKxGroup, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, NamedGroup, OtherError,
    SignatureScheme,
};
use rustls_platform_verifier::Verifier;
use webpki::EndEntityCert;

use crate::error::Error;

/// By the certificates that this machine trusts, or `insecure`, by any. Where the machine has none, servers of `https` are
/// refused with that reason, and others are asked as ever. No session is resumed: each connection pays for a whole
/// handshake.
pub fn config(insecure: bool) -> Result<ClientConfig, Error> {
    let mut provider = ring::default_provider();
    if insecure {
        provider.kx_groups.push(&P521);
    }
    let provider = Arc::new(provider);
    let verifier: Arc<dyn ServerCertVerifier> =
        if insecure { Arc::new(Anyone) } else { Arc::new(Trusted::of_this_machine(&provider)) };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::Usage(format!("cannot set up TLS: {e}")))?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Takes any certificate without reading it. Its signatures are not checked either: whoever may present any certificate
/// proves nothing by holding its key, and the certificate may be of a version or a kind of key that is not known here.
#[derive(Debug)]
struct Anyone;

/// Every scheme there is, since a server may have a key for one alone.
const ALL_SCHEMES: [SignatureScheme; 13] = [
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::ECDSA_NISTP521_SHA512,
    SignatureScheme::ED25519,
    SignatureScheme::ED448,
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::ECDSA_SHA1_Legacy,
    SignatureScheme::RSA_PKCS1_SHA1,
];

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ALL_SCHEMES.to_vec()
    }
}

/// The curve P-521, offered last. A server of TLS 1.2 presents a certificate with such a key only to who knows the curve,
/// and exchanges keys over another one, unless it knows no other.
#[derive(Debug)]
struct P521;

impl SupportedKxGroup for P521 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, TlsError> {
        Err(TlsError::General(
            "the server exchanges keys over P-521 alone, which is not supported here".into(),
        ))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

/// Takes what this machine trusts, and says more exactly why it does not take others.
#[derive(Debug)]
struct Trusted {
    /// Or why there is none.
    verifier: Result<Verifier, TlsError>,
    provider: Arc<CryptoProvider>,
}

impl Trusted {
    fn of_this_machine(provider: &Arc<CryptoProvider>) -> Self {
        Self { verifier: Verifier::new(provider.clone()), provider: provider.clone() }
    }

    fn verifier(&self) -> Result<&Verifier, TlsError> {
        self.verifier.as_ref().map_err(Clone::clone)
    }
}

impl ServerCertVerifier for Trusted {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let verified = self.verifier()?.verify_server_cert(certificate, others, name, ocsp, now);
        verified.map_err(|e| more_exactly(e, certificate))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.verifier()?.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.verifier()?.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// That nobody has signed a certificate but its owner.
#[derive(Debug)]
struct SelfSigned;

impl fmt::Display for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("self-signed")
    }
}

impl std::error::Error for SelfSigned {}

/// The same, unless nobody known here has signed it, and it names itself as who did.
fn more_exactly(e: TlsError, certificate: &CertificateDer<'_>) -> TlsError {
    // Another authority may have the name of one that is trusted, and so a bad signature.
    let is_unknown = matches!(
        e,
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)
    );
    let is_its_own = || {
        EndEntityCert::try_from(certificate)
            .is_ok_and(|certificate| certificate.issuer() == certificate.subject())
    };
    if is_unknown && is_its_own() {
        CertificateError::Other(OtherError(Arc::new(SelfSigned))).into()
    } else {
        e
    }
}
