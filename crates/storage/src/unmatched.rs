//! Objects of targets that match nothing in the source, as the last look found them.

use async_trait::async_trait;
use domain::cycle::Problem;
use domain::unmatched::{UnmatchedObject, UnmatchedScan};
use domain::{ConfigurationId, ObjectKind, Time};

use crate::{Page, PageRequest, Result};

/// Which unmatched objects a list shows. Every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnmatchedFilter {
    /// Words that must all be found in names, id or anchor, without regard to case.
    pub text: Option<String>,
    pub kind: Option<ObjectKind>,
}

#[async_trait]
pub trait UnmatchedStore: Send + Sync {
    /// Notes a running look and forgets what the one before found. `Duplicate` with `search for unmatched objects`
    /// while another one of the configuration is running, `Stale` when the configuration is gone.
    async fn begin_unmatched(&self, scan: &UnmatchedScan) -> Result<()>;

    /// Adds what was found among so many more objects. `Stale` when no look is running.
    async fn add_unmatched(
        &self,
        configuration: ConfigurationId,
        listed: u64,
        found: &[UnmatchedObject],
    ) -> Result<()>;

    /// Takes out objects that were linked meanwhile, by the target's ids.
    async fn drop_unmatched(&self, configuration: ConfigurationId, ids: &[String]) -> Result<()>;

    /// Ends the look; with a problem it failed. `Stale` when none is running.
    async fn end_unmatched(
        &self,
        configuration: ConfigurationId,
        at: Time,
        problem: Option<Problem>,
    ) -> Result<()>;

    async fn unmatched_scan(&self, configuration: ConfigurationId) -> Result<Option<UnmatchedScan>>;

    /// In the order in which the target listed them.
    async fn unmatched(
        &self,
        configuration: ConfigurationId,
        filter: &UnmatchedFilter,
        page: PageRequest,
    ) -> Result<Page<UnmatchedObject>>;

    /// Ends what the end of the process interrupted. For the only server of this database, at its start.
    async fn interrupt_unmatched(&self, now: Time) -> Result<()>;
}
