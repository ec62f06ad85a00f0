//! Certificates that are wrong in one way each.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A certificate authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority"))
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server's certificate for these names, from the first day of one year to that of another.
    pub fn issue(&self, names: &[&str], (from, to): (i32, i32)) -> Certificate {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        let key = KeyPair::generate().expect("a key");
        Certificate { issued: params.signed_by(&key, &self.0).expect("a certificate"), key }
    }
}

/// A server's certificate with its key.
pub struct Certificate {
    issued: rcgen::Certificate,
    key: KeyPair,
}

impl Certificate {
    pub fn pem(&self) -> String {
        self.issued.pem()
    }

    pub fn der(&self) -> &[u8] {
        self.issued.der()
    }

    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }
}

/// Listens on loopback with a certificate; every handshake is tried and then dropped.
pub async fn accept_tls(certificate: &Certificate) -> String {
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.issued.der().clone()],
            PrivateKeyDer::Pkcs8(certificate.key.serialize_der().into()),
        )
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let _ = acceptor.accept(connection).await;
        }
    });
    address
}
