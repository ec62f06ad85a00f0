//! The first page: is everything in sync?

use chrono::TimeDelta;
use domain::ProvisioningRecord;
use domain::access::{Principal, Role};
use storage::PageRequest;
use storage::directory::DirectoryCounts;
use storage::record::{HourCount, RecordFilter};

use crate::view::ConfigurationView;
use crate::{Result, Service};

/// What the overview shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    pub configurations: Vec<ConfigurationView>,
    pub directory: DirectoryCounts,
    /// Operations of the last 24 hours.
    pub hours: Vec<HourCount>,
    /// The newest records.
    pub latest: Vec<ProvisioningRecord>,
}

impl Service {
    pub async fn overview(&self, principal: &Principal) -> Result<Overview> {
        Self::require(principal, Role::Reader)?;
        let storage = self.storage();
        let since = self.now() - TimeDelta::hours(24);
        let latest = storage.records(&RecordFilter::default(), PageRequest::first(10)).await?;
        Ok(Overview {
            configurations: self.configurations(principal).await?,
            directory: storage.directory_counts().await?,
            hours: storage.record_hours(since, None).await?,
            latest: latest.items,
        })
    }
}
