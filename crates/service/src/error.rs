//! Why a use case did not do what was asked: seven cases, each with a text for people. What happened inside never
//! becomes part of that text; it is the source of [`ServiceError::Internal`], for the log.

use std::error::Error;

use domain::access::Role;
use domain::document::FieldProblem;
use storage::StorageError;

pub type Result<T> = std::result::Result<T, ServiceError>;

#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("there is no {what}")]
    NotFound { what: String },
    #[error("this needs the role {needed}; ask an administrator for it")]
    Forbidden { needed: Role },
    /// Everything that is wrong with the input, at its paths.
    #[error("{}", summary(.0))]
    Invalid(Vec<FieldProblem>),
    /// The input is right but does not fit what is there now.
    #[error("{0}")]
    Conflict(String),
    /// The configuration is at work; it passes.
    #[error("{0}")]
    Busy(String),
    /// Something outside does not work; the code is one of the catalogue or names a resource of this machine.
    #[error("{message}")]
    Unavailable { code: String, message: String },
    #[error("something failed inside Skybridge; its log names the cause")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl ServiceError {
    /// Of a disk without room.
    pub const DISK_FULL: &str = "DiskFull";
    /// Of an audit log that somebody changed behind Skybridge's back.
    pub const AUDIT_DAMAGED: &str = "AuditLogDamaged";

    pub fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldProblem { path: path.into(), message: message.into() }])
    }

    pub(crate) fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// The stable word that scripts compare.
    pub fn code(&self) -> &str {
        match self {
            Self::NotFound { .. } => "NotFound",
            Self::Forbidden { .. } => "Forbidden",
            Self::Invalid(_) => "Invalid",
            Self::Conflict(_) => "Conflict",
            Self::Busy(_) => "ConfigurationBusy",
            Self::Unavailable { code, .. } => code,
            Self::Internal(_) => "InternalServerError",
        }
    }
}

fn summary(problems: &[FieldProblem]) -> String {
    match problems {
        [] => "the input is not valid".to_owned(),
        [only] if only.path.is_empty() => only.message.clone(),
        [only] => format!("{}: {}", only.path, only.message),
        [first, rest @ ..] => {
            format!("{}: {} (and {} more)", first.path, first.message, rest.len())
        }
    }
}

impl From<StorageError> for ServiceError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Duplicate { what } => {
                Self::Conflict(format!("the {what} is already in use; choose another one"))
            }
            StorageError::InUse { what } => Self::Conflict(format!(
                "the {what} is still used by a configuration; delete that configuration first"
            )),
            StorageError::Stale { what } => Self::Conflict(format!(
                "the {what} was changed or deleted meanwhile; read it again and retry"
            )),
            StorageError::Full => Self::Unavailable {
                code: Self::DISK_FULL.to_owned(),
                message: "the disk of the data folder is full; free some space, nothing was lost".to_owned(),
            },
            other @ (StorageError::Corrupt { .. } | StorageError::Database(_)) => Self::internal(other),
        }
    }
}
