//! The provisioning log.

use async_trait::async_trait;
use domain::record::{Action, Status};
use domain::{ChangeId, ConfigurationId, CycleId, ObjectKind, ProvisioningRecord, RecordId, Time};

use crate::{Page, PageRequest, Result};

/// What a search asks for. Every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// Text of three characters or more, found anywhere in names, ids, distinguished names, change id and error
    /// text, without regard to case. Several words must all be found. Shorter words are matched as well, slowly.
    pub text: Option<String>,
    pub actions: Vec<Action>,
    pub statuses: Vec<Status>,
    pub configuration: Option<ConfigurationId>,
    pub cycle: Option<CycleId>,
    pub kind: Option<ObjectKind>,
    pub error_code: Option<String>,
    pub since: Option<Time>,
    pub until: Option<Time>,
    /// Records of one source object.
    pub object_id: Option<String>,
    /// Oldest first instead of newest first.
    pub oldest_first: bool,
}

/// A count that stops counting: above the cap nobody needs the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CappedCount {
    pub count: u64,
    /// There are more.
    pub capped: bool,
}

/// How many records of a search carry each value, each count capped at [`Facets::CAP`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    pub actions: Vec<(Action, CappedCount)>,
    pub statuses: Vec<(Status, CappedCount)>,
    pub kinds: Vec<(ObjectKind, CappedCount)>,
    pub error_codes: Vec<(String, CappedCount)>,
}

impl Facets {
    pub const CAP: u64 = 10_000;
}

/// Operations of one hour by action and status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourCount {
    pub hour: Time,
    pub action: Action,
    pub status: Status,
    pub count: u64,
}

#[async_trait]
pub trait RecordStore: Send + Sync {
    /// Newest first unless the filter says otherwise. Steps and modified properties are left out (empty).
    async fn records(&self, filter: &RecordFilter, page: PageRequest) -> Result<Page<ProvisioningRecord>>;

    /// One record with everything.
    async fn record(&self, id: RecordId) -> Result<Option<ProvisioningRecord>>;
    async fn record_by_change(&self, change: ChangeId) -> Result<Option<ProvisioningRecord>>;

    /// The facets of a search. Each facet's counts leave that facet's own filter out, as users expect of check
    /// boxes.
    async fn record_facets(&self, filter: &RecordFilter) -> Result<Facets>;

    /// Operations by hour since a time, for the overview.
    async fn record_hours(
        &self,
        since: Time,
        configuration: Option<ConfigurationId>,
    ) -> Result<Vec<HourCount>>;

    /// Deletes records older than a time, at most `limit` of them; returns how many went.
    async fn expire_records(&self, before: Time, limit: u32) -> Result<u64>;
}
