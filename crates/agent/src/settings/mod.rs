//! The one file that an agent is set up with. Commands write it; people may, too, but for the sealed secrets.
//!
//! Beside it lie the key that seals its secrets (`.key`), the counter of signed requests (`.counter`) and what commands
//! hold that change one of them (`.lock`).

mod file;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use channel::key::AgentKey;
use directory::LdapSettings;
use domain::{AgentId, DirectoryKind, Secret, Time};

pub use file::proxy_address;
use file::{File, FileDomain, ROTATE_AFTER_DAYS, from_hex, to_hex};

use crate::clock;
use crate::counter::Counter;
use crate::lock::Lock;
use crate::sealed::{SealError, Sealer, make_folder, write_private};

const AGENT_KEY: &str = "the agent's key";
const NEXT_KEY: &str = "the agent's next key";
const PROXY_PASSWORD: &str = "the proxy's password";

fn bind_password(domain: &str) -> String {
    format!("the bind password of {domain}")
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error(
        "there is no configuration file {path}; enrol first: skybridge-agent enroll --server URL --token T"
    )]
    NotEnrolled { path: PathBuf },
    #[error(
        "the configuration file {path} cannot be read or written: {source}; run as the account that enrolled the agent"
    )]
    File { path: PathBuf, source: io::Error },
    #[error("the configuration file {path} is wrong: {problem}")]
    Wrong { path: PathBuf, problem: String },
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("{0}")]
    Directory(String),
}

/// How a directory is reached.
#[derive(Debug, Clone)]
pub struct DomainSettings {
    pub url: String,
    pub start_tls: bool,
    pub allow_plaintext: bool,
    pub bind_dn: String,
    pub bind_password: Secret,
    pub ca_file: Option<PathBuf>,
    pub base_dn: Option<String>,
    pub kind: DirectoryKind,
}

impl DomainSettings {
    /// The same, for the directory's reader.
    pub fn ldap(&self) -> Result<LdapSettings, SettingsError> {
        let ca_pem = match &self.ca_file {
            None => None,
            Some(path) => Some(fs::read_to_string(path).map_err(|error| {
                SettingsError::Directory(format!("the CA file {} cannot be read: {error}", path.display()))
            })?),
        };
        Ok(LdapSettings {
            start_tls: self.start_tls,
            allow_plaintext: self.allow_plaintext,
            bind_dn: self.bind_dn.clone(),
            bind_password: self.bind_password.clone(),
            ca_pem,
            base_dn: self.base_dn.clone(),
            kind: self.kind,
            ..LdapSettings::new(&self.url)
        })
    }
}

/// How an agent is set up, secrets open.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it is kept.
    pub path: PathBuf,
    pub server: String,
    pub agent: AgentId,
    pub ca_file: Option<PathBuf>,
    pub pinned: Option<[u8; 32]>,
    pub proxy: Option<Proxy>,
    pub status: Option<String>,
    pub keys: Keys,
    pub domains: BTreeMap<String, DomainSettings>,
}

/// The agent's keys as they are stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    pub key: Vec<u8>,
    /// One that the portal may have taken in the other's place already.
    pub next: Option<Vec<u8>>,
    pub since: Option<Time>,
    /// Days until a running agent changes its key by itself; 0: never.
    pub rotate_after_days: u32,
}

impl Keys {
    /// A new agent's.
    pub fn new(key: Vec<u8>) -> Self {
        Self { key, next: None, since: Some(clock::now()), rotate_after_days: ROTATE_AFTER_DAYS }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { since, rotate_after_days, .. } = self;
        f.debug_struct("Keys")
            .field("since", since)
            .field("rotate_after_days", rotate_after_days)
            .finish_non_exhaustive()
    }
}

/// An HTTP proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// `host:port`.
    pub address: String,
    /// For Basic authentication (RFC 7617).
    pub user: Option<(String, Secret)>,
}

