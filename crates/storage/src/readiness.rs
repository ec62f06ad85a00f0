//! What the last look through all directories found wrong in them.

use async_trait::async_trait;
use domain::readiness::{Check, ObjectFinding, ReadinessScan};

use crate::{Page, PageRequest, Result};

/// Which findings a list shows. Every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingFilter {
    /// Words that must all be found in names, id and value, without regard to case.
    pub text: Option<String>,
    pub check: Option<Check>,
    pub attribute: Option<String>,
    pub domain: Option<String>,
    /// Only those with a suggestion.
    pub suggested: bool,
}

#[async_trait]
pub trait ReadinessStore: Send + Sync {
    /// Notes a running look and forgets what the one before found. `Duplicate` with `readiness scan` while one is running.
    async fn begin_readiness(&self, scan: &ReadinessScan) -> Result<()>;

    /// Adds findings and notes how far the look is; its state ends it. `Stale` when none is running.
    async fn advance_readiness(&self, scan: &ReadinessScan, found: &[ObjectFinding]) -> Result<()>;

    async fn readiness_scan(&self) -> Result<Option<ReadinessScan>>;

    /// In the order in which they were found, or backwards from the last.
    async fn findings(
        &self,
        filter: &FindingFilter,
        last_first: bool,
        page: PageRequest,
    ) -> Result<Page<ObjectFinding>>;

    /// Ends what the end of the process interrupted. For the only server of this database, at its start.
    async fn interrupt_readiness(&self) -> Result<()>;

    /// How many findings have each check and each attribute, the most frequent first.
    async fn finding_counts(&self) -> Result<FindingCounts>;
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingCounts {
    pub checks: Vec<(Check, u64)>,
    pub attributes: Vec<(String, u64)>,
}
