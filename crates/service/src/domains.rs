//! Source domains.

use domain::access::{Principal, Role};
use domain::document::DomainEntry;
use domain::{SourceDomain, document::FieldProblem};

use crate::check;
use crate::draft::Draft;
use crate::world::World;
use crate::{Result, Service, ServiceError};

impl Service {
    pub async fn domains(&self, principal: &Principal) -> Result<Vec<SourceDomain>> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().domains().await?)
    }

    /// A domain by id or by name.
    pub async fn domain(&self, principal: &Principal, reference: &str) -> Result<SourceDomain> {
        Self::require(principal, Role::Reader)?;
        World::load(self.storage()).await?.find_domain(reference).cloned()
    }

    pub async fn create_domain(&self, principal: &Principal, entry: &DomainEntry) -> Result<SourceDomain> {
        Self::require(principal, Role::Administrator)?;
        self.put_domain(principal, None, entry).await
    }

    pub async fn update_domain(
        &self,
        principal: &Principal,
        reference: &str,
        entry: &DomainEntry,
    ) -> Result<SourceDomain> {
        Self::require(principal, Role::Administrator)?;
        self.put_domain(principal, Some(reference), entry).await
    }

    pub async fn delete_domain(&self, principal: &Principal, reference: &str) -> Result<()> {
        Self::require(principal, Role::Administrator)?;
        let _changing = self.changing().lock().await;
        let world = World::load(self.storage()).await?;
        let domain = world.find_domain(reference)?.clone();
        let mut draft = Draft::new(self, principal, world);
        draft.delete_domain(&domain)?;
        draft.commit().await.map(drop)
    }

    async fn put_domain(
        &self,
        principal: &Principal,
        reference: Option<&str>,
        entry: &DomainEntry,
    ) -> Result<SourceDomain> {
        let _changing = self.changing().lock().await;
        let world = World::load(self.storage()).await?;
        let existing = reference.map(|reference| world.find_domain(reference)).transpose()?.cloned();
        let mut problems = Vec::new();
        check::domain("", entry, existing.as_ref(), &mut problems);
        if let Some(other) = world.domain_named(&entry.name)
            && Some(other.id) != existing.as_ref().map(|domain| domain.id)
        {
            problems.push(taken("domain"));
        }
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let mut draft = Draft::new(self, principal, world);
        let id = draft.put_domain(existing.as_ref(), entry)?;
        draft.commit().await?;
        let stored = self.storage().domain(id).await?;
        stored.ok_or_else(|| ServiceError::not_found(format!("domain {id}")))
    }
}

pub(crate) fn taken(what: &str) -> FieldProblem {
    FieldProblem { path: "name".to_owned(), message: format!("another {what} has this name already") }
}
