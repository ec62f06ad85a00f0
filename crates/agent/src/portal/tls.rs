//! Whom to trust as the portal: whoever an authority vouches for, or the one certificate whose fingerprint came with
//! the enrolment token. There is no way to switch verification off.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest as _, Sha256};

use super::PortalError;

/// Decides about the portal's certificate.
#[derive(Debug)]
pub struct Trust {
    config: Arc<ClientConfig>,
    verifier: Arc<Verifier>,
}

impl Trust {
    /// Trusts the authorities of a PEM file, or those of the system. With `pinned`, the SHA-256 of a certificate (DER),
    /// that certificate alone will do, and it does even where no authority vouches for it.
    pub fn new(ca_file: Option<&Path>, pinned: Option<[u8; 32]>) -> Result<Self, PortalError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = roots(ca_file)?;
        let authorities = if roots.is_empty() {
            None
        } else {
            let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            Some(
                builder
                    .build()
                    .map_err(|error| PortalError::Address(format!("TLS cannot be set up: {error}")))?,
            )
        };
        if authorities.is_none() && pinned.is_none() {
            return Err(PortalError::Address(
                "the system has no trusted certificates; give the portal's authority with --ca-file".into(),
            ));
        }
        let verifier = Arc::new(Verifier {
            authorities,
            pinned,
            provider: Arc::clone(&provider),
            vouched_for: AtomicBool::new(false),
        });
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| PortalError::Address(format!("TLS cannot be set up: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A resumed session shows no certificate: one that was replaced would be found out late.
        config.resumption = Resumption::disabled();
        Ok(Self { config: Arc::new(config), verifier })
    }

    pub(super) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }

    /// Whether an authority vouched for the certificate of the last handshake.
    pub fn vouched_for(&self) -> bool {
        self.verifier.vouched_for.load(Ordering::SeqCst)
    }
}

fn roots(ca_file: Option<&Path>) -> Result<RootCertStore, PortalError> {
    let mut roots = RootCertStore::empty();
    let Some(path) = ca_file else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let wrong = |problem: String| PortalError::Address(format!("the CA file {}: {problem}", path.display()));
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| wrong(format!("it is not PEM: {error}")))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() { Err(wrong("it holds no certificate; it must be PEM".into())) } else { Ok(roots) }
}

#[derive(Debug)]
struct Verifier {
    authorities: Option<Arc<WebPkiServerVerifier>>,
    pinned: Option<[u8; 32]>,
    provider: Arc<CryptoProvider>,
    vouched_for: AtomicBool,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let vouched = match &self.authorities {
            Some(authorities) => authorities.verify_server_cert(certificate, chain, name, ocsp, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        self.vouched_for.store(vouched.is_ok(), Ordering::SeqCst);
        match self.pinned {
            None => vouched,
            Some(pinned) if Sha256::digest(certificate.as_ref()).as_slice() == pinned => {
                Ok(ServerCertVerified::assertion())
            }
            Some(_) => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// What a failed handshake means.
pub(super) fn problem(error: &io::Error, address: &str) -> PortalError {
    let address = address.to_owned();
    let untrusted = |address, reason: String| PortalError::Untrusted { address, reason };
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)) => untrusted(
            address,
            "it is not the certificate that the enrolment token names; something answers in the portal's place, or \
             its certificate was changed: enrol with a new token"
                .into(),
        ),
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            untrusted(address, "its issuer is unknown; give the issuer's certificate with --ca-file".into())
        }
        Some(rustls::Error::InvalidCertificate(problem)) => untrusted(address, problem.to_string()),
        _ => PortalError::Unreachable { address, reason: format!("TLS failed: {error}") },
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use rustls::ServerConfig;
    use rustls::pki_types::PrivateKeyDer;
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::super::{Address, Way};
    use super::*;

    /// A TLS server with a certificate that nobody vouches for: its address, certificate (DER) and (PEM).
    async fn server() -> (Address, Vec<u8>, String) {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .expect("a configuration");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                drop(acceptor.accept(stream).await);
            }
        });
        let address = Address { tls: true, host: "localhost".into(), port };
        (address, cert.der().to_vec(), cert.pem())
    }

    async fn outcome(address: &Address, trust: Trust) -> Result<bool, PortalError> {
        let trust = Arc::new(trust);
        let way = Way { address: address.clone(), proxy: None, trust: Arc::clone(&trust) };
        way.connect().await.map(|_| trust.vouched_for())
    }

    #[tokio::test]
    async fn a_certificate_is_trusted_by_its_authority_or_by_its_fingerprint_and_not_otherwise() {
        let (address, der, pem) = server().await;
        let folder = tempfile::tempdir().expect("a folder");
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, pem).expect("writes");
        let hash: [u8; 32] = Sha256::digest(&der).into();
        let trust = |ca: bool, pinned| Trust::new(ca.then_some(ca_file.as_path()), pinned).expect("trust");
        assert_eq!(outcome(&address, trust(true, None)).await, Ok(true));
        assert_eq!(outcome(&address, trust(true, Some(hash))).await, Ok(true));
        assert_eq!(outcome(&address, trust(false, Some(hash))).await, Ok(false));
        let told = outcome(&address, trust(true, Some([7; 32]))).await.expect_err("another certificate");
        assert!(told.to_string().contains("token names"), "{told}");
        if let Ok(system) = Trust::new(None, None) {
            let told = outcome(&address, system).await.expect_err("nobody vouches for it");
            assert!(told.to_string().contains("--ca-file"), "{told}");
        }
    }
}
