//! A certificate with its key, read from files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::channel::certificate::Certificate;
use domain::Time;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use sha2::{Digest as _, Sha256};

/// Where the portal's certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// A certificate with its key.
#[derive(Debug, Clone)]
pub struct Identity {
    pub(super) certified: Arc<CertifiedKey>,
    /// SHA-256 of the certificate itself (DER), which agents insist on.
    pub fingerprint: [u8; 32],
    not_before: Time,
    not_after: Time,
}

impl Identity {
    /// Reads a certificate chain, the portal's own certificate first, and its key, both PEM. The error is one sentence.
    pub fn read(files: &TlsFiles) -> Result<Self, String> {
        let TlsFiles { certificate, key } = files;
        let shown = certificate.display();
        let chain = CertificateDer::pem_slice_iter(&contents("certificate", certificate)?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| format!("the certificate file {shown} is damaged: {error}"))?;
        let own = chain
            .first()
            .ok_or_else(|| format!("the certificate file {shown} holds no certificate in PEM form"))?;
        let read = Certificate::read(own)
            .ok_or_else(|| format!("the first certificate in {shown} is no X.509 certificate"))?;
        let fingerprint = Sha256::digest(own).into();
        let secret = secret(key, &contents("key", key)?)?;
        let certified = CertifiedKey::from_der(chain, secret, &ring::default_provider());
        let certified = certified.map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                format!(
                    "the key in {} belongs to another certificate than the first one in {shown}",
                    key.display()
                )
            }
            Error::InvalidCertificate(problem) => {
                format!("the first certificate in {shown} cannot be used: {problem}")
            }
            other => format!("the key in {} cannot be used: {other}", key.display()),
        })?;
        let Certificate { not_before, not_after, .. } = read;
        Ok(Self { certified: Arc::new(certified), fingerprint, not_before, not_after })
    }

    /// What is wrong with the certificate's time, in one sentence: it is used all the same.
    pub fn ill_timed(&self, now: Time) -> Option<String> {
        if now < self.not_before {
            Some(format!("the portal's certificate is not good before {}", self.not_before))
        } else if now > self.not_after {
            Some(format!("the portal's certificate expired on {}; replace its file", self.not_after))
        } else {
            None
        }
    }
}

fn contents(what: &str, path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("the {what} file {} cannot be read: {error}", path.display()))
}

fn secret(path: &Path, pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| {
        let path = path.display();
        let encrypted = b"ENCRYPTED";
        match error {
            pem::Error::NoItemsFound if pem.windows(encrypted.len()).any(|part| part == encrypted) => {
                format!("the key in {path} is protected by a password; store it without one, readable by the portal alone")
            }
            pem::Error::NoItemsFound => format!("the key file {path} holds no private key in PEM form"),
            other => format!("the key file {path} is damaged: {other}"),
        }
    })
}

#[cfg(test)]
pub(super) mod tests {
    use chrono::TimeDelta;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    /// A certificate of a year, and its key, in a folder.
    pub fn made(folder: &Path, name: &str, year: i32) -> TlsFiles {
        let mut parameters = CertificateParams::new(["localhost".to_owned()]).expect("a name");
        (parameters.not_before, parameters.not_after) =
            (date_time_ymd(year, 1, 1), date_time_ymd(year + 1, 1, 1));
        let key = KeyPair::generate().expect("a key");
        let files = TlsFiles {
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}.key")),
        };
        std::fs::write(&files.certificate, parameters.self_signed(&key).expect("a certificate").pem())
            .expect("writes");
        std::fs::write(&files.key, key.serialize_pem()).expect("writes");
        files
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_in_one_sentence() {
        let folder = tempfile::tempdir().expect("a folder");
        let (good, other) = (made(folder.path(), "one", 2026), made(folder.path(), "two", 2026));
        let written = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("writes");
            path
        };
        let absent = folder.path().join("absent");
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let no_certificate = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
        for (certificate, key, told) in [
            (absent.clone(), good.key.clone(), "absent cannot be read"),
            (good.certificate.clone(), absent, "absent cannot be read"),
            (folder.path().to_owned(), good.key.clone(), "cannot be read"),
            (written("empty", ""), good.key.clone(), "holds no certificate in PEM form"),
            (good.key.clone(), good.key.clone(), "holds no certificate in PEM form"),
            (written("short", no_certificate), good.key.clone(), "is no X.509 certificate"),
            (written("half", "-----BEGIN CERTIFICATE-----\n!"), good.key.clone(), "damaged"),
            (good.certificate.clone(), good.certificate.clone(), "holds no private key in PEM form"),
            (good.certificate.clone(), written("locked", encrypted), "protected by a password"),
            (good.certificate.clone(), other.key.clone(), "belongs to another certificate"),
        ] {
            let error = Identity::read(&TlsFiles { certificate, key }).expect_err(told);
            assert!(error.contains(told) && !error.contains('\n'), "{error}");
        }
        assert_ne!(
            Identity::read(&good).expect("good").fingerprint,
            Identity::read(&other).expect("good").fingerprint
        );
    }

    #[test]
    fn a_certificate_out_of_its_time_is_told_of() {
        let folder = tempfile::tempdir().expect("a folder");
        let identity = Identity::read(&made(folder.path(), "one", 2026)).expect("good");
        let during = identity.not_before + TimeDelta::days(100);
        assert_eq!(identity.ill_timed(during), None);
        let told = |days| identity.ill_timed(during + TimeDelta::days(days)).expect("told");
        assert!(told(-200).contains("not good before 2026-01-01"), "{}", told(-200));
        assert!(told(300).contains("expired on 2027-01-01"), "{}", told(300));
    }
}
