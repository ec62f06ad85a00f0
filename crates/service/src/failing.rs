//! Objects that fail and wait for their next attempt: Graph's escrows.

use domain::access::{Principal, Role};
use domain::cycle::Trigger;
use domain::{CycleId, ObjectKind};
use engine::Hint;
use serde_json::json;
use storage::link::Escrow;
use storage::{Page, PageRequest};

use crate::world::World;
use crate::{Result, Service, ServiceError};

/// The most objects that one request may name.
const MOST: usize = 1_000;

impl Service {
    /// The failing objects of a configuration, by kind and object id.
    pub async fn escrows(
        &self,
        principal: &Principal,
        reference: &str,
        page: PageRequest,
    ) -> Result<Page<Escrow>> {
        Self::require(principal, Role::Reader)?;
        let id = World::load(self.storage()).await?.find_configuration(reference)?.id;
        Ok(self.storage().escrow_page(id, page).await?)
    }

    /// Has failing objects tried again at once, the given ones or all, and runs the configuration. Gives how many they
    /// are, and the cycle, which is absent when nothing fails.
    pub async fn retry_escrows(
        &self,
        principal: &Principal,
        reference: &str,
        objects: Option<&[(ObjectKind, String)]>,
    ) -> Result<(u64, Option<CycleId>)> {
        Self::require(principal, Role::Operator)?;
        if objects.is_some_and(|objects| objects.len() > MOST) {
            return Err(ServiceError::invalid("objects", format!("at most {MOST} objects can be named")));
        }
        let configuration = self.operable(reference).await?;
        let state = self.storage().configuration_state(configuration.id).await?;
        if state.paused {
            return Err(ServiceError::Conflict(format!(
                "configuration \"{}\" is paused; start it first",
                configuration.name
            )));
        }
        let count = self.storage().hasten_escrows(configuration.id, objects, self.now()).await?;
        if count == 0 {
            return Ok((0, None));
        }
        let details = json!({ "count": count, "all": objects.is_none() });
        self.note(principal, "configuration.retryFailing", &configuration, details).await?;
        // Not as a manual run: that would try every failing object, also where one was asked for.
        let id = CycleId::new(self.uuid());
        let cycle = self.storage().enqueue_cycle(id, configuration.id, self.now(), Trigger::Schedule).await?;
        self.engine().hint(Hint::Configuration(configuration.id));
        self.engine().wake();
        Ok((count, Some(cycle)))
    }
}
