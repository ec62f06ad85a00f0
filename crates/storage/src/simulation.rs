//! Simulations, their results, and the scratch copies in which they happen.

use std::sync::Arc;

use async_trait::async_trait;
use domain::cycle::{Counts, Problem};
use domain::record::{Action, Status};
use domain::simulation::{Movement, SimulatedObject, Simulation, SimulationState, Tally};
use domain::{ConfigurationId, ObjectKind, ProvisioningRecord, SimulationId, Time};

use crate::cycle::Progress;
use crate::{DirectoryStore, LinkStore, Page, PageRequest, Result};

/// Which simulated objects a list shows. Every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SimulatedFilter {
    /// Words that must all be found in names, ids, distinguished name or error code, without regard to case.
    pub text: Option<String>,
    pub actions: Vec<Action>,
    pub statuses: Vec<Status>,
    pub kind: Option<ObjectKind>,
    /// One of these; empty: also those that stay.
    pub movements: Vec<Movement>,
}

/// A record that a simulated cycle would write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedRecord {
    pub record: ProvisioningRecord,
    pub movement: Option<Movement>,
}

/// How a simulation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulationEnd {
    pub at: Time,
    /// Not `Running`.
    pub state: SimulationState,
    pub counts: Counts,
    pub done: u64,
    pub problem: Option<Problem>,
    pub notes: Vec<String>,
}

/// A copy of what a cycle of one configuration reads and writes, apart from everything else. What is written there is
/// gone when it is dropped.
pub trait Scratch: Send + Sync {
    fn links(&self) -> Arc<dyn LinkStore>;
    fn directory(&self) -> Arc<dyn DirectoryStore>;
}

#[async_trait]
pub trait SimulationStore: Send + Sync {
    /// Notes a running simulation. `Duplicate` with `simulation` while another one of the configuration is running,
    /// `Stale` when the configuration is gone.
    async fn begin_simulation(&self, simulation: &Simulation) -> Result<()>;

    /// Adds results and notes how far the simulation is. `Stale` when it is not running any more.
    async fn add_simulated(
        &self,
        id: SimulationId,
        progress: Progress,
        tallies: &[Tally],
        records: &[SimulatedRecord],
    ) -> Result<()>;

    /// `Stale` when it is not running any more.
    async fn end_simulation(&self, id: SimulationId, end: SimulationEnd) -> Result<()>;

    /// Newest first.
    async fn simulations(
        &self,
        configuration: ConfigurationId,
        page: PageRequest,
    ) -> Result<Page<Simulation>>;

    async fn simulation(&self, id: SimulationId) -> Result<Option<Simulation>>;

    /// In the order of their numbers. Steps and modified properties are left out (empty).
    async fn simulated_objects(
        &self,
        id: SimulationId,
        filter: &SimulatedFilter,
        page: PageRequest,
    ) -> Result<Page<SimulatedObject>>;

    /// One with everything.
    async fn simulated_object(&self, id: SimulationId, number: i64) -> Result<Option<SimulatedObject>>;

    /// Ends what the end of the process interrupted, and removes scratch copies that it left behind. Returns how many
    /// simulations were interrupted. For the only server of this database, at its start.
    async fn interrupt_simulations(&self, now: Time) -> Result<u64>;

    /// Deletes simulations that ended and are not the newest one of their configuration that did, and those that ended
    /// before a time; at most `limit` of their objects. Returns how many simulations and objects went.
    async fn expire_simulations(&self, before: Time, limit: u32) -> Result<u64>;

    /// The copy for a simulation of a configuration, as it is at one moment. With `directory` the built-in directory is
    /// copied too; otherwise the copy's is empty.
    async fn scratch(&self, configuration: ConfigurationId, directory: bool) -> Result<Box<dyn Scratch>>;
}
