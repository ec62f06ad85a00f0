//! What the command line takes. The help texts are the manual.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::access::Role;
use domain::record::{Action, Status};

use super::since::Since;

/// Keeps a cloud directory equal to your own directories
///
/// Skybridge reads users, groups and contacts from Active Directory forests and other LDAP directories and
/// provisions them into its built-in directory or any SCIM 2.0 service. `skybridge serve` is the portal, the REST
/// API and the sync worker in one process; the other commands speak with it.
#[derive(Debug, Parser)]
#[command(name = "skybridge", version, max_term_width = 100, propagate_version = true)]
#[command(after_long_help = "\
Exit status:
  0  done
  1  could not be done; standard error says why and what to do
  2  wrong usage
  3  run --wait: the cycle ended and some objects failed
  4  run --wait: the configuration is in quarantine

Environment:
  SKYBRIDGE_URL    address of the server for commands that speak with it
  SKYBRIDGE_TOKEN  API token for these commands (skybridge token create)
  Every option of serve can also be given as SKYBRIDGE_…, as its help shows.

Examples:
  skybridge serve --lab
  export SKYBRIDGE_TOKEN=$(skybridge token create --name me --role administrator)
  skybridge apply -f skybridge.yaml
  skybridge run \"lab01 to directory\" --wait
  skybridge logs alice --since 1h")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the portal, the REST API and the sync worker
    Serve(Box<ServeArgs>),
    /// Make API tokens, with direct access to the data folder
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Make local accounts, with direct access to the data folder
    Account {
        #[command(subcommand)]
        command: AccountCommand,
    },
    /// Create or update domains, targets, configurations and settings from a document
    Apply(ApplyArgs),
    /// Print everything that is configured as a document for apply
    Export(ExportArgs),
    /// Replace mappings and filters of a configuration by those of a synchronizationSchema
    ImportSchema(ImportSchemaArgs),
    /// List domains, targets, configurations, agents, cycles, users, groups or contacts
    Get(GetArgs),
    /// Start a cycle of a configuration
    Run(RunArgs),
    /// Take one object through import, scope, match and action now
    Provision(ProvisionArgs),
    /// Find out what the next cycle would do to everybody; nothing is written
    Simulate(SimulateArgs),
    /// Search the provisioning logs
    Logs(LogsArgs),
    /// Show the audit log, or check that nobody changed it
    Audit(AuditArgs),
}

/// Start the portal, the REST API and the sync worker
///
/// One process does everything. It keeps its database, the key of its secrets and its lock in the data folder; a
/// second server on the same folder ends at once. On the first start it makes the account admin without a password
/// and prints a link that signs in once, within ten minutes.
#[derive(Debug, Default, Clone, Args)]
#[command(after_long_help = "\
The configuration file is TOML with the long option names as keys, for example:
  listen = \"127.0.0.1:3000\"
  data = \"/var/lib/skybridge\"
  behind-proxy = true
  public-url = \"https://skybridge.example.org\"
Options win over the environment, the environment wins over the file.

Examples:
  skybridge serve --lab
  skybridge serve --data /var/lib/skybridge --behind-proxy --public-url https://skybridge.example.org")]
