//! Secrets at rest: XChaCha20-Poly1305 with a key that lies beside the database, not in it. The purpose is
//! authenticated with the secret, so that one sealed value cannot be put in another's place.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::{DomainId, SealedSecret, Secret, TargetId};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use sha2::{Digest as _, Sha256};
use storage::AuditKey;

const VERSION: &str = "v1.";
const NONCE: usize = 24;
const KEY: usize = 32;

#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("the key file {path} cannot be read or written; check its owner and mode")]
    KeyFile { path: PathBuf, source: io::Error },
    #[error("the key file {path} is damaged; restore it from the backup that belongs to this data folder")]
    Key { path: PathBuf },
    #[error("a stored secret does not open with this data folder's key; enter the secret again")]
    Open,
    #[error("the secret could not be sealed")]
    Seal,
    #[error("the system gave no random bytes")]
    Random,
}

/// What a domain's bind password is sealed for.
pub fn bind_password(domain: DomainId) -> String {
    format!("bindPassword/{domain}")
}

/// What a target's token is sealed for.
pub fn target_token(target: TargetId) -> String {
    format!("token/{target}")
}

/// What the mail server's password is sealed for.
pub const MAIL_PASSWORD: &str = "mailPassword";

/// What the portal's secret at the sign-in provider is sealed for.
pub const SIGN_IN_SECRET: &str = "signInSecret";

/// Seals and opens secrets with one key.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    audit_key: AuditKey,
}

impl Sealer {
    /// Uses the key of a file, and makes the file (mode 0600) when it is not there.
    pub fn open(path: &Path) -> Result<Self, SealError> {
        match fs::read(path) {
            Ok(bytes) => Self::from_text(&bytes).ok_or_else(|| SealError::Key { path: path.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(source) => Err(SealError::KeyFile { path: path.to_owned(), source }),
        }
    }

    fn create(path: &Path) -> Result<Self, SealError> {
        let mut key = [0; KEY];
        OsRng.try_fill_bytes(&mut key).map_err(|_| SealError::Random)?;
        let text = STANDARD_NO_PAD.encode(key);
        write_private(path, text.as_bytes())
            .map_err(|source| SealError::KeyFile { path: path.to_owned(), source })?;
        Ok(Self::with_key(&key))
    }

    fn from_text(bytes: &[u8]) -> Option<Self> {
        let key = STANDARD_NO_PAD.decode(bytes.trim_ascii()).ok()?;
        Some(Self::with_key(&<[u8; KEY]>::try_from(key).ok()?))
    }

    pub fn with_key(key: &[u8; KEY]) -> Self {
        let digest = Sha256::new().chain_update(b"seals of the audit log").chain_update(key).finalize();
        Self { cipher: XChaCha20Poly1305::new(key.into()), audit_key: AuditKey::new(digest.into()) }
    }

    /// The key of the audit log's seals, made from this one.
    pub fn audit_key(&self) -> &AuditKey {
        &self.audit_key
    }

    pub fn seal(&self, purpose: &str, secret: &Secret) -> Result<SealedSecret, SealError> {
        let mut nonce = [0; NONCE];
        OsRng.try_fill_bytes(&mut nonce).map_err(|_| SealError::Random)?;
        let payload = Payload { msg: secret.expose().as_bytes(), aad: purpose.as_bytes() };
        let sealed = self.cipher.encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| SealError::Seal)?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Ok(SealedSecret(format!("{VERSION}{}", STANDARD_NO_PAD.encode(bytes))))
    }

    pub fn unseal(&self, purpose: &str, sealed: &SealedSecret) -> Result<Secret, SealError> {
        let bytes = sealed
            .0
            .strip_prefix(VERSION)
            .and_then(|text| STANDARD_NO_PAD.decode(text).ok())
            .filter(|bytes| bytes.len() > NONCE)
            .ok_or(SealError::Open)?;
        let (nonce, message) = bytes.split_at(NONCE);
        let payload = Payload { msg: message, aad: purpose.as_bytes() };
        let clear = self.cipher.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| SealError::Open)?;
        String::from_utf8(clear).map(Secret::new).map_err(|_| SealError::Open)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    // A key that is lost in a power cut takes every secret with it.
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_for_its_own_purpose_only() {
        let sealer = Sealer::with_key(&[7; KEY]);
        let sealed = sealer.seal("a", &Secret::new("hunter2")).expect("seals");
        assert!(!sealed.0.contains("hunter2"));
        assert_eq!(sealer.unseal("a", &sealed).expect("opens").expose(), "hunter2");
        assert!(sealer.unseal("b", &sealed).is_err());
        assert!(Sealer::with_key(&[8; KEY]).unseal("a", &sealed).is_err());
    }

    #[test]
    fn the_key_file_is_private_and_survives_a_restart() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("secret.key");
        let sealed = Sealer::open(&path).expect("creates").seal("a", &Secret::new("x")).expect("seals");
        assert_eq!(Sealer::open(&path).expect("reads").unseal("a", &sealed).expect("opens").expose(), "x");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).expect("metadata").permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, "not a key").expect("damages");
        assert!(matches!(Sealer::open(&path), Err(SealError::Key { .. })));
    }
}
