//! Takes the records of a simulated cycle as its results.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::record::{Action, Status};
use domain::simulation::{Simulation, Tally};
use domain::{ConfigurationId, ObjectKind, ProvisioningRecord, SimulationId};
use storage::cycle::Progress;
use storage::link::PageCommit;
use storage::{Storage, StorageError};

use crate::cycle::Surroundings;
use crate::handle::{EngineHandle, Hint};
use crate::observer::Observer;

/// Writes results down page by page.
pub(super) struct Watch {
    storage: Arc<dyn Storage>,
    handle: EngineHandle,
    id: SimulationId,
    configuration: ConfigurationId,
    tallies: Mutex<BTreeMap<(ObjectKind, Action, Status), u64>>,
}

impl Watch {
    pub(super) fn new(surroundings: &Surroundings, simulation: &Simulation) -> Self {
        Self {
            storage: Arc::clone(&surroundings.storage),
            handle: surroundings.handle.clone(),
            id: simulation.id,
            configuration: simulation.configuration_id,
            tallies: Mutex::default(),
        }
    }

    fn tally(&self, records: &[ProvisioningRecord]) -> Vec<Tally> {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            *tallies.entry((record.kind, record.action, record.status)).or_default() += 1;
        }
        tallies
            .iter()
            .map(|((kind, action, status), count)| (*kind, *action, *status, *count))
            .map(to_tally)
            .collect()
    }
}

const fn to_tally((kind, action, status, count): (ObjectKind, Action, Status, u64)) -> Tally {
    Tally { kind, action, status, count }
}

#[async_trait]
impl Observer for Watch {
    async fn page(&self, page: &mut PageCommit, progress: Progress) -> Result<(), StorageError> {
        // The scratch copy has no use for them.
        let records = std::mem::take(&mut page.records);
        let tallies = self.tally(&records);
        self.storage.add_simulated(self.id, progress, &tallies, &records).await?;
        self.handle.hint(Hint::Configuration(self.configuration));
        Ok(())
    }
}
