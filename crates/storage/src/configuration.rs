//! Source domains, target systems, configurations and what configurations remember.

use async_trait::async_trait;
use domain::status::ConfigurationState;
use domain::{Configuration, ConfigurationId, DomainId, SourceDomain, TargetId, TargetSystem};

use crate::{Result, audit::NewAudit};

/// One change of what is configured. A list of them is carried out in one transaction, in order, with its audit
/// entries: an `apply` document happens whole or not at all.
#[derive(Debug, Clone, PartialEq)]
pub enum ConfigurationChange {
    /// Inserts or replaces by id.
    PutDomain(SourceDomain),
    PutTarget(TargetSystem),
    PutConfiguration(Configuration),
    /// Refused with `InUse` while a configuration names it.
    DeleteDomain(DomainId),
    DeleteTarget(TargetId),
    /// Also deletes its state, cycles in the queue, links, escrows and intents. Records stay.
    DeleteConfiguration(ConfigurationId),
    PutSetting {
        key: String,
        value: serde_json::Value,
    },
    Audit(NewAudit),
}

/// A change of what a configuration remembers.
pub type StateChange = Box<dyn FnOnce(&mut ConfigurationState) + Send>;

#[async_trait]
pub trait ConfigurationStore: Send + Sync {
    /// Carries out all changes or none. A taken name is `Duplicate` with `domain name`, `target name` or
    /// `configuration name` (names are compared without regard to case).
    async fn change_configuration(&self, changes: Vec<ConfigurationChange>) -> Result<()>;

    /// All, by name. There are tens of them, not thousands.
    async fn domains(&self) -> Result<Vec<SourceDomain>>;
    async fn domain(&self, id: DomainId) -> Result<Option<SourceDomain>>;
    async fn target_systems(&self) -> Result<Vec<TargetSystem>>;
    async fn target_system(&self, id: TargetId) -> Result<Option<TargetSystem>>;
    async fn configurations(&self) -> Result<Vec<Configuration>>;
    async fn configuration(&self, id: ConfigurationId) -> Result<Option<Configuration>>;

    /// What a configuration remembers; a fresh state when nothing was stored yet.
    async fn configuration_state(&self, id: ConfigurationId) -> Result<ConfigurationState>;
    async fn put_configuration_state(&self, state: &ConfigurationState) -> Result<()>;

    /// Reads, changes and writes what a configuration remembers, in one transaction: nobody's change is lost.
    /// Returns the state as written.
    async fn change_configuration_state(
        &self,
        id: ConfigurationId,
        change: StateChange,
    ) -> Result<ConfigurationState>;
}