pub struct ServeArgs {
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE", env = "SKYBRIDGE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Address of portal and API [default: 127.0.0.1:3000]
    #[arg(long, value_name = "ADDRESS:PORT", env = "SKYBRIDGE_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// Address for the signed statuses of agents that cannot reach the main one [default: 127.0.0.1:8080 if it is free]
    #[arg(long, value_name = "ADDRESS:PORT", env = "SKYBRIDGE_STATUS_LISTEN")]
    pub status_listen: Option<SocketAddr>,
    /// Data folder, made when it is not there [default: ./data]
    #[arg(long, value_name = "DIR", env = "SKYBRIDGE_DATA")]
    pub data: Option<PathBuf>,
    /// Database [default: SQLite in the data folder]
    #[arg(long, value_name = "URL", env = "SKYBRIDGE_DATABASE")]
    pub database: Option<String>,
    /// Start three sample forests and synchronise them into the built-in directory
    #[arg(long, env = "SKYBRIDGE_LAB", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub lab: bool,
    /// A reverse proxy in front speaks HTTPS: trust its X-Forwarded-For, send cookies over HTTPS only
    #[arg(long, env = "SKYBRIDGE_BEHIND_PROXY", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub behind_proxy: bool,
    /// Listen on other than loopback addresses in plain HTTP; passwords and tokens cross the network in the clear
    #[arg(long, env = "SKYBRIDGE_INSECURE", value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub insecure: bool,
    /// Certificate of the portal's own port, with the chain that vouches for it (PEM); the port then speaks HTTPS. A
    /// renewed one is taken up within a minute, or at SIGHUP; agents that insist on this one certificate, for which no authority vouches, have to enrol anew
    #[arg(long, value_name = "FILE", env = "SKYBRIDGE_TLS_CERTIFICATE")]
    pub tls_certificate: Option<PathBuf>,
    /// Key of that certificate (PEM, without a password)
    #[arg(long, value_name = "FILE", env = "SKYBRIDGE_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// Address that people open, for links [default: the listening address]
    #[arg(long, value_name = "URL", env = "SKYBRIDGE_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Folder with the portal's files [default: site beside the program]
    #[arg(long, value_name = "DIR", env = "SKYBRIDGE_SITE")]
    pub site: Option<PathBuf>,
    /// Cycles that run at the same time [default: 4]
    #[arg(long, value_name = "N", env = "SKYBRIDGE_CONCURRENCY")]
    pub concurrency: Option<usize>,
    /// Seconds between two heartbeats of an agent [default: 60]
    #[arg(long, value_name = "SECONDS", env = "SKYBRIDGE_AGENT_BEAT_SECONDS")]
    pub agent_beat_seconds: Option<u32>,
    /// Seconds between two statuses over the status port [default: 600]
    #[arg(long, value_name = "SECONDS", env = "SKYBRIDGE_AGENT_STATUS_SECONDS")]
    pub agent_status_seconds: Option<u32>,
    /// Heartbeats that an agent may miss until it is degraded [default: 3]
    #[arg(long, value_name = "N", env = "SKYBRIDGE_AGENT_MISSED_BEATS")]
    pub agent_missed_beats: Option<u32>,
    /// Seconds of silence until an agent is inactive [default: 3600]
    #[arg(long, value_name = "SECONDS", env = "SKYBRIDGE_AGENT_INACTIVE_SECONDS")]
    pub agent_inactive_seconds: Option<u32>,
    /// Seconds of silence until lists leave an agent out [default: 864000]
    #[arg(long, value_name = "SECONDS", env = "SKYBRIDGE_AGENT_HIDDEN_SECONDS")]
    pub agent_hidden_seconds: Option<u32>,
    /// Form of the log [default: text on a terminal, json elsewhere]
    #[arg(long, value_name = "FORM", env = "SKYBRIDGE_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make an API token and print it, nothing else
    ///
    /// Whoever may read and write the data folder may do this; no server needs to run. The token is shown once and
    /// kept as a hash only.
    #[command(after_long_help = "\
Example:
  export SKYBRIDGE_TOKEN=$(skybridge token create --name backup-script --role reader --data /var/lib/skybridge)")]
    Create {
        /// What the token is for; the audit log names it
        #[arg(long)]
        name: String,
        /// reader sees, operator also runs, administrator also changes
        #[arg(long)]
        role: Role,
        /// Data folder
        #[arg(long, value_name = "DIR", env = "SKYBRIDGE_DATA", default_value = "./data")]
        data: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Make a local account
    ///
    /// The password is read from standard input with --password-stdin. Without it the account has none and a link
    /// that signs in once, within ten minutes, is printed.
    #[command(after_long_help = "\
Example:
  skybridge account create --username emergency --role administrator --password-stdin < password.txt")]
    Create {
        #[arg(long)]
        username: String,
        /// reader sees, operator also runs, administrator also changes
        #[arg(long)]
        role: Role,
        /// Read the password from standard input, without its line end
        #[arg(long)]
        password_stdin: bool,
        /// Data folder
        #[arg(long, value_name = "DIR", env = "SKYBRIDGE_DATA", default_value = "./data")]
        data: PathBuf,
        /// Address for the sign-in link
        #[arg(
            long,
            value_name = "URL",
            env = "SKYBRIDGE_PUBLIC_URL",
            default_value = "http://127.0.0.1:3000"
        )]
        public_url: String,
    },
}

