//! Test connection: of what is stored, and of what somebody is about to store.

use domain::access::{Principal, Role};
use domain::document::{DomainEntry, TargetEntry};
use domain::{ConfigurationId, SourceDomain, TargetSystem};
use engine::TargetContext;
use ports::{SourceError, SourceInfo, TargetError, TargetInfo};
use uuid::Uuid;

use crate::check;
use crate::draft::Draft;
use crate::world::World;
use crate::{Result, Service, ServiceError};

impl From<SourceError> for ServiceError {
    fn from(error: SourceError) -> Self {
        let code = error.code();
        Self::Unavailable { code: code.code.to_owned(), message: format!("{error}. {}", code.advice) }
    }
}

impl From<TargetError> for ServiceError {
    fn from(error: TargetError) -> Self {
        let code = error.code();
        Self::Unavailable { code: code.code.to_owned(), message: format!("{error}. {}", code.advice) }
    }
}

impl Service {
    /// Connects to a stored domain and signs in.
    pub async fn probe_domain(&self, principal: &Principal, reference: &str) -> Result<SourceInfo> {
        Self::require(principal, Role::Operator)?;
        let domain = World::load(self.storage()).await?.find_domain(reference)?.clone();
        self.probe_source(&domain).await
    }

    /// Connects as the entry says, without storing it. A missing password is taken from the stored domain of the
    /// same name and address: a new address must not receive the old password.
    pub async fn probe_domain_entry(&self, principal: &Principal, entry: &DomainEntry) -> Result<SourceInfo> {
        Self::require(principal, Role::Administrator)?;
        let world = World::load(self.storage()).await?;
        let address = |url: Option<&str>| url.unwrap_or_default().to_lowercase();
        let wanted = address(entry.connection.as_ref().map(|connection| connection.url.as_str()));
        let existing = world.domain_named(&entry.name).cloned().filter(|domain| {
            address(domain.connection.as_ref().map(|connection| connection.url.as_str())) == wanted
        });
        let mut problems = Vec::new();
        check::domain("", entry, existing.as_ref(), &mut problems);
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let mut draft = Draft::new(self, principal, world);
        let id = draft.put_domain(existing.as_ref(), entry)?;
        let drafted = draft.world().domain(id).cloned();
        self.probe_source(&drafted.ok_or_else(|| ServiceError::not_found("domain"))?).await
    }

    /// Connects to a stored target.
    pub async fn probe_target(&self, principal: &Principal, reference: &str) -> Result<TargetInfo> {
        Self::require(principal, Role::Operator)?;
        let target = World::load(self.storage()).await?.find_target(reference)?.clone();
        self.probe_sink(&target).await
    }

    /// Connects as the entry says, without storing it; secrets as in [`Self::probe_domain_entry`].
    pub async fn probe_target_entry(&self, principal: &Principal, entry: &TargetEntry) -> Result<TargetInfo> {
        Self::require(principal, Role::Administrator)?;
        let world = World::load(self.storage()).await?;
        let existing = world
            .target_named(&entry.name)
            .cloned()
            .filter(|target| crate::document::export::target_entry(target).url == entry.url);
        let mut problems = Vec::new();
        check::target("", entry, existing.as_ref(), &world, &mut problems);
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let mut draft = Draft::new(self, principal, world);
        let id = draft.put_target(existing.as_ref(), entry)?;
        let drafted = draft.world().target(id).cloned();
        self.probe_sink(&drafted.ok_or_else(|| ServiceError::not_found("target"))?).await
    }

    async fn probe_source(&self, domain: &SourceDomain) -> Result<SourceInfo> {
        Ok(self.connectors().source(domain).await?.probe().await?)
    }

    async fn probe_sink(&self, target: &TargetSystem) -> Result<TargetInfo> {
        // A probe writes nothing, so it needs no configuration of its own.
        let context = TargetContext { configuration_id: ConfigurationId::new(Uuid::nil()) };
        Ok(self.connectors().target(target, context).await?.probe().await?)
    }
}
