//! The command line. Errors are one sentence on standard error; the exit status says which kind of end it was.

mod account;
mod apply;
mod args;
mod audit;
mod client;
mod error;
mod get;
mod logs;
mod provision;
mod run;
mod simulate;
mod since;
mod table;
mod token;

use std::process::ExitCode;

use clap::Parser as _;

pub use args::LogFormat;
pub use args::{Cli, Command, ServeArgs};
pub use error::{CliError, Outcome};
pub(crate) use since::Since;

/// Runs the command of the process's arguments.
pub fn main() -> ExitCode {
    // Both HTTP and LDAP use rustls; it wants its cryptography named once.
    drop(rustls::crypto::ring::default_provider().install_default());
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return CliError::failed(format!("the runtime did not start: {error}")).report(),
    };
    let outcome = runtime.block_on(dispatch(cli));
    // Work that does not end must not keep the process: what matters is committed by now.
    runtime.shutdown_background();
    match outcome {
        Ok(outcome) => outcome.into(),
        Err(error) => error.report(),
    }
}

async fn dispatch(cli: Cli) -> Result<Outcome, CliError> {
    match cli.command {
        Command::Serve(args) => crate::serve::command(*args).await,
        Command::Token { command } => token::run(command).await,
        Command::Account { command } => account::run(command).await,
        Command::Apply(args) => apply::run(args).await,
        Command::Export(args) => apply::export(args).await,
        Command::ImportSchema(args) => apply::import_schema(args).await,
        Command::Get(args) => get::run(args).await,
        Command::Run(args) => run::run(args).await,
        Command::Provision(args) => provision::run(args).await,
        Command::Simulate(args) => simulate::run(args).await,
        Command::Logs(args) => logs::run(args).await,
        Command::Audit(args) => audit::run(args).await,
    }
}