/// The server that a command speaks with.
#[derive(Debug, Clone, Args)]
pub struct ServerArgs {
    #[arg(
        long,
        help = "Address of the server; the token is read from SKYBRIDGE_TOKEN",
        value_name = "URL",
        env = "SKYBRIDGE_URL",
        default_value = "http://127.0.0.1:3000"
    )]
    pub server: String,
    /// API token
    #[arg(long, value_name = "TOKEN", env = "SKYBRIDGE_TOKEN", hide = true, hide_env_values = true)]
    pub token: Option<String>,
}

/// Create or update domains, targets, configurations and settings from a document
///
/// The document is JSON or YAML. It happens whole or not at all: everything that is wrong with it is listed by its
/// path and nothing is changed. One line is printed for each change, and nothing when nothing changed. Secrets are
/// given as {"env": NAME}, {"file": PATH} or {"value": TEXT}; env and file are read here, as is caFile. What the
/// document does not name stays as it is.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  skybridge apply -f skybridge.yaml --dry-run
  skybridge export | jq '.configurations[].enabled = false' | skybridge apply -f -")]
pub struct ApplyArgs {
    /// The document, or - for standard input
    #[arg(short, long, value_name = "FILE")]
    pub file: PathBuf,
    /// Only print what would change
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Print everything that is configured as a document for apply
///
/// Secrets are left out; apply keeps the stored ones where the document gives none. With --schema the mappings and
/// filters of one configuration are printed instead, in the shape of Graph's synchronizationSchema; import-schema takes
/// that back, and what Cloud Sync exports.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Print the schema of this configuration
    #[arg(long, value_name = "CONFIGURATION")]
    pub schema: Option<String>,
    /// Form of the document
    #[arg(long, value_name = "FORM", default_value = "json")]
    pub format: ExportFormat,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Replace mappings and filters of a configuration by those of a synchronizationSchema
///
/// The schema is the JSON that export --schema prints, or that Graph gives for a Cloud Sync job. It is taken whole or
/// not at all; everything that is wrong with it is listed by its path. Kinds of objects that it does not speak of stay
/// as they are.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  skybridge import-schema \"lab01 to directory\" -f cloud-sync.json
  skybridge export --schema \"lab01 to directory\" | skybridge import-schema \"lab02 to directory\" -f -")]
