//! The first page: is everything in sync?

use domain::ProvisioningRecord;
use domain::access::{Principal, Role};
use storage::PageRequest;
use storage::directory::DirectoryCounts;
use storage::record::RecordFilter;

use crate::insights::{OperationSlot, last_hours};
use crate::view::ConfigurationView;
use crate::{Result, Service};

/// What the overview shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    pub configurations: Vec<ConfigurationView>,
    pub directory: DirectoryCounts,
    /// Operations of the last 24 hours.
    pub hours: Vec<OperationSlot>,
    /// The newest records.
    pub latest: Vec<ProvisioningRecord>,
}

impl Service {
    pub async fn overview(&self, principal: &Principal) -> Result<Overview> {
        Self::require(principal, Role::Reader)?;
        let storage = self.storage();
        let latest = storage.records(&RecordFilter::default(), PageRequest::first(10)).await?;
        Ok(Overview {
            configurations: self.configurations(principal).await?,
            directory: storage.directory_counts().await?,
            hours: storage.operations_over_time(&last_hours(self.now(), 24)).await?,
            latest: latest.items,
        })
    }
}
