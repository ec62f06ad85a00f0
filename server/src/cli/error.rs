//! How a command ends.

use std::process::ExitCode;

/// A command that did what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// `run --wait`: the cycle ended, some objects failed.
    FailedObjects,
    /// `run --wait`: the configuration is in quarantine.
    Quarantine,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::FailedObjects => 3,
            Outcome::Quarantine => 4,
        })
    }
}

/// A command that could not: one sentence or several lines, and whether the command was used wrongly.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CliError {
    message: String,
    usage: bool,
}

impl CliError {
    pub fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), usage: false }
    }

    /// Wrong arguments.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), usage: true }
    }

    /// Prints the sentence and gives the exit status.
    pub fn report(&self) -> ExitCode {
        eprintln!("skybridge: {}", self.message);
        ExitCode::from(if self.usage { 2 } else { 1 })
    }
}

impl From<service::ServiceError> for CliError {
    fn from(error: service::ServiceError) -> Self {
        Self::failed(match &error {
            service::ServiceError::Internal(cause) => format!("{error}: {cause}"),
            service::ServiceError::Invalid(problems) => {
                let lines: Vec<_> = problems.iter().map(|problem| problem.message.clone()).collect();
                lines.join("; ")
            }
            other => other.to_string(),
        })
    }
}
