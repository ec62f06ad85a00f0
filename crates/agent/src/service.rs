//! Windows starts and stops the agent as a service.
//!
//! The service is made with the whole command line (`sc create … binPath= "…skybridge-agent.exe run --service"`), so what
//! the service manager hands over beside it is not needed.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use tokio_util::sync::CancellationToken;
use tracing_appender::rolling::{InitError, RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{self, ServiceControlHandlerResult, ServiceStatusHandle};
use windows_service::{define_windows_service, service_dispatcher};

use crate::args::{Cli, Command, RunArgs};
use crate::commands::{self, Failure};

/// A service of its own process is found by its place in the table, whatever its name.
const NAME: &str = "skybridge-agent";
/// Log files that are kept, one a day.
const LOGS: usize = 14;
/// How long starting and stopping may take: agents answer neither before their files are read.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the service manager shows for a service that could not do its work.
const FAILED: u32 = 1;

define_windows_service!(ffi_service, service);

/// `run --service`: returns when the service has stopped.
pub fn serve() -> ExitCode {
    match service_dispatcher::start(NAME, ffi_service) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("skybridge-agent: only the service manager starts it with --service: {error}");
            ExitCode::FAILURE
        }
    }
}

fn service(_: Vec<OsString>) {
    let Cli { config, command: Command::Run(args) } = Cli::parse() else { return };
    if let Err(error) = log(&config) {
        // Nobody reads the standard error of a service: it works without a log rather than not at all.
        eprintln!("skybridge-agent: no log: {error}");
    }
    let stop = CancellationToken::new();
    let told = stop.clone();
    let handler = move |control| match control {
        ServiceControl::Stop | ServiceControl::Shutdown => {
            told.cancel();
            ServiceControlHandlerResult::NoError
        }
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        _ => ServiceControlHandlerResult::NotImplemented,
    };
    let manager = match service_control_handler::register(NAME, handler) {
        Ok(manager) => manager,
        Err(error) => return tracing::error!(error = %error, "the service manager does not answer"),
    };
    tell(manager, ServiceState::Running, 0);
    let ended = work(&config, &args, stop);
    let code = match ended {
        Ok(()) => 0,
        Err(Failure(problem)) => {
            tracing::error!(problem, "the agent ended");
            FAILED
        }
    };
    tell(manager, ServiceState::Stopped, code);
}

fn work(config: &Path, args: &RunArgs, stop: CancellationToken) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(commands::serve(config, args, stop))
}

fn tell(manager: ServiceStatusHandle, state: ServiceState, code: u32) {
    let accepted = match state {
        ServiceState::Running => ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN,
        _ => ServiceControlAccept::empty(),
    };
    let status = ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: accepted,
        exit_code: if code == 0 { ServiceExitCode::Win32(0) } else { ServiceExitCode::ServiceSpecific(code) },
        checkpoint: 0,
        wait_hint: PATIENCE,
        process_id: None,
    };
    if let Err(error) = manager.set_service_status(status) {
        tracing::warn!(error = %error, "the service manager was not told");
    }
}

/// Lines of JSON beside the configuration file.
fn log(config: &Path) -> Result<(), InitError> {
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("agent")
        .filename_suffix("log")
        .max_log_files(LOGS)
        .build(config.parent().unwrap_or(Path::new(".")))?;
    let filter = EnvFilter::try_from_env("SKYBRIDGE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(files)
        .json()
        .flatten_event(true)
        .try_init();
    Ok(())
}
