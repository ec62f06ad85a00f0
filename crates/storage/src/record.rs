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
    /// Only the newest of many hits are counted: every count is at least that, and a value without one may occur.
    pub partial: bool,
}

impl Facets {
    pub const CAP: u64 = 10_000;
}

#[async_trait]
pub trait RecordStore: Send + Sync {
    /// Newest first unless the filter says otherwise. Steps and modified properties are left out (empty). The cursor of
    /// a record is its id: with the other order it leads to the page before it.
    async fn records(&self, filter: &RecordFilter, page: PageRequest) -> Result<Page<ProvisioningRecord>>;

    /// The same records with their steps and modified properties.
    async fn records_with_details(&self, records: Vec<ProvisioningRecord>)
    -> Result<Vec<ProvisioningRecord>>;

    /// One record with everything.
    async fn record(&self, id: RecordId) -> Result<Option<ProvisioningRecord>>;
    async fn record_by_change(&self, change: ChangeId) -> Result<Option<ProvisioningRecord>>;

    /// The facets of a search. Each facet's counts leave that facet's own filter out, as users expect of check
    /// boxes.
    async fn record_facets(&self, filter: &RecordFilter) -> Result<Facets>;

    /// A page and the facets of its search at once, which costs less than one after the other.
    async fn records_with_facets(
        &self,
        filter: &RecordFilter,
        page: PageRequest,
    ) -> Result<(Page<ProvisioningRecord>, Facets)>;

    /// Deletes records older than a time, at most `limit` of them; returns how many went.
    async fn expire_records(&self, before: Time, limit: u32) -> Result<u64>;

    /// One step towards indexes that are searched fast: for when there is time. Whether there may be more to do. It
    /// changes nothing of what is found.
    async fn tidy_search(&self) -> Result<bool>;
}
