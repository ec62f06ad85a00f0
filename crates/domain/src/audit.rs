//! What people and programs did to Skybridge itself.

use serde::{Deserialize, Serialize};

use crate::Time;

/// One entry of the audit log. Entries are chained by their hashes; the store keeps the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub at: Time,
    /// User name, token name or the name of an agent's machine.
    pub actor: String,
    /// `session`, `token`, `agent` or `system`.
    pub via: String,
    /// Address that the request came from, or what else is known of the place. Absent: the product itself.
    pub from: Option<String>,
    /// Verb and noun, such as `configuration.update`.
    pub activity: String,
    /// What was touched, by name.
    pub subject: String,
    /// What the actor said why, where that is asked.
    pub reason: Option<String>,
    /// Before and after, without secrets.
    pub details: serde_json::Value,
}

/// What activities about access begin with: who came in or was refused, accounts, tokens. Such entries name people
/// and places, and are for administrators only.
pub const ABOUT_ACCESS: &[&str] = &["session.", "account.", "token."];

/// The longest reason, in characters.
pub const LONGEST_REASON: usize = 500;

crate::words!(
    /// How an audit log is damaged.
    AuditDamage {
        /// An entry does not fit the one before it: it was changed, inserted, or one before it was removed.
        Entry = "entry",
        /// Entries at the end are missing.
        Truncated = "truncated",
        /// The chain fits but is not the one that a checkpoint was written of: it was calculated anew.
        Rewritten = "rewritten",
        /// The end of the log is not sealed with this installation's key.
        Head = "head",
        /// The file of checkpoints was changed, cut or removed, or the key is another one.
        Checkpoints = "checkpoints",
    }
);

impl AuditDamage {
    /// What it means, one sentence about `place`: the entry, or for `Checkpoints` the line.
    pub fn sentence(self, place: i64) -> String {
        match self {
            Self::Entry => format!(
                "entry {place} does not fit the one before it: it was changed or inserted, or an entry was removed"
            ),
            Self::Truncated => format!("the entries from {place} on were removed"),
            Self::Rewritten => format!(
                "the log up to entry {place} is not the one that a checkpoint was written of: it was calculated anew"
            ),
            Self::Head => format!(
                "the end of the log at entry {place} is not sealed with this installation's key: entries were removed \
                 at the end, or the log was calculated anew"
            ),
            Self::Checkpoints => format!(
                "line {place} of the file of checkpoints was changed or removed, or the data folder's key is another \
                 one"
            ),
        }
    }
}

/// A place in the chain that was written down outside the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    pub sequence: i64,
    /// Hash of the entry with this sequence, 64 hexadecimal digits.
    pub hash: String,
    pub at: Time,
}

/// What a check of the whole audit log came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditIntegrity {
    pub checked_at: Time,
    /// The end of the chain.
    pub entries: u64,
    /// Hash of the last entry, 64 hexadecimal digits.
    pub hash: String,
    pub checkpoints: u64,
    pub last_checkpoint: Option<Checkpoint>,
    /// The first damage that was found, and its place.
    pub damage: Option<(AuditDamage, i64)>,
}
