//! What `serve` works with: options over environment over configuration file over defaults.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use domain::agent::Patience;
use serde::Deserialize;

use crate::cli::{CliError, LogFormat, ServeArgs};
use crate::tls::TlsFiles;

/// Cycles at a time. Most of a cycle is waiting for a directory and a target.
const CONCURRENCY: usize = 4;

/// The configuration file. Keys are the long option names.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct File {
    listen: Option<SocketAddr>,
    status_listen: Option<SocketAddr>,
    data: Option<PathBuf>,
    database: Option<String>,
    lab: bool,
    behind_proxy: bool,
    insecure: bool,
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    public_url: Option<String>,
    site: Option<PathBuf>,
    concurrency: Option<usize>,
    agent_beat_seconds: Option<u32>,
    agent_status_seconds: Option<u32>,
    agent_missed_beats: Option<u32>,
    agent_inactive_seconds: Option<u32>,
    agent_hidden_seconds: Option<u32>,
    log_format: Option<LogFormat>,
}

/// Settled options.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    pub listen: SocketAddr,
    /// Where agents report that cannot reach the main address, if somebody named it.
    pub status_listen: Option<SocketAddr>,
    pub patience: Patience,
    pub data: PathBuf,
    /// The database file.
    pub database: PathBuf,
    pub lab: bool,
    pub behind_proxy: bool,
    /// The portal's certificate and its key, where it speaks TLS itself.
    pub tls: Option<TlsFiles>,
    pub public_url: Option<String>,
    pub site: PathBuf,
    pub concurrency: usize,
    pub log_format: Option<LogFormat>,
}

impl ServeOptions {
    pub fn settle(args: ServeArgs) -> Result<Self, CliError> {
        let file = match &args.config {
            None => File::default(),
            Some(path) => read(path)?,
        };
        let listen = args.listen.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000)));
        let behind_proxy = args.behind_proxy || file.behind_proxy;
        let insecure = args.insecure || file.insecure;
        let patience = patience(&args, &file)?;
        let tls = tls(args.tls_certificate.or(file.tls_certificate), args.tls_key.or(file.tls_key))?;
        if tls.is_some() && behind_proxy {
            // Agents would insist on a certificate that the proxy never shows them.
            return Err(CliError::usage(
                "--tls-certificate and --behind-proxy exclude each other: agents see the proxy's certificate; leave out \
                 the one that does not face them",
            ));
        }
        if !listen.ip().is_loopback() && tls.is_none() && !behind_proxy && !insecure {
            return Err(CliError::usage(format!(
                "{listen} can be reached from other machines in plain HTTP; give the portal a certificate with \
                 --tls-certificate and --tls-key, put a reverse proxy with HTTPS in front and add --behind-proxy, or add \
                 --insecure if the network is trusted"
            )));
        }
        let data = args.data.or(file.data).unwrap_or_else(|| PathBuf::from("./data"));
        let database = database_file(args.database.or(file.database), &data)?;
        let public_url = args.public_url.or(file.public_url);
        if let Some(url) = &public_url
            && !url.starts_with("http://")
            && !url.starts_with("https://")
        {
            return Err(CliError::usage(format!(
                "`{url}` is not an address that people can open; write for example https://skybridge.example.org"
            )));
        }
        Ok(Self {
            listen,
            status_listen: args.status_listen.or(file.status_listen),
            patience,
            data,
            database,
            lab: args.lab || file.lab,
            behind_proxy,
            tls,
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
            site: args.site.or(file.site).unwrap_or_else(site_beside_program),
            concurrency: args.concurrency.or(file.concurrency).unwrap_or(CONCURRENCY).clamp(1, 64),
            log_format: args.log_format.or(file.log_format),
        })
    }

    /// Whether people reach the portal over HTTPS.
    pub fn https(&self) -> bool {
        self.tls.is_some()
            || self.behind_proxy
            || self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The address for links, given the one that was bound.
    pub fn address(&self, bound: SocketAddr) -> String {
        self.public_url.clone().unwrap_or_else(|| {
            let scheme = if self.tls.is_some() { "https" } else { "http" };
            format!("{scheme}://{bound}")
        })
    }
}

/// The certificate and the key, which go together.
fn tls(certificate: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<TlsFiles>, CliError> {
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        _ => Err(CliError::usage("--tls-certificate and --tls-key belong together; give both or none")),
    }
}

