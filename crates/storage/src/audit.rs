//! The audit log: append only, each entry chained to the one before it by SHA-256, the end of the chain sealed with a
//! key that is not in the database.

use async_trait::async_trait;
use domain::Time;
use domain::audit::{AuditDamage, AuditEntry};

use crate::{Page, PageRequest, Result};

/// An entry to append. The store adds its sequence number and the chain.
pub type NewAudit = AuditEntry;

/// A stored entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAudit {
    pub sequence: i64,
    pub entry: AuditEntry,
}

/// Which entries are wanted. Everything that is given must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Part of the actor, the subject, the activity, the reason or the address, without regard to ASCII case.
    pub text: Option<String>,
    /// What the activity begins with, such as `configuration.`.
    pub activity: Option<String>,
    /// `session`, `token` or `system`.
    pub via: Option<String>,
    /// From this moment on.
    pub since: Option<Time>,
    /// Before this moment.
    pub until: Option<Time>,
    /// Leave out what is about access ([`domain::audit::ABOUT_ACCESS`]), and search no addresses.
    pub without_access: bool,
}

/// An entry by its number and its hash (32 bytes). The place before the first entry is number 0 with 32 zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPlace {
    pub sequence: i64,
    pub hash: Vec<u8>,
}

impl AuditPlace {
    /// The place before the first entry.
    pub fn beginning() -> Self {
        Self { sequence: 0, hash: vec![0; 32] }
    }
}

/// The end of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    pub place: AuditPlace,
    /// Checkpoints that were written so far.
    pub checkpoints: u64,
    /// Whether end and number are sealed with the key; `None` when they were never sealed.
    pub sealed: Option<bool>,
}

/// What a walk through the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainCheck {
    Intact {
        /// The end that the walk arrived at.
        head: AuditHead,
    },
    /// The first damage, and the entry where it is.
    Broken { damage: AuditDamage, sequence: i64 },
}

#[async_trait]
pub trait AuditStore: Send + Sync {
    async fn append_audit(&self, entry: NewAudit) -> Result<()>;
    /// Newest first.
    async fn audit(&self, filter: &AuditFilter, page: PageRequest) -> Result<Page<StoredAudit>>;
    async fn audit_entry(&self, sequence: i64) -> Result<Option<StoredAudit>>;
    /// Walks the chain from a place to its end, and compares it with places that are known from elsewhere, in
    /// ascending order. A head that was never sealed is for the caller to judge.
    async fn check_audit(&self, from: &AuditPlace, known: &[AuditPlace]) -> Result<ChainCheck>;
    /// Seals the end of the chain with the number of checkpoints, whatever it was before. `Stale` when the chain no
    /// longer ends at `head`, so that what was checked is what is sealed.
    async fn seal_audit(&self, head: &AuditPlace, checkpoints: u64) -> Result<()>;
}
