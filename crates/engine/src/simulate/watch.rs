//! Takes the records of a simulated cycle as its results.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::record::{Action, Status};
use domain::simulation::{Movement, Simulation, Tally};
use domain::{ConfigurationId, ObjectKind, ProvisioningRecord, SimulationId};
use storage::cycle::Progress;
use storage::link::{LinkState, PageCommit};
use storage::simulation::SimulatedRecord;
use storage::{Storage, StorageError};
use xxhash_rust::xxh3::xxh3_64;

use crate::cycle::Surroundings;
use crate::handle::{EngineHandle, Hint};
use crate::observer::Observer;
use crate::page::{LEFT_ALONE, SKIP_REASON};

/// Writes results down page by page.
pub(super) struct Watch {
    storage: Arc<dyn Storage>,
    handle: EngineHandle,
    id: SimulationId,
    configuration: ConfigurationId,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    tallies: BTreeMap<(ObjectKind, Action, Status, Option<Movement>), u64>,
    /// Digests of the ids of objects that are known to come or go: a later record of one says no more.
    moving: HashSet<(ObjectKind, u64)>,
}

impl Watch {
    pub(super) fn new(surroundings: &Surroundings, simulation: &Simulation) -> Self {
        Self {
            storage: Arc::clone(&surroundings.storage),
            handle: surroundings.handle.clone(),
            id: simulation.id,
            configuration: simulation.configuration_id,
            seen: Mutex::default(),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of the records' objects those that are provisioned, or in scope and failing, as the store has it: the simulation
    /// changes nothing there.
    async fn provisioned(
        &self,
        records: &[ProvisioningRecord],
    ) -> Result<HashSet<(ObjectKind, String)>, StorageError> {
        let mut known = HashSet::new();
        for kind in ObjectKind::ALL {
            let of_kind = records.iter().filter(|record| record.kind == *kind);
            let ids: Vec<String> = of_kind.map(|record| record.source.id.clone()).collect();
            if ids.is_empty() {
                continue;
            }
            let links = self.storage.links_of(self.configuration, *kind, &ids).await?;
            let links = links.into_iter().filter(|link| link.state != LinkState::Disabled);
            known.extend(links.map(|link| (*kind, link.object_id)));
            let escrows = self.storage.escrows_of(self.configuration, *kind, &ids).await?;
            known.extend(escrows.into_iter().map(|escrow| (*kind, escrow.object_id)));
        }
        Ok(known)
    }

    /// The records with what they say about who comes and who goes.
    async fn found(&self, records: Vec<ProvisioningRecord>) -> Result<Vec<SimulatedRecord>, StorageError> {
        let provisioned = self.provisioned(&records).await?;
        let mut seen = self.seen();
        let found = records.into_iter().map(|record| {
            let id = record.source.id.as_str();
            let movement = match (leaves(&record), provisioned.contains(&(record.kind, id.to_owned()))) {
                _ if id.is_empty() => None,
                (true, _) => Some(Movement::Leaves),
                (false, known) => (!known).then_some(Movement::Enters),
            };
            let object = (record.kind, xxh3_64(id.as_bytes()));
            let movement = movement.filter(|_| seen.moving.insert(object));
            *seen.tallies.entry((record.kind, record.action, record.status, movement)).or_default() += 1;
            SimulatedRecord { record, movement }
        });
        Ok(found.collect())
    }

    fn tallies(&self) -> Vec<Tally> {
        let seen = self.seen();
        let tallies = seen.tallies.iter();
        tallies
            .map(|((kind, action, status, movement), count)| Tally {
                kind: *kind,
                action: *action,
                status: *status,
                movement: *movement,
                count: *count,
            })
            .collect()
    }
}

/// Whether the record is of an object that goes, or would go but for the guard or the configuration's will.
fn leaves(record: &ProvisioningRecord) -> bool {
    match record.action {
        Action::Delete | Action::Disable => true,
        // Groups whose members are held back stay themselves.
        Action::StagedDelete => record.modified.is_empty(),
        _ => record.steps.iter().any(|step| step.detail(SKIP_REASON) == Some(LEFT_ALONE)),
    }
}

#[async_trait]
impl Observer for Watch {
    async fn page(&self, page: &mut PageCommit, progress: Progress) -> Result<(), StorageError> {
        // The scratch copy has no use for them.
        let records = self.found(std::mem::take(&mut page.records)).await?;
        self.storage.add_simulated(self.id, progress, &self.tallies(), &records).await?;
        self.handle.hint(Hint::Configuration(self.configuration));
        Ok(())
    }
}
