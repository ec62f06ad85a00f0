//! What the command line takes. The help texts are the manual.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Reads the directories of a private network for a Skybridge portal
///
/// The agent runs inside a network that the portal cannot reach. It dials out to the portal's HTTPS port, and only out:
/// no port has to be opened for it. What it reads goes to the portal at once; it keeps nothing. Run two or three of them
/// for each domain, on different machines: they share the work, and when one dies another one goes on.
#[derive(Debug, Parser)]
#[command(name = "skybridge-agent", version, max_term_width = 100, propagate_version = true)]
#[command(after_long_help = "\
Files:
  /etc/skybridge-agent/agent.toml     everything that the agent is set up with; secrets are sealed
  /etc/skybridge-agent/agent.key      the key that seals them; never leaves the machine
  /etc/skybridge-agent/agent.counter  numbers of signed requests that were used
  /etc/skybridge-agent/agent.lock     held while one of them is changed
  They belong to the account that runs the agent, and nobody else can read what is in them.

Ports that the agent dials out to:
  443   the portal: everything
  8080  the portal: a status every 10 minutes while 443 cannot be reached
  636, 389  the directory
  80    revocation lists of certificates, looked at by `check`

Exit status:
  0  done; check: nothing failed
  1  could not be done; standard error says why and what to do. check: something failed
  2  wrong usage

Examples:
  skybridge-agent enroll --server https://skybridge.example.org --token sbe_…
  skybridge-agent connect corp.example --bind-dn 'CN=sync,CN=Users,DC=corp,DC=example'
  skybridge-agent connect corp.example --url ldaps://dc1.corp.example --bind-dn 'CN=sync,CN=Users,DC=corp,DC=example'
  skybridge-agent check
  skybridge-agent run")]
pub struct Cli {
    /// Configuration file
    #[arg(long, global = true, env = "SKYBRIDGE_AGENT_CONFIG", default_value = DEFAULT_CONFIG)]
    pub config: PathBuf,
    #[command(subcommand)]
    pub command: Command,
}

#[cfg(windows)]
const DEFAULT_CONFIG: &str = r"C:\ProgramData\skybridge-agent\agent.toml";
#[cfg(not(windows))]
const DEFAULT_CONFIG: &str = "/etc/skybridge-agent/agent.toml";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make this machine an agent of a portal, with a one-time token
    Enroll(EnrollArgs),
    /// Say how the directory of a domain is reached
    Connect(Box<ConnectArgs>),
    /// Serve the portal until stopped
    Run(RunArgs),
    /// Find out whether this machine is ready, and say what to do where it is not
    Check(CheckArgs),
    /// Change the agent's key; a running agent goes on, and does this by itself every 90 days
    Rotate,
    /// Take leave of the portal, and forget the key and the directories
    Leave,
}

/// Makes a key of its own, sends the public half with the token and writes the configuration file.
///
/// The token is made in the portal (Agents, Add agent) or with the API. It is good once and for half an hour, and
/// names the certificate that the portal must show, if the portal speaks TLS itself.
#[derive(Debug, Args)]
pub struct EnrollArgs {
    /// Address of the portal, such as <https://skybridge.example.org>
    #[arg(long, value_name = "URL")]
    pub server: String,
    /// One-time token; `-` reads it from standard input, so that it appears in no list of processes
    #[arg(long, env = "SKYBRIDGE_ENROLMENT_TOKEN", hide_env_values = true)]
    pub token: String,
    /// PEM file with the authority that issued the portal's certificate, if the system does not know it
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// HTTP proxy on the way to the portal, such as <http://proxy.corp.example:3128>
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
    /// User for the proxy
    #[arg(long, value_name = "NAME", requires = "proxy")]
    pub proxy_user: Option<String>,
    /// Password for the proxy
    #[arg(long, env = "SKYBRIDGE_AGENT_PROXY_PASSWORD", hide_env_values = true, requires = "proxy_user")]
    pub proxy_password: Option<String>,
    /// Name that the portal shows, instead of the machine's
    #[arg(long, value_name = "NAME")]
    pub machine: Option<String>,
}

/// Writes the address and the account into the configuration file, the password sealed, after it tried them.
///
/// Without an address it asks the name servers for the domain's controllers and takes the first that lets it in, over
/// ldaps. The password is read from standard input, or from a file. Only reading rights are needed; `check` says which
/// are missing.
#[derive(Debug, Args)]
pub struct ConnectArgs {
    /// Name of the domain, as the portal has it
    pub domain: String,
    /// Address of the directory: `ldaps://host[:636]` or `ldap://host[:389]`; without one, the domain's controllers are
    /// looked for
    #[arg(long)]
    pub url: Option<String>,
    /// Upgrade ldap:// to TLS before anything else is said
    #[arg(long, requires = "url")]
    pub start_tls: bool,
    /// Send the password in the clear over ldap:// to another machine
    #[arg(long, conflicts_with = "start_tls", requires = "url")]
    pub allow_plaintext: bool,
    /// Account that reads
    #[arg(long, value_name = "DN")]
    pub bind_dn: String,
    /// File with its password, instead of standard input
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// PEM file with the authority that issued the directory's certificate, if the system does not know it
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Naming context, if the directory does not tell it
    #[arg(long, value_name = "DN")]
    pub base_dn: Option<String>,
    /// Write it down even if the directory cannot be reached now
    #[arg(long, requires = "url")]
    pub untried: bool,
}

/// Holds a connection to the portal, and makes a new one whenever it breaks.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Address of the portal, if it is another one than when the agent enrolled
    #[arg(long, value_name = "URL", env = "SKYBRIDGE_AGENT_SERVER")]
    pub server: Option<String>,
    /// Stop when standard input ends, as it does when the process that started this one is gone
    #[arg(long)]
    pub with_parent: bool,
    /// Run as a Windows service: the service manager starts and stops it, and the log goes to files beside the
    /// configuration file, one a day, for two weeks
    #[cfg(windows)]
    #[arg(long, conflicts_with = "with_parent")]
    pub service: bool,
    /// Form of the log lines; to a terminal they are readable, elsewhere JSON
    #[arg(long, value_enum)]
    pub log_format: Option<LogFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// Prints each check with what was done, what was found, what is wanted and what to do.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
}
