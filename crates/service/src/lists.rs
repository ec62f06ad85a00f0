//! Lists and single things that are only read: cycles, provisioning records, directory objects.

use domain::access::{Principal, Role};
use domain::{ChangeId, ConfigurationId, Cycle, CycleId, ProvisioningRecord, RecordId};
use storage::directory::{DirectoryCounts, DirectoryFilter, DirectoryObject};
use storage::record::{Facets, RecordFilter};
use storage::{Page, PageRequest};

use crate::world::World;
use crate::{Result, Service, ServiceError};

/// What a configuration is called, for lists and menus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationName {
    pub id: ConfigurationId,
    pub name: String,
    /// The name of its source domain.
    pub domain: String,
}

impl Service {
    /// What the configurations are called: a fraction of what [`Service::configurations`] costs, which every page of a list
    /// would pay.
    pub async fn configuration_names(&self, principal: &Principal) -> Result<Vec<ConfigurationName>> {
        Self::require(principal, Role::Reader)?;
        let world = World::load(self.storage()).await?;
        let named = |configuration: &domain::Configuration| ConfigurationName {
            id: configuration.id,
            name: configuration.name.clone(),
            domain: world.domain_name(configuration.domain_id),
        };
        Ok(world.configurations.iter().map(named).collect())
    }

    /// Cycles, newest first, of one configuration (by id or name) or of all.
    pub async fn cycles(
        &self,
        principal: &Principal,
        configuration: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<Cycle>> {
        Self::require(principal, Role::Reader)?;
        let configuration = self.configuration_id(configuration).await?;
        Ok(self.storage().cycles(configuration, page).await?)
    }

    pub async fn cycle(&self, principal: &Principal, id: CycleId) -> Result<Cycle> {
        Self::require(principal, Role::Reader)?;
        let cycle = self.storage().cycle(id).await?;
        cycle.ok_or_else(|| ServiceError::not_found(format!("cycle {id}")))
    }

    pub async fn records(
        &self,
        principal: &Principal,
        filter: &RecordFilter,
        page: PageRequest,
    ) -> Result<Page<ProvisioningRecord>> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().records(filter, page).await?)
    }

    /// A page of records with their steps and modified properties.
    pub async fn whole_records(
        &self,
        principal: &Principal,
        filter: &RecordFilter,
        page: PageRequest,
    ) -> Result<Page<ProvisioningRecord>> {
        let Page { items, next } = self.records(principal, filter, page).await?;
        Ok(Page { items: self.storage().records_with_details(items).await?, next })
    }

    pub async fn record(&self, principal: &Principal, id: RecordId) -> Result<ProvisioningRecord> {
        Self::require(principal, Role::Reader)?;
        let record = self.storage().record(id).await?;
        record.ok_or_else(|| ServiceError::not_found(format!("provisioning record {id}")))
    }

    pub async fn record_by_change(
        &self,
        principal: &Principal,
        change: ChangeId,
    ) -> Result<ProvisioningRecord> {
        Self::require(principal, Role::Reader)?;
        let record = self.storage().record_by_change(change).await?;
        record.ok_or_else(|| ServiceError::not_found(format!("provisioning record of {change}")))
    }

    pub async fn record_facets(&self, principal: &Principal, filter: &RecordFilter) -> Result<Facets> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().record_facets(filter).await?)
    }

    /// A page of a search together with its facets.
    pub async fn records_with_facets(
        &self,
        principal: &Principal,
        filter: &RecordFilter,
        page: PageRequest,
    ) -> Result<(Page<ProvisioningRecord>, Facets)> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().records_with_facets(filter, page).await?)
    }

    /// Objects of the built-in directory.
    pub async fn directory_objects(
        &self,
        principal: &Principal,
        filter: &DirectoryFilter,
        page: PageRequest,
    ) -> Result<Page<DirectoryObject>> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().directory_objects(filter, page).await?)
    }

    pub async fn directory_object(&self, principal: &Principal, id: &str) -> Result<DirectoryObject> {
        Self::require(principal, Role::Reader)?;
        let object = self.storage().directory_object(id).await?;
        object.ok_or_else(|| {
            ServiceError::not_found(format!("object {}", id.chars().take(80).collect::<String>()))
        })
    }

    pub async fn directory_members(
        &self,
        principal: &Principal,
        group: &str,
        page: PageRequest,
    ) -> Result<Page<DirectoryObject>> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().directory_members(group, page).await?)
    }

    pub async fn directory_member_of(
        &self,
        principal: &Principal,
        object: &str,
        page: PageRequest,
    ) -> Result<Page<DirectoryObject>> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().directory_member_of(object, page).await?)
    }

    pub async fn directory_member_count(&self, principal: &Principal, group: &str) -> Result<u64> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().directory_member_count(group).await?)
    }

    pub async fn directory_counts(&self, principal: &Principal) -> Result<DirectoryCounts> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().directory_counts().await?)
    }

    /// Whether the database answers and takes data; for the readiness check, which anybody may ask.
    pub async fn check_storage(&self) -> Result<()> {
        Ok(self.storage().check_storage().await?)
    }

    /// The id of a configuration given by id or name.
    pub async fn configuration_id(&self, reference: Option<&str>) -> Result<Option<ConfigurationId>> {
        match reference {
            None => Ok(None),
            Some(reference) => {
                let world = World::load(self.storage()).await?;
                Ok(Some(world.find_configuration(reference)?.id))
            }
        }
    }
}