pub struct ImportSchemaArgs {
    /// Name or id of the configuration
    pub configuration: String,
    /// The schema, or - for standard input
    #[arg(short, long, value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub server: ServerArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    Json,
    Yaml,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Resource {
    Domains,
    Targets,
    Configurations,
    Agents,
    Alerts,
    Cycles,
    Users,
    Groups,
    Contacts,
}

/// List domains, targets, configurations, agents, alerts, cycles, users, groups or contacts
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  skybridge get configurations
  skybridge get users --json | jq -r '.[].userPrincipalName'")]
pub struct GetArgs {
    pub resource: Resource,
    /// One JSON array with every page
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Start a cycle of a configuration
///
/// Without --wait the command ends as soon as the cycle is in the queue. With --wait it shows progress on a terminal,
/// prints the cycle's counts at its end, and tells by its exit status how it went: 0 all objects, 1 the cycle failed,
/// 3 some objects failed, 4 the configuration is in quarantine.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  skybridge run \"lab01 to directory\" --wait
  skybridge run cfg_0198c5… --full --wait --json")]
pub struct RunArgs {
    /// Name or id of the configuration
    pub configuration: String,
    /// Read the whole directory, also where changes would do
    #[arg(long)]
    pub full: bool,
    /// Wait for the end of the cycle
    #[arg(long)]
    pub wait: bool,
    /// Print the cycle as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Take one object through import, scope, match and action now
///
/// Prints the four steps and what was changed. The scope is obeyed: an object out of scope is left alone, or removed
/// if it was provisioned. The exit status is 1 when the object failed or is not there.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  skybridge provision \"lab01 to directory\" --dn \"CN=Ann Lee,OU=People,DC=lab01,DC=local\" --dry-run
  skybridge provision cfg_0198c5… --object-id 6f9619ff-8b86-d011-b42d-00c04fc964ff --json")]
pub struct ProvisionArgs {
    /// Name or id of the configuration
    pub configuration: String,
    /// Distinguished name of the object
    #[arg(long, value_name = "DN", required_unless_present = "object_id", conflicts_with = "object_id")]
    pub dn: Option<String>,
    /// objectGUID or entryUUID of the object
    #[arg(long, value_name = "UUID")]
    pub object_id: Option<String>,
    /// Only find out what would happen
    #[arg(long)]
    pub dry_run: bool,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Find out what the next cycle would do to everybody
///
/// Nothing is written and no cycle waits. Progress is shown on a terminal, then the counts by kind, action and status;
/// --json and --csv print every object. An interrupt cancels the simulation. The exit status tells how the cycle would
/// end: 0 well, 3 some objects would fail, 4 the accidental-delete guard would hold it back; 1 the simulation failed.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  skybridge simulate \"lab01 to directory\"
  skybridge simulate \"lab01 to directory\" --csv > preview.csv
  echo '{\"scope\": {\"organizationalUnits\": [\"OU=Staff,DC=lab01,DC=local\"]}}' |
    skybridge simulate \"lab01 to directory\" --plan -")]
pub struct SimulateArgs {
    /// Name or id of the configuration
    pub configuration: String,
    /// Read the whole directory, also where changes would do
    #[arg(long)]
    pub full: bool,
    /// Try this plan without storing it: what differs of the configuration's entry in the apply document; - for
    /// standard input
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Print the simulation and every object as JSON
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print every object as CSV
    #[arg(long)]
    pub csv: bool,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Search the provisioning logs
///
/// Prints the newest records first. TEXT is found anywhere in names, ids, distinguished names, change ids and error
/// texts, without regard to case.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  skybridge logs alice
  skybridge logs --status failure --since 1d
  skybridge logs --configuration \"lab01 to directory\" --follow")]
pub struct LogsArgs {
    /// Words that must all be found
    pub text: Option<String>,
    /// create, update, disable, delete, stageddelete or other; may be repeated
    #[arg(long)]
    pub action: Vec<Action>,
    /// success, failure, skipped or warning; may be repeated
    #[arg(long)]
    pub status: Vec<Status>,
    /// Name or id of a configuration
    #[arg(long)]
    pub configuration: Option<String>,
    /// How far back, such as 30m, 1h or 7d
    #[arg(long)]
    pub since: Option<Since>,
    /// Most records
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
    /// One JSON array; with --follow one object a line
    #[arg(long)]
    pub json: bool,
    /// Then print new records as they come
    #[arg(long)]
    pub follow: bool,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Show the audit log, or check that nobody changed it
///
/// Every entry is chained to the one before it, the end of the chain is sealed with the data folder's key, and
/// checkpoints of it are written into the file audit.checkpoints. With --verify all of it is checked: the exit status
/// is 1 and the place is named when somebody changed, removed, inserted or cut off an entry. With --data the data
/// folder is read without asking a server.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Check that nobody changed it
    #[arg(long)]
    pub verify: bool,
    /// Data folder to check without a server
    #[arg(long, value_name = "DIR", requires = "verify")]
    pub data: Option<PathBuf>,
    /// One JSON array with every page
    #[arg(long)]
    pub json: bool,
    /// Most entries without --json
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
    #[command(flatten)]
    pub server: ServerArgs,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
