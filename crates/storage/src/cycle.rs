//! The cycles, which are also the worker's queue.

use std::time::Duration;

use async_trait::async_trait;
use domain::cycle::{Counts, CycleState, Phase, Problem, Trigger};
use domain::{ConfigurationId, Cycle, CycleId, Time};

use crate::{Page, PageRequest, Result};

/// How a cycle ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleEnd {
    pub state: CycleState,
    pub counts: Counts,
    pub done: u64,
    pub problem: Option<Problem>,
    pub notes: Vec<String>,
}

/// Where a running cycle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub phase: Phase,
    pub done: u64,
    pub counts: Counts,
}

#[async_trait]
pub trait CycleStore: Send + Sync {
    /// Puts a cycle into the queue. A configuration has at most one queued cycle: when there is one, its due time
    /// becomes the earlier of the two, a `Manual` trigger wins, and its id is returned; `id` is used otherwise.
    async fn enqueue_cycle(
        &self,
        id: CycleId,
        configuration: ConfigurationId,
        due_at: Time,
        trigger: Trigger,
    ) -> Result<CycleId>;

    /// Takes queued cycles of a configuration out of the queue.
    async fn drop_queued_cycles(&self, configuration: ConfigurationId) -> Result<()>;

    /// Claims the queued cycle that has been due longest and whose configuration has no running one: it becomes
    /// running, with a lease of the given owner until `now + lease`. `expected` is filled from the configuration's
    /// state.
    async fn claim_cycle(&self, owner: &str, now: Time, lease: Duration) -> Result<Option<Cycle>>;

    /// Takes a configuration's place for one object on demand: a running cycle with the trigger `OnDemand` and a lease,
    /// made at once. `false` when a cycle of the configuration is running: nothing is changed then. `Stale` when the
    /// configuration is gone. Lists of cycles leave it out; it ends with [`Self::end_cycle`], or is interrupted like any
    /// other cycle.
    async fn begin_on_demand(
        &self,
        id: CycleId,
        configuration: ConfigurationId,
        owner: &str,
        now: Time,
        lease: Duration,
    ) -> Result<bool>;

    /// Extends a lease. `Stale` when the cycle is not running under this owner any more: the worker must stop.
    async fn renew_cycle(&self, id: CycleId, owner: &str, until: Time) -> Result<()>;

    /// Notes where the running cycle is (also part of every page commit).
    async fn progress_cycle(&self, id: CycleId, progress: Progress) -> Result<()>;

    /// Ends a running cycle and, when `next` is given, queues the following one in the same transaction.
    async fn end_cycle(
        &self,
        id: CycleId,
        at: Time,
        end: CycleEnd,
        next: Option<(CycleId, Time)>,
    ) -> Result<()>;

    /// Marks running cycles whose lease is over (or all of them, when `every` is set: at the start of the only
    /// server of this database) as interrupted, queues one for each configuration at once with the ids of
    /// `new_ids` in turn, and returns what was interrupted.
    async fn interrupt_expired_cycles(
        &self,
        now: Time,
        every: bool,
        new_ids: &mut (dyn FnMut() -> CycleId + Send),
    ) -> Result<Vec<Cycle>>;

    async fn cycle(&self, id: CycleId) -> Result<Option<Cycle>>;
    /// When the next queued cycle is due, for the worker's timer.
    async fn next_due(&self) -> Result<Option<Time>>;
    async fn queued_cycle(&self, configuration: ConfigurationId) -> Result<Option<Cycle>>;
    async fn running_cycle(&self, configuration: ConfigurationId) -> Result<Option<Cycle>>;
    /// Newest first, queued ones and objects on demand left out.
    async fn cycles(&self, configuration: Option<ConfigurationId>, page: PageRequest) -> Result<Page<Cycle>>;
    /// The newest finished cycle.
    async fn last_cycle(&self, configuration: ConfigurationId) -> Result<Option<Cycle>>;
    /// The newest cycle that went through the whole directory.
    async fn last_complete_cycle(&self, configuration: ConfigurationId) -> Result<Option<Cycle>>;
}
