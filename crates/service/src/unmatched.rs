//! Reconciliation: objects of the target that match nothing in the source.

use domain::access::{Principal, Role};
use domain::unmatched::{ScanState, UnmatchedObject, UnmatchedScan};
use engine::Hint;
use serde_json::json;
pub use storage::unmatched::UnmatchedFilter;
use storage::{Page, PageRequest, StorageError};

use crate::world::World;
use crate::{Result, Service, ServiceError};

impl Service {
    /// Starts a look through the configuration's target for objects that no configuration with this target is linked
    /// to, and gives it as it begins. Nothing is done to them. [`ServiceError::Busy`] while one is running.
    pub async fn search_unmatched(&self, principal: &Principal, reference: &str) -> Result<UnmatchedScan> {
        Self::require(principal, Role::Operator)?;
        let configuration = World::load(self.storage()).await?.find_configuration(reference)?.clone();
        let scan = UnmatchedScan {
            configuration_id: configuration.id,
            state: ScanState::Running,
            requested_by: principal.name.clone(),
            started_at: self.now(),
            ended_at: None,
            listed: 0,
            unmatched: 0,
            problem: None,
        };
        self.storage().begin_unmatched(&scan).await.map_err(|error| match error {
            StorageError::Duplicate { what } => ServiceError::Busy(format!(
                "a {what} of configuration \"{}\" is running; wait for its end",
                configuration.name
            )),
            other => other.into(),
        })?;
        let entry =
            self.audit_entry(principal, "configuration.searchUnmatched", &configuration.name, json!({}));
        self.storage().append_audit(entry).await?;
        self.engine().hint(Hint::Configuration(configuration.id));
        let surroundings = self.surroundings();
        tokio::spawn(async move { engine::unmatched::look(&surroundings, &configuration).await });
        Ok(scan)
    }

    /// The last look through the configuration's target; `None` before the first one.
    pub async fn unmatched_scan(
        &self,
        principal: &Principal,
        reference: &str,
    ) -> Result<Option<UnmatchedScan>> {
        Self::require(principal, Role::Reader)?;
        let id = World::load(self.storage()).await?.find_configuration(reference)?.id;
        Ok(self.storage().unmatched_scan(id).await?)
    }

    /// What the last look found, in the order in which the target listed it; also while it runs.
    pub async fn unmatched(
        &self,
        principal: &Principal,
        reference: &str,
        filter: &UnmatchedFilter,
        page: PageRequest,
    ) -> Result<Page<UnmatchedObject>> {
        Self::require(principal, Role::Reader)?;
        let id = World::load(self.storage()).await?.find_configuration(reference)?.id;
        Ok(self.storage().unmatched(id, filter, page).await?)
    }
}
