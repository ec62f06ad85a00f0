//! The agents of the sample forests: two processes each, so that a newcomer sees agents at once.

use std::fmt::{Display, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use domain::access::Principal;
use domain::agent::Patience;
use futures::future::try_join_all;
use service::agents::NewEnrolment;
use service::{Service, ServiceError};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::cli::CliError;

/// Agents of each forest.
const EACH: usize = 2;

/// How a sample forest is reached.
#[derive(Debug, Clone)]
pub struct Reached {
    pub domain: String,
    pub url: String,
    pub bind_dn: String,
    pub bind_password: String,
}

/// The agent's program beside this one.
pub fn program() -> Option<PathBuf> {
    let name = format!("skybridge-agent{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok()?.parent()?.join(name);
    beside.is_file().then_some(beside)
}

/// Where agents on this machine find the portal; `None` where they would not talk to it without TLS. With TLS they know
/// it by its certificate, whatever name that has.
pub fn address(bound: SocketAddr, tls: bool) -> Option<String> {
    let host = match bound.ip() {
        ip if ip.is_loopback() => ip,
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip if tls => ip,
        _ => return None,
    };
    let scheme = if tls { "https" } else { "http" };
    Some(format!("{scheme}://{}", SocketAddr::new(host, bound.port())))
}

/// How patient the portal is with agents in the lab, unless somebody said otherwise: what happens to one shall be seen
/// within seconds.
pub fn patience(set: Patience) -> Patience {
    if set != Patience::default() {
        return set;
    }
    Patience { beat_seconds: 3, status_seconds: 15, missed_beats: 2, inactive_seconds: 60, ..set }
}

/// Enrols the agents that are not yet, and starts all, in a task that holds them until it is aborted. The portal has to
/// listen already. They end with this process, whatever ends it.
pub fn start(
    program: PathBuf,
    server: String,
    data: &Path,
    service: &Service,
    forests: Vec<Reached>,
) -> JoinHandle<()> {
    let (data, service) = (data.to_owned(), service.clone());
    tokio::spawn(async move {
        let starting = forests.iter().flat_map(|forest| (1..=EACH).map(move |number| (forest, number)));
        let starting = starting.map(|(forest, number)| {
            let machine = format!("agent{number}.{}", forest.domain);
            let folder = data.join("lab-agents").join(&machine);
            let agent =
                LabAgent { program: &program, server: &server, service: &service, forest, folder, machine };
            async move { agent.start().await }
        });
        match try_join_all(starting).await {
            Ok(running) => {
                tracing::info!(agents = running.len(), "the agents of the sample forests run");
                std::future::pending::<()>().await;
                drop(running);
            }
            Err(error) => tracing::error!(error = %error, "the sample forests have no agents"),
        }
    })
}

struct LabAgent<'a> {
    program: &'a Path,
    server: &'a str,
    service: &'a Service,
    forest: &'a Reached,
    folder: PathBuf,
    machine: String,
}

impl LabAgent<'_> {
    async fn start(&self) -> Result<Child, CliError> {
        let config = self.folder.join("agent.toml");
        if config.is_file() && !is_known(self.service, &config).await? {
            // The database was made anew.
            std::fs::remove_dir_all(&self.folder).map_err(|error| failed(&error))?;
        }
        std::fs::create_dir_all(&self.folder).map_err(|error| failed(&error))?;
        if !config.is_file() {
            let wanted = NewEnrolment { domains: vec![self.forest.domain.clone()], minutes: None };
            let (_, token) = self.service.create_enrolment(&Principal::system(), &wanted).await?;
            let mut enroll = self.command(&config, "enroll");
            enroll.args(["--server", self.server, "--token", "-", "--machine", &self.machine]);
            finish(enroll, token.expose()).await?;
        }
        let Reached { domain, url, bind_dn, bind_password } = self.forest;
        let mut connect = self.command(&config, "connect");
        connect.args([domain, "--url", url, "--bind-dn", bind_dn]);
        finish(connect, bind_password).await?;
        let log = std::fs::File::create(self.folder.join("agent.log")).map_err(|error| failed(&error))?;
        let mut run = self.command(&config, "run");
        run.args(["--with-parent", "--server", self.server]).stdout(Stdio::null()).stderr(log);
        run.spawn().map_err(|error| failed(&error))
    }

    fn command(&self, config: &Path, name: &str) -> Command {
        let mut command = Command::new(self.program);
        command.arg("--config").arg(config).arg(name).kill_on_drop(true).stdin(Stdio::piped());
        command
    }
}

/// Runs a command that reads one line and ends.
async fn finish(mut command: Command, line: &str) -> Result<(), CliError> {
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| failed(&error))?;
    if let Some(mut input) = child.stdin.take() {
        // A command that ended before it read says why below.
        let _ = input.write_all(format!("{line}\n").as_bytes()).await;
    }
    let output = child.wait_with_output().await.map_err(|error| failed(&error))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(failed(&String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// Whether the portal knows the agent that a configuration file belongs to, and the agent knows the portal.
async fn is_known(service: &Service, config: &Path) -> Result<bool, CliError> {
    let text = std::fs::read_to_string(config).map_err(|error| failed(&error))?;
    let value =
        |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(|text| text.trim_matches('"'));
    let Some(id) = value("agent = ").and_then(|id| id.parse().ok()) else { return Ok(false) };
    let shown = service.agent_setup().fingerprint.map(|hash| hex(&hash));
    if value("pinned = ") != shown.as_deref() {
        // The portal shows another certificate than when the agent enrolled, or none.
        return Ok(false);
    }
    match service.agent(&Principal::system(), id).await {
        Ok(_) => Ok(true),
        Err(ServiceError::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn failed(problem: &dyn Display) -> CliError {
    CliError::failed(format!("the agents of the sample forests did not start: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_find_the_portal_on_loopback_or_not_at_all() {
        let found = |text: &str| address(text.parse().expect("an address"), false);
        assert_eq!(found("127.0.0.1:3000").as_deref(), Some("http://127.0.0.1:3000"));
        assert_eq!(found("127.0.0.22:3000").as_deref(), Some("http://127.0.0.22:3000"));
        assert_eq!(found("0.0.0.0:80").as_deref(), Some("http://127.0.0.1:80"));
        assert_eq!(found("[::]:80").as_deref(), Some("http://[::1]:80"));
        assert_eq!(found("192.0.2.1:80"), None);
        let protected = address("192.0.2.1:443".parse().expect("an address"), true);
        assert_eq!(protected.as_deref(), Some("https://192.0.2.1:443"));
    }
}
