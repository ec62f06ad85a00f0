//! Why a request got no usable answer.

use domain::catalogue::{TARGET_BUSY, TARGET_CREDENTIALS, TARGET_ERROR, TARGET_PROTOCOL, TARGET_UNREACHABLE};
use ports::TargetError;

/// No usable answer. Each text is one clause that may be shown to people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// No connection: the service cannot have seen the request.
    #[error("{0}")]
    Unreachable(String),
    /// The service's certificate is not trusted.
    #[error("{0}")]
    Untrusted(String),
    /// Sent, but no whole answer came: the service may have done what was asked.
    #[error("{0}")]
    Lost(String),
    #[error("{0}")]
    Credentials(String),
    /// This request was turned away too often.
    #[error("{0}")]
    Busy(String),
    /// The service asks for a longer pause than a cycle waits.
    #[error("{0}")]
    Closed(String),
    /// The answer is larger than any that is waited for.
    #[error("{0}")]
    TooLarge(String),
    /// The answer is not SCIM.
    #[error("{0}")]
    Protocol(String),
}

impl Failure {
    /// The failure of one operation. What is certain to hit every other operation too is the system's.
    pub(super) fn of_object(self) -> TargetError {
        match self {
            Self::Lost(reason) => TargetError::object(&TARGET_ERROR, reason),
            Self::Busy(reason) => TargetError::object(&TARGET_BUSY, reason),
            other => other.of_system(),
        }
    }

    /// The failure of something that the cycle cannot go on without.
    pub(super) fn of_system(self) -> TargetError {
        match self {
            Self::Unreachable(reason) | Self::Untrusted(reason) | Self::Lost(reason) => {
                TargetError::system(&TARGET_UNREACHABLE, reason)
            }
            Self::Credentials(reason) => TargetError::system(&TARGET_CREDENTIALS, reason),
            Self::Busy(reason) | Self::Closed(reason) => TargetError::system(&TARGET_BUSY, reason),
            Self::Protocol(reason) | Self::TooLarge(reason) => TargetError::system(&TARGET_PROTOCOL, reason),
        }
    }
}