/// How patient the portal is with its agents; an order of delays that makes no sense is refused.
fn patience(args: &ServeArgs, file: &File) -> Result<Patience, CliError> {
    let default = Patience::default();
    let patience = Patience {
        beat_seconds: args.agent_beat_seconds.or(file.agent_beat_seconds).unwrap_or(default.beat_seconds),
        status_seconds: args
            .agent_status_seconds
            .or(file.agent_status_seconds)
            .unwrap_or(default.status_seconds),
        missed_beats: args.agent_missed_beats.or(file.agent_missed_beats).unwrap_or(default.missed_beats),
        inactive_seconds: args
            .agent_inactive_seconds
            .or(file.agent_inactive_seconds)
            .unwrap_or(default.inactive_seconds),
        hidden_seconds: args
            .agent_hidden_seconds
            .or(file.agent_hidden_seconds)
            .unwrap_or(default.hidden_seconds),
    };
    let degraded = u64::from(patience.beat_seconds) * u64::from(patience.missed_beats);
    if patience.beat_seconds == 0 || patience.status_seconds == 0 || patience.missed_beats == 0 {
        return Err(CliError::usage(
            "--agent-beat-seconds, --agent-status-seconds and --agent-missed-beats are 1 or more",
        ));
    }
    if degraded > u64::from(patience.inactive_seconds) || patience.inactive_seconds > patience.hidden_seconds
    {
        return Err(CliError::usage(format!(
            "an agent is degraded after {degraded} s (--agent-beat-seconds times --agent-missed-beats), inactive after \
             {} s and hidden after {} s: each must be at least as long as the one before",
            patience.inactive_seconds, patience.hidden_seconds
        )));
    }
    Ok(patience)
}

fn read(path: &Path) -> Result<File, CliError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        CliError::failed(format!("the configuration file {} cannot be read: {error}", path.display()))
    })?;
    toml::from_str(&text).map_err(|error| {
        let place = error.to_string();
        CliError::failed(format!("the configuration file {} is wrong: {}", path.display(), place.trim_end()))
    })
}

/// The SQLite file of a database address.
fn database_file(url: Option<String>, data: &Path) -> Result<PathBuf, CliError> {
    let Some(url) = url else { return Ok(default_database(data)) };
    if let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
        return Ok(PathBuf::from(path));
    }
    Err(CliError::usage(if url.starts_with("postgres") {
        "this version keeps its data in SQLite only; leave --database out".to_owned()
    } else {
        "--database takes an address such as sqlite:/var/lib/skybridge/skybridge.db".to_owned()
    }))
}

/// The database of a data folder.
pub fn default_database(data: &Path) -> PathBuf {
    data.join("skybridge.db")
}

/// In a build folder the site lies beside the profile's folder, in an installation beside the program.
fn site_beside_program() -> PathBuf {
    let folder = std::env::current_exe().ok().and_then(|path| path.parent().map(Path::to_owned));
    let folder = folder.unwrap_or_else(|| PathBuf::from("."));
    let beside = folder.join("site");
    match folder.parent().map(|parent| parent.join("site")) {
        Some(above) if !beside.is_dir() && above.is_dir() => above,
        _ => beside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_others_reach_needs_a_word() {
        let args = |behind_proxy, insecure| ServeArgs {
            listen: Some(SocketAddr::from(([0, 0, 0, 0], 3000))),
            behind_proxy,
            insecure,
            ..ServeArgs::default()
        };
        assert!(ServeOptions::settle(args(false, false)).is_err());
        assert!(ServeOptions::settle(args(true, false)).expect("proxy").https());
        assert!(!ServeOptions::settle(args(false, true)).expect("insecure").https());
        assert!(ServeOptions::settle(ServeArgs::default()).is_ok());
        let certificate = ServeArgs { tls_certificate: Some("one.pem".into()), ..args(false, false) };
        let half = ServeOptions::settle(certificate.clone()).expect_err("without a key").to_string();
        assert!(half.contains("--tls-key"), "{half}");
        let tls =
            ServeOptions::settle(ServeArgs { tls_key: Some("one.key".into()), ..certificate }).expect("TLS");
        assert!(tls.https());
        assert_eq!(tls.address(SocketAddr::from(([127, 0, 0, 1], 443))), "https://127.0.0.1:443");
    }

    #[test]
    fn patience_with_agents_is_in_order() {
        let settle = |beat, missed, inactive, hidden| {
            ServeOptions::settle(ServeArgs {
                agent_beat_seconds: beat,
                agent_missed_beats: missed,
                agent_inactive_seconds: inactive,
                agent_hidden_seconds: hidden,
                ..ServeArgs::default()
            })
            .map(|options| options.patience)
        };
        assert_eq!(settle(None, None, None, None).expect("settles"), Patience::default());
        let quick = settle(Some(2), None, Some(20), None).expect("settles");
        assert_eq!((quick.beat_seconds, quick.inactive_seconds), (2, 20));
        assert!(settle(Some(0), None, None, None).is_err());
        assert!(settle(Some(60), Some(100), None, None).is_err());
        assert!(settle(None, None, Some(900_000), None).is_err());
    }

    #[test]
    fn options_win_over_the_file_and_unknown_keys_are_named() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("skybridge.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:4000\"\nlab = true\nconcurrency = 2\n").expect("writes");
        let args = ServeArgs { config: Some(path.clone()), concurrency: Some(3), ..ServeArgs::default() };
        let options = ServeOptions::settle(args.clone()).expect("settles");
        assert_eq!((options.listen.port(), options.lab, options.concurrency), (4000, true, 3));
        std::fs::write(&path, "lisen = \"127.0.0.1:4000\"\n").expect("writes");
        let error = ServeOptions::settle(args).expect_err("refuses").to_string();
        assert!(error.contains("lisen"), "{error}");
    }
}
