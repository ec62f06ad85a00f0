//! Where log lines go: readable ones to a terminal, JSON elsewhere, both on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::cli::LogFormat;

/// What is logged when `SKYBRIDGE_LOG` does not say otherwise.
const DEFAULT: &str = "info,sqlx=warn,hyper=warn,tower_sessions=warn";

pub fn start(format: Option<LogFormat>) {
    let filter = EnvFilter::try_from_env("SKYBRIDGE_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let terminal = std::io::stderr().is_terminal();
    let format = format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A subscriber may be there already when a test starts several servers in one process.
    drop(match format {
        LogFormat::Text => builder.compact().with_ansi(terminal).with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    });
}
