//! The commands.

mod connect;
mod enroll;

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use domain::agent::{CheckOutcome, ReadinessCheck};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::args::{CheckArgs, Cli, Command, LogFormat, RunArgs};
use crate::readiness;
use crate::settings::{Settings, SettingsError};

/// Why a command ended without success: the sentence for standard error.
#[derive(Debug)]
pub struct Failure(pub String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The whole program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("skybridge-agent: the process cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(command(cli)) {
        Ok(code) => code,
        Err(Failure(problem)) => {
            eprintln!("skybridge-agent: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn command(cli: Cli) -> Result<ExitCode, Failure> {
    let path = cli.config.as_path();
    match cli.command {
        Command::Enroll(args) => enroll::enroll(path, args).await.map(|()| ExitCode::SUCCESS),
        Command::Connect(args) => connect::connect(path, *args).await.map(|()| ExitCode::SUCCESS),
        Command::Run(args) => run(path, &args).await.map(|()| ExitCode::SUCCESS),
        Command::Check(args) => check(path, &args).await,
        Command::Leave => leave(path).map(|()| ExitCode::SUCCESS),
    }
}

async fn run(path: &Path, args: &RunArgs) -> Result<(), Failure> {
    log(args.log_format);
    let settings = Settings::load(path)?;
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone()));
    Ok(crate::run::run(settings, stop).await?)
}

#[cfg(unix)]
async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    stop.cancel();
}

#[cfg(not(unix))]
async fn stop_on_signal(stop: CancellationToken) {
    if tokio::signal::ctrl_c().await.is_ok() {
        stop.cancel();
    }
}

fn log(format: Option<LogFormat>) {
    let filter = EnvFilter::try_from_env("SKYBRIDGE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let terminal = std::io::stderr().is_terminal();
    let format = format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    drop(match format {
        LogFormat::Text => builder.compact().with_ansi(terminal).with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    });
}

async fn check(path: &Path, args: &CheckArgs) -> Result<ExitCode, Failure> {
    let settings = Settings::load(path)?;
    let checks = readiness::all(&settings).await;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&checks)?);
    } else {
        checks.iter().for_each(print);
    }
    let failed = checks.iter().any(|check| check.outcome == CheckOutcome::Failed);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print(check: &ReadinessCheck) {
    let mark = match check.outcome {
        CheckOutcome::Passed => "passed     ",
        CheckOutcome::Warning => "warning    ",
        CheckOutcome::Failed => "FAILED     ",
        CheckOutcome::NotChecked => "not checked",
    };
    let domain = check.domain.as_ref().map(|domain| format!(" of {domain}")).unwrap_or_default();
    println!("{mark}  {}{domain}: {}", check.id, check.found);
    println!("             did: {}", check.did);
    if !check.limit.is_empty() {
        println!("             wanted: {}", check.limit);
    }
    if !check.advice.is_empty() {
        println!("             do: {}", check.advice);
    }
}

fn leave(path: &Path) -> Result<(), Failure> {
    let id = match Settings::load(path) {
        Ok(settings) => settings.agent.to_string(),
        Err(SettingsError::NotEnrolled { path }) => {
            return Err(Failure(format!("there is nothing to forget: {} is not there", path.display())));
        }
        // What cannot be read any more can still be forgotten.
        Err(_) => "that it was".to_owned(),
    };
    Settings::forget(path)?;
    println!("Forgotten. Retire the agent {id} in the portal, so that nobody else can use its key.");
    Ok(())
}
