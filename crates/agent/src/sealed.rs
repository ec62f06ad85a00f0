//! Secrets in the configuration file: ChaCha20-Poly1305 (RFC 8439) with a key that lies in a file of its own, so that the
//! configuration alone can be shown, copied and kept in a backup. What a secret is for is authenticated with it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::{SealedSecret, Secret};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};

const VERSION: &str = "a1.";
const KEY: usize = 32;

#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error(
        "the key file {path} cannot be read or written: {source}; run as the account that enrolled the agent"
    )]
    KeyFile { path: PathBuf, source: io::Error },
    #[error("the key file {path} is damaged; leave and enrol again")]
    Key { path: PathBuf },
    #[error("{0} does not open with this machine's key file; enter it again")]
    Open(String),
    #[error("the system gave no randomness")]
    Random,
}

/// Seals and opens the secrets of one configuration file.
pub struct Sealer {
    key: LessSafeKey,
    random: SystemRandom,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl Sealer {
    /// Uses the key of a file, and makes the file (mode 0600) when it is not there.
    pub fn open(path: &Path) -> Result<Self, SealError> {
        let damaged = || SealError::Key { path: path.to_owned() };
        let failed = |source| SealError::KeyFile { path: path.to_owned(), source };
        let bytes = match fs::read(path) {
            Ok(text) => STANDARD_NO_PAD.decode(text.trim_ascii()).map_err(|_| damaged())?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = vec![0; KEY];
                SystemRandom::new().fill(&mut key).map_err(|_| SealError::Random)?;
                write_private(path, STANDARD_NO_PAD.encode(&key).as_bytes()).map_err(failed)?;
                key
            }
            Err(error) => return Err(failed(error)),
        };
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| damaged())?;
        Ok(Self { key: LessSafeKey::new(key), random: SystemRandom::new() })
    }

    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Result<SealedSecret, SealError> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| SealError::Random)?;
        let mut bytes = secret.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose.as_bytes()),
                &mut bytes,
            )
            .map_err(|_| SealError::Random)?;
        let text = STANDARD_NO_PAD.encode([nonce.as_slice(), &bytes].concat());
        Ok(SealedSecret(format!("{VERSION}{text}")))
    }

    pub fn unseal(&self, purpose: &str, sealed: &SealedSecret) -> Result<Vec<u8>, SealError> {
        let open = || -> Option<Vec<u8>> {
            let bytes = STANDARD_NO_PAD.decode(sealed.0.strip_prefix(VERSION)?).ok()?;
            let (nonce, message) = bytes.split_at_checked(NONCE_LEN)?;
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut message = message.to_vec();
            let clear = self.key.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut message).ok()?;
            Some(clear.to_vec())
        };
        open().ok_or_else(|| SealError::Open(purpose.to_owned()))
    }

    pub fn unseal_text(&self, purpose: &str, sealed: &SealedSecret) -> Result<Secret, SealError> {
        let bytes = self.unseal(purpose, sealed)?;
        String::from_utf8(bytes).map(Secret::new).map_err(|_| SealError::Open(purpose.to_owned()))
    }
}

/// Writes a file that only its owner reads, in one step: after a crash it is the old or the new one, and once this
/// returned the new one. The owner stays who it was, whoever writes.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    #[cfg(unix)]
    keep_owner(path, &file)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    #[cfg(unix)]
    fs::File::open(folder(path))?.sync_all()?;
    Ok(())
}

/// A command that the superuser runs beside the agent must not take the agent's files away from it. A file that is new
/// belongs to whom its folder belongs to.
#[cfg(unix)]
pub fn keep_owner(path: &Path, file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let before = fs::metadata(path).or_else(|_| fs::metadata(folder(path)))?;
    let now = file.metadata()?;
    // Only the superuser can give a file away; for anybody else it is theirs already, or stays so.
    if now.uid() == 0 && before.uid() != 0 {
        fchown(file, Some(before.uid()), Some(before.gid()))?;
    }
    Ok(())
}

/// Makes the folder of the agent's files, where there is none.
pub fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path)?;
    #[cfg(windows)]
    forbid_others(path)?;
    Ok(())
}

/// On Windows what is in a folder is as private as the folder. It hands down nothing of what lies above it: system,
/// administrators and the owner are left, by the numbers that they have in every language (MS-DTYP section 2.4.2.4).
#[cfg(windows)]
fn forbid_others(path: &Path) -> io::Result<()> {
    const LEFT: [&str; 3] = ["*S-1-5-18", "*S-1-5-32-544", "*S-1-3-4"];
    let mut icacls = std::process::Command::new("icacls");
    icacls.arg(path).arg("/inheritance:r");
    for account in LEFT {
        icacls.arg("/grant:r").arg(format!("{account}:(OI)(CI)F"));
    }
    let done = icacls.output()?;
    if done.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("icacls refused: {}", String::from_utf8_lossy(&done.stderr).trim())))
}

#[cfg(unix)]
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_with_its_key_for_its_purpose_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("agent.key");
        let sealed = Sealer::open(&path).expect("a key").seal("one", b"hunter2").expect("sealed");
        assert!(!sealed.0.contains("hunter2"));
        let again = Sealer::open(&path).expect("the key");
        assert_eq!(again.unseal("one", &sealed).expect("opens"), b"hunter2");
        assert!(again.unseal("two", &sealed).is_err());
        let other = Sealer::open(&folder.path().join("other.key")).expect("a key");
        assert!(other.unseal("one", &sealed).is_err());
        assert!(again.unseal("one", &SealedSecret("a1.AAAA".into())).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_the_superuser_writes_stays_its_owners() {
        use std::os::unix::fs::{MetadataExt as _, chown};
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("agent.toml");
        write_private(&path, b"one").expect("writes");
        if chown(&path, Some(65_534), Some(65_534)).is_err() {
            // Only the superuser can make the situation.
            return;
        }
        write_private(&path, b"two").expect("writes");
        assert_eq!(fs::metadata(&path).expect("a file").uid(), 65_534);
        assert_eq!(fs::read(&path).expect("reads"), b"two");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_the_key() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("agent.key");
        Sealer::open(&path).expect("a key");
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        fs::write(&path, "AAAA").expect("writes");
        assert!(matches!(Sealer::open(&path), Err(SealError::Key { .. })));
    }
}