impl Settings {
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        let wrong = |problem: String| SettingsError::Wrong { path: path.to_owned(), problem };
        let text = fs::read_to_string(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => SettingsError::NotEnrolled { path: path.to_owned() },
            _ => SettingsError::File { path: path.to_owned(), source },
        })?;
        let file: File =
            toml::from_str(&text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
        let sealer = Sealer::open(&beside(path, "key"))?;
        let pinned = match file.pinned {
            None => None,
            Some(text) => {
                Some(from_hex(&text).ok_or_else(|| wrong("`pinned` is no SHA-256 in hexadecimal".into()))?)
            }
        };
        let proxy = match file.proxy {
            None => None,
            Some(address) => {
                let password = match &file.proxy_password {
                    None => Secret::new(""),
                    Some(sealed) => sealer.unseal_text(PROXY_PASSWORD, sealed)?,
                };
                Some(Proxy {
                    address: proxy_address(&address).map_err(wrong)?,
                    user: file.proxy_user.map(|user| (user, password)),
                })
            }
        };
        let mut domains = BTreeMap::new();
        for (name, domain) in file.domains {
            let bind_password = sealer.unseal_text(&bind_password(&name), &domain.bind_password)?;
            let FileDomain { url, start_tls, allow_plaintext, bind_dn, ca_file, base_dn, kind, .. } = domain;
            domains.insert(
                name,
                DomainSettings {
                    url,
                    start_tls,
                    allow_plaintext,
                    bind_dn,
                    bind_password,
                    ca_file,
                    base_dn,
                    kind,
                },
            );
        }
        Ok(Self {
            path: path.to_owned(),
            server: file.server,
            agent: file.agent,
            ca_file: file.ca_file,
            pinned,
            proxy,
            status: file.status,
            keys: Keys {
                key: sealer.unseal(AGENT_KEY, &file.key)?,
                next: file.next_key.map(|key| sealer.unseal(NEXT_KEY, &key)).transpose()?,
                since: file.key_since,
                rotate_after_days: file.rotate_after_days,
            },
            domains,
        })
    }

    /// Writes everything, secrets sealed.
    pub fn save(&self) -> Result<(), SettingsError> {
        let failed = |source| SettingsError::File { path: self.path.clone(), source };
        if let Some(folder) = self.path.parent() {
            make_folder(folder).map_err(failed)?;
        }
        let sealer = Sealer::open(&beside(&self.path, "key"))?;
        let mut domains = BTreeMap::new();
        for (name, domain) in &self.domains {
            let password = domain.bind_password.expose().as_bytes();
            domains.insert(
                name.clone(),
                FileDomain {
                    url: domain.url.clone(),
                    start_tls: domain.start_tls,
                    allow_plaintext: domain.allow_plaintext,
                    bind_dn: domain.bind_dn.clone(),
                    bind_password: sealer.seal(&bind_password(name), password)?,
                    ca_file: domain.ca_file.clone(),
                    base_dn: domain.base_dn.clone(),
                    kind: domain.kind,
                },
            );
        }
        let user = self.proxy.as_ref().and_then(|proxy| proxy.user.as_ref());
        let file = File {
            server: self.server.clone(),
            agent: self.agent,
            ca_file: self.ca_file.clone(),
            pinned: self.pinned.map(|hash| to_hex(&hash)),
            proxy: self.proxy.as_ref().map(|proxy| format!("http://{}", proxy.address)),
            proxy_user: user.map(|(name, _)| name.clone()),
            proxy_password: match user {
                None => None,
                Some((_, password)) => Some(sealer.seal(PROXY_PASSWORD, password.expose().as_bytes())?),
            },
            status: self.status.clone(),
            key: sealer.seal(AGENT_KEY, &self.keys.key)?,
            next_key: self.keys.next.as_ref().map(|key| sealer.seal(NEXT_KEY, key)).transpose()?,
            key_since: self.keys.since,
            rotate_after_days: self.keys.rotate_after_days,
            domains,
        };
        let text = toml::to_string_pretty(&file)
            .map_err(|error| SettingsError::Wrong { path: self.path.clone(), problem: error.to_string() })?;
        write_private(&self.path, text.as_bytes()).map_err(failed)
    }

    /// Changes what is in the file, whatever else was written into it since somebody read it, and gives the outcome.
    pub fn change(path: &Path, change: impl FnOnce(&mut Self)) -> Result<Self, SettingsError> {
        let failed = |source| SettingsError::File { path: path.to_owned(), source };
        let _lock = Lock::take(path).map_err(failed)?;
        let mut settings = Self::load(path)?;
        change(&mut settings);
        settings.save()?;
        Ok(settings)
    }

    /// The agent's key, ready to sign.
    pub fn agent_key(&self) -> Result<AgentKey, SettingsError> {
        self.usable(&self.keys.key)
    }

    /// The key that shall take over, if there is one.
    pub fn next_key(&self) -> Result<Option<AgentKey>, SettingsError> {
        self.keys.next.as_deref().map(|key| self.usable(key)).transpose()
    }

    fn usable(&self, stored: &[u8]) -> Result<AgentKey, SettingsError> {
        AgentKey::from_stored(stored)
            .map_err(|error| SettingsError::Wrong { path: self.path.clone(), problem: error.to_string() })
    }

    pub(crate) fn counter(&self) -> Result<Counter, SettingsError> {
        let path = beside(&self.path, "counter");
        Counter::open(&path).map_err(|source| SettingsError::File { path, source })
    }

    /// Removes the file and what lies beside it.
    pub fn forget(path: &Path) -> Result<(), SettingsError> {
        for path in [path.to_owned(), beside(path, "key"), beside(path, "counter"), beside(path, "lock")] {
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(SettingsError::File { path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    path.with_extension(extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(folder: &Path) -> Settings {
        let domain = DomainSettings {
            url: "ldaps://dc1.lab01.local".into(),
            start_tls: false,
            allow_plaintext: false,
            bind_dn: "CN=sync,DC=lab01,DC=local".into(),
            bind_password: Secret::new("hunter2"),
            ca_file: None,
            base_dn: None,
            kind: DirectoryKind::ActiveDirectory,
        };
        Settings {
            path: folder.join("etc/agent.toml"),
            server: "https://skybridge.example.org".into(),
            agent: "agt_00000000000000000000000000000007".parse().expect("an id"),
            ca_file: None,
            pinned: Some([0xab; 32]),
            proxy: Some(Proxy {
                address: "proxy:3128".into(),
                user: Some(("agent".into(), Secret::new("swordfish"))),
            }),
            status: Some("skybridge.example.org:8080".into()),
            keys: Keys::new(AgentKey::generate().expect("a key").1),
            domains: BTreeMap::from([("lab01.local".to_owned(), domain)]),
        }
    }

    #[test]
    fn settings_survive_their_file_which_shows_no_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let before = settings(folder.path());
        before.save().expect("writes");
        let text = fs::read_to_string(&before.path).expect("a file");
        assert!(!text.contains("hunter2") && !text.contains("swordfish"), "{text}");
        let after = Settings::load(&before.path).expect("reads");
        assert_eq!(after.domains["lab01.local"].bind_password.expose(), "hunter2");
        assert_eq!((after.pinned, after.proxy), (before.pinned, before.proxy));
        assert_eq!(after.keys, before.keys);
        let next = AgentKey::generate().expect("a key").1;
        let changed = Settings::change(&before.path, |settings| settings.keys.next = Some(next.clone()));
        assert_eq!(changed.expect("changes").keys.next.as_ref(), Some(&next));
        assert_eq!(Settings::load(&before.path).expect("reads").keys.next, Some(next));
        Settings::forget(&before.path).expect("removes");
        assert!(matches!(Settings::load(&before.path), Err(SettingsError::NotEnrolled { .. })));
        assert_eq!(fs::read_dir(folder.path().join("etc")).expect("a folder").count(), 0);
    }

    #[test]
    fn what_is_no_configuration_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let good = settings(folder.path());
        good.save().expect("writes");
        let text = fs::read_to_string(&good.path).expect("a file");
        for (from, to, named) in [
            ("server", "sever", "sever"),
            ("abab", "zzzz", "pinned"),
            ("http://proxy:3128", "http://me@proxy", "proxy"),
        ] {
            fs::write(&good.path, text.replacen(from, to, 1)).expect("writes");
            let error = Settings::load(&good.path).expect_err(named).to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
