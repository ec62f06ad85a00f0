//! The commands.

mod connect;
mod enroll;

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use channel::signature::Request;
use clap::Parser as _;
use domain::agent::{CheckOutcome, ReadinessCheck};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::args::{CheckArgs, Cli, Command, LogFormat, RunArgs};
use crate::portal::post;
use crate::run::Agent;
use crate::settings::{Settings, SettingsError};
use crate::{memory, readiness, rotation};
pub use enroll::enroll;

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
    if matches!(cli.command, Command::Run(_)) {
        memory::settle();
    }
    #[cfg(windows)]
    if matches!(&cli.command, Command::Run(args) if args.service) {
        return crate::service::serve();
    }
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
        Command::Enroll(args) => enroll(path, args).await.map(|()| ExitCode::SUCCESS),
        Command::Connect(args) => connect::connect(path, *args).await.map(|()| ExitCode::SUCCESS),
        Command::Run(args) => run(path, &args).await.map(|()| ExitCode::SUCCESS),
        Command::Check(args) => check(path, &args).await,
        Command::Rotate => rotate(path).await.map(|()| ExitCode::SUCCESS),
        Command::Leave => leave(path).await.map(|()| ExitCode::SUCCESS),
    }
}

async fn run(path: &Path, args: &RunArgs) -> Result<(), Failure> {
    log(args.log_format);
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone()));
    if args.with_parent {
        stop_with_parent(stop.clone());
    }
    serve(path, args, stop).await
}

/// Works until it is told to stop.
pub async fn serve(path: &Path, args: &RunArgs, stop: CancellationToken) -> Result<(), Failure> {
    let mut settings = Settings::load(path)?;
    if let Some(server) = &args.server {
        settings.server.clone_from(server);
    }
    Ok(crate::run::run(settings, stop).await?)
}

/// A thread of its own: the process does not wait for it when it ends otherwise.
fn stop_with_parent(stop: CancellationToken) {
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        stop.cancel();
    });
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

/// `rotate`: beside a running agent or alone.
pub async fn rotate(path: &Path) -> Result<(), Failure> {
    let agent = Agent::new(&Settings::load(path)?, CancellationToken::new())?;
    rotation::rotate(&agent).await?;
    println!("The portal knows this agent by a new key now, and the old one is forgotten.");
    Ok(())
}

async fn leave(path: &Path) -> Result<(), Failure> {
    let told = match Settings::load(path) {
        Ok(settings) => farewell(&settings).await,
        Err(SettingsError::NotEnrolled { path }) => {
            return Err(Failure(format!("there is nothing to forget: {} is not there", path.display())));
        }
        // What cannot be read any more can still be forgotten.
        Err(error) => Err(Failure(error.to_string())),
    };
    Settings::forget(path)?;
    match told {
        Ok(()) => println!("The portal has retired this agent; its key and its directories are forgotten."),
        Err(Failure(problem)) => {
            println!("Its key and its directories are forgotten. The portal was not told ({problem}).");
            println!("Retire the agent in the portal.");
        }
    }
    Ok(())
}

/// Tells the portal that the agent is to be retired.
async fn farewell(settings: &Settings) -> Result<(), Failure> {
    let agent = Agent::new(settings, CancellationToken::new())?;
    let request_path = format!("/api/v1/agents/{}/leave", agent.id);
    let headers = agent.sign(&Request { method: "POST", path: &request_path, body: b"" })?;
    let stream = agent.way.connect().await?;
    let answer = post(stream, &agent.way.address.authority(), &request_path, &headers, Vec::new()).await?;
    if (200..300).contains(&answer.status) { Ok(()) } else { Err(Failure(answer.sentence())) }
}
