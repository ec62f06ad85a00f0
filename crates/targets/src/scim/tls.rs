//! TLS with verification that cannot be switched off.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::settings::SettingsError;

/// Trusts the given authorities, or the system's when none are given.
pub(super) fn client_config(ca_pem: Option<&str>) -> Result<ClientConfig, SettingsError> {
    let roots = match ca_pem {
        Some(pem) => given(pem)?,
        None => system()?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SettingsError::Client(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn given(pem: &str) -> Result<RootCertStore, SettingsError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| SettingsError::Authority(error.to_string()))?;
        roots.add(certificate).map_err(|error| SettingsError::Authority(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(SettingsError::Authority("it holds no certificate".to_owned()));
    }
    Ok(roots)
}

fn system() -> Result<RootCertStore, SettingsError> {
    let mut roots = RootCertStore::empty();
    // A store always has some certificates that this library cannot read; the others still count.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(SettingsError::NoTrustStore) } else { Ok(roots) }
}

/// For services on this machine that are reached without TLS.
pub(super) fn no_trust() -> Result<ClientConfig, SettingsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SettingsError::Client(error.to_string()))?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}
