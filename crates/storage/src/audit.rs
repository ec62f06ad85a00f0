//! The audit log: append only, each entry chained to the one before it by SHA-256.

use async_trait::async_trait;
use domain::audit::AuditEntry;

use crate::{Page, PageRequest, Result};

/// An entry to append. The store adds its sequence number and the chain.
pub type NewAudit = AuditEntry;

/// A stored entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAudit {
    pub sequence: i64,
    pub entry: AuditEntry,
}

/// What a check of the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainCheck {
    Intact {
        entries: u64,
    },
    /// The first entry that does not fit the one before it.
    Broken {
        sequence: i64,
    },
}

#[async_trait]
pub trait AuditStore: Send + Sync {
    async fn append_audit(&self, entry: NewAudit) -> Result<()>;
    /// Newest first.
    async fn audit(&self, page: PageRequest) -> Result<Page<StoredAudit>>;
    async fn check_audit(&self) -> Result<ChainCheck>;
}
