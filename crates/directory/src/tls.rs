//! Whom to trust, and why not.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use ports::SourceError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};

/// The TLS side of a connection. There is no way to switch verification off.
pub(crate) fn client_config(ca_pem: Option<&str>) -> Result<Arc<ClientConfig>, SourceError> {
    let roots = match ca_pem {
        Some(pem) => given_roots(pem)?,
        None => system_roots()?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SourceError::Settings(format!("TLS cannot be set up: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn given_roots(pem: &str) -> Result<RootCertStore, SourceError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate =
            certificate.map_err(|error| SourceError::Settings(format!("the CA file is not PEM: {error}")))?;
        roots.add(certificate).map_err(|error| {
            SourceError::Settings(format!("the CA file holds no usable certificate: {error}"))
        })?;
    }
    if roots.is_empty() {
        return Err(SourceError::Settings("the CA file holds no certificate; it must be PEM".into()));
    }
    Ok(roots)
}

fn system_roots() -> Result<RootCertStore, SourceError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let mut reason = "the system has no trusted certificates; give a CA file".to_owned();
        if let Some(error) = found.errors.first() {
            let _ = write!(reason, " ({error})");
        }
        return Err(SourceError::Settings(reason));
    }
    Ok(roots)
}

/// What a failed handshake means.
pub(crate) fn handshake_error(error: &io::Error, host: &str, address: String) -> SourceError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(problem)) => {
            SourceError::Untrusted { address, reason: certificate_problem(problem, host) }
        }
        Some(rustls::Error::NoCertificatesPresented) => {
            SourceError::Untrusted { address, reason: "it shows no certificate".into() }
        }
        Some(rustls::Error::InvalidMessage(_)) => SourceError::Unreachable {
            address,
            reason: "what listens there does not speak TLS; check the port, or use ldap:// with StartTLS"
                .into(),
        },
        Some(other) => SourceError::Unreachable { address, reason: format!("TLS failed: {other}") },
        None if error.kind() == io::ErrorKind::UnexpectedEof => SourceError::Unreachable {
            address,
            reason: "it closed the connection during the TLS handshake".into(),
        },
        None => SourceError::Unreachable { address, reason: format!("TLS failed: {error}") },
    }
}

fn certificate_problem(problem: &CertificateError, host: &str) -> String {
    match problem {
        CertificateError::UnknownIssuer => {
            "its issuer is unknown; give the issuer's certificate as CA file".into()
        }
        CertificateError::NotValidForName => format!("it was not issued for {host}"),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<&str> = presented.iter().map(|name| readable_name(name)).collect();
            if names.is_empty() {
                format!("it was not issued for {host}; it names no host at all")
            } else {
                format!("it was not issued for {host} but for {}", names.join(", "))
            }
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; compare the clocks".into()
        }
        CertificateError::Revoked => "it was revoked".into(),
        CertificateError::BadSignature => "its signature is wrong".into(),
        CertificateError::BadEncoding => "it cannot be read".into(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it was not issued for servers".into()
        }
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "it is a certificate authority's own certificate; the server needs one that the authority issued"
                .into()
        }
        other => other.to_string(),
    }
}

/// rustls shows the names of a certificate as `DnsName("dc1")`.
fn readable_name(shown: &str) -> &str {
    shown.split_once("(\"").and_then(|(_, rest)| rest.strip_suffix("\")")).unwrap_or(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_file_without_certificates_is_refused() {
        for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(matches!(client_config(Some(pem)), Err(SourceError::Settings(_))), "{pem}");
        }
    }

    #[test]
    fn certificate_problems_are_told_in_words() {
        let told = |problem: CertificateError| certificate_problem(&problem, "dc1.lab01.local");
        assert!(told(CertificateError::UnknownIssuer).contains("issuer is unknown"));
        assert!(told(CertificateError::NotValidForName).contains("not issued for dc1.lab01.local"));
        assert!(told(CertificateError::Expired).contains("expired"));
        assert_eq!(readable_name("DnsName(\"dc2.lab01.local\")"), "dc2.lab01.local");
        assert_eq!(readable_name("IpAddress(127.0.0.1)"), "IpAddress(127.0.0.1)");
    }
}
