//! What people and programs did to Skybridge itself.

use crate::Time;

/// One entry of the audit log. Entries are chained by their hashes; the store keeps the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub at: Time,
    /// User name or token name.
    pub actor: String,
    /// `session`, `token` or `system`.
    pub via: String,
    /// Verb and noun, such as `configuration.update`.
    pub activity: String,
    /// What was touched, by name.
    pub subject: String,
    /// Before and after, without secrets.
    pub details: serde_json::Value,
}
