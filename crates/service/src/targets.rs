//! Target systems.

use domain::TargetSystem;
use domain::access::{Principal, Role};
use domain::document::TargetEntry;

use crate::check;
use crate::domains::taken;
use crate::draft::Draft;
use crate::world::World;
use crate::{Result, Service, ServiceError};

impl Service {
    pub async fn targets(&self, principal: &Principal) -> Result<Vec<TargetSystem>> {
        Self::require(principal, Role::Reader)?;
        Ok(self.storage().target_systems().await?)
    }

    /// A target by id or by name.
    pub async fn target(&self, principal: &Principal, reference: &str) -> Result<TargetSystem> {
        Self::require(principal, Role::Reader)?;
        World::load(self.storage()).await?.find_target(reference).cloned()
    }

    pub async fn create_target(&self, principal: &Principal, entry: &TargetEntry) -> Result<TargetSystem> {
        Self::require(principal, Role::Administrator)?;
        self.put_target(principal, None, entry).await
    }

    pub async fn update_target(
        &self,
        principal: &Principal,
        reference: &str,
        entry: &TargetEntry,
    ) -> Result<TargetSystem> {
        Self::require(principal, Role::Administrator)?;
        self.put_target(principal, Some(reference), entry).await
    }

    pub async fn delete_target(&self, principal: &Principal, reference: &str) -> Result<()> {
        Self::require(principal, Role::Administrator)?;
        let _changing = self.changing().lock().await;
        let world = World::load(self.storage()).await?;
        let target = world.find_target(reference)?.clone();
        let mut draft = Draft::new(self, principal, world);
        draft.delete_target(&target)?;
        draft.commit().await.map(drop)
    }

    async fn put_target(
        &self,
        principal: &Principal,
        reference: Option<&str>,
        entry: &TargetEntry,
    ) -> Result<TargetSystem> {
        let _changing = self.changing().lock().await;
        let world = World::load(self.storage()).await?;
        let existing = reference.map(|reference| world.find_target(reference)).transpose()?.cloned();
        let mut problems = Vec::new();
        check::target("", entry, existing.as_ref(), &world, &mut problems);
        if let Some(other) = world.target_named(&entry.name)
            && Some(other.id) != existing.as_ref().map(|target| target.id)
        {
            problems.push(taken("target"));
        }
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let mut draft = Draft::new(self, principal, world);
        let id = draft.put_target(existing.as_ref(), entry)?;
        draft.commit().await?;
        let stored = self.storage().target_system(id).await?;
        stored.ok_or_else(|| ServiceError::not_found(format!("target {id}")))
    }
}
