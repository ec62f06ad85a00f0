//! What is configured at a moment, by name and by id.

use domain::{Configuration, ConfigurationId, DomainId, SourceDomain, TargetId, TargetSystem};
use storage::Storage;

use crate::{Result, ServiceError};

/// There are tens of each: a use case reads them all and looks around.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub domains: Vec<SourceDomain>,
    pub targets: Vec<TargetSystem>,
    pub configurations: Vec<Configuration>,
}

/// Names are the same in any case.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

impl World {
    pub async fn load(storage: &dyn Storage) -> Result<Self> {
        Ok(Self {
            domains: storage.domains().await?,
            targets: storage.target_systems().await?,
            configurations: storage.configurations().await?,
        })
    }

    pub fn domain_named(&self, name: &str) -> Option<&SourceDomain> {
        self.domains.iter().find(|domain| same_name(&domain.name, name))
    }

    pub fn target_named(&self, name: &str) -> Option<&TargetSystem> {
        self.targets.iter().find(|target| same_name(&target.name, name))
    }

    pub fn configuration_named(&self, name: &str) -> Option<&Configuration> {
        self.configurations.iter().find(|configuration| same_name(&configuration.name, name))
    }

    pub fn domain(&self, id: DomainId) -> Option<&SourceDomain> {
        self.domains.iter().find(|domain| domain.id == id)
    }

    pub fn target(&self, id: TargetId) -> Option<&TargetSystem> {
        self.targets.iter().find(|target| target.id == id)
    }

    pub fn configuration(&self, id: ConfigurationId) -> Option<&Configuration> {
        self.configurations.iter().find(|configuration| configuration.id == id)
    }

    pub fn domain_name(&self, id: DomainId) -> String {
        self.domain(id).map(|domain| domain.name.clone()).unwrap_or_default()
    }

    pub fn target_name(&self, id: TargetId) -> String {
        self.target(id).map(|target| target.name.clone()).unwrap_or_default()
    }

    /// A domain by id or by name.
    pub fn find_domain(&self, reference: &str) -> Result<&SourceDomain> {
        let by_id = reference.parse().ok().and_then(|id| self.domain(id));
        by_id
            .or_else(|| self.domain_named(reference))
            .ok_or_else(|| ServiceError::not_found(format!("domain {}", shown(reference))))
    }

    /// A target by id or by name.
    pub fn find_target(&self, reference: &str) -> Result<&TargetSystem> {
        let by_id = reference.parse().ok().and_then(|id| self.target(id));
        by_id
            .or_else(|| self.target_named(reference))
            .ok_or_else(|| ServiceError::not_found(format!("target {}", shown(reference))))
    }

    /// A configuration by id or by name.
    pub fn find_configuration(&self, reference: &str) -> Result<&Configuration> {
        let by_id = reference.parse().ok().and_then(|id| self.configuration(id));
        by_id
            .or_else(|| self.configuration_named(reference))
            .ok_or_else(|| ServiceError::not_found(format!("configuration {}", shown(reference))))
    }
}

fn shown(reference: &str) -> String {
    format!("\"{}\"", reference.chars().take(100).collect::<String>())
}
