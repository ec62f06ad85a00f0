//! The provisioning log, as far as histories look at it.

use async_trait::async_trait;
use domain::{ChangeId, ProvisioningRecord, RecordId, Time};
use storage::record::{Facets, RecordFilter};
use storage::{Page, PageRequest, RecordStore, Result};

use super::unused::not_asked;
use super::{MemoryStorage, World};

#[async_trait]
impl RecordStore for MemoryStorage {
    async fn records(&self, filter: &RecordFilter, page: PageRequest) -> Result<Page<ProvisioningRecord>> {
        assert!(filter.text.is_none() && filter.error_code.is_none(), "histories do not search");
        let world = self.read();
        let mut records: Vec<&ProvisioningRecord> = world
            .records
            .iter()
            .filter(|record| filter.configuration.is_none_or(|id| record.configuration_id == id))
            .filter(|record| filter.cycle.is_none_or(|id| record.cycle_id == id))
            .filter(|record| filter.actions.is_empty() || filter.actions.contains(&record.action))
            .filter(|record| filter.statuses.is_empty() || filter.statuses.contains(&record.status))
            .filter(|record| filter.object_id.as_ref().is_none_or(|id| record.source.id == *id))
            .collect();
        if !filter.oldest_first {
            records.reverse();
        }
        let skipped = page.after.as_ref().map_or(0, |after| {
            records.iter().position(|record| record.id.0.to_string() == *after).map_or(0, |at| at + 1)
        });
        let limit = page.bounded_limit();
        let rows = records.into_iter().skip(skipped).take(limit as usize + 1);
        let rows = rows
            .map(|record| ProvisioningRecord { steps: Vec::new(), modified: Vec::new(), ..record.clone() })
            .collect();
        Ok(Page::from_rows(rows, limit, |record: &ProvisioningRecord| record.id.0.to_string()))
    }

    async fn records_with_details(&self, _: Vec<ProvisioningRecord>) -> Result<Vec<ProvisioningRecord>> {
        not_asked()
    }

    async fn record(&self, id: RecordId) -> Result<Option<ProvisioningRecord>> {
        Ok(self.read().records.iter().find(|record| record.id == id).cloned())
    }

    async fn record_by_change(&self, change: ChangeId) -> Result<Option<ProvisioningRecord>> {
        Ok(self.read().records.iter().find(|record| record.change_id == change).cloned())
    }

    async fn record_facets(&self, _: &RecordFilter) -> Result<Facets> {
        not_asked()
    }

    async fn records_with_facets(
        &self,
        _: &RecordFilter,
        _: PageRequest,
    ) -> Result<(Page<ProvisioningRecord>, Facets)> {
        not_asked()
    }

    async fn expire_records(&self, _: Time, _: u32) -> Result<u64> {
        not_asked()
    }

    async fn tidy_search(&self) -> Result<bool> {
        not_asked()
    }
}

impl World {
    pub(super) fn put_records(&mut self, records: Vec<ProvisioningRecord>) {
        for mut record in records {
            record.id = RecordId(i64::try_from(self.records.len()).expect("few records") + 1);
            self.records.push(record);
        }
    }
}
