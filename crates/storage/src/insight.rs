//! Figures over time, never a walk through the log: sums of what is counted with it, of cycles and of agents' hours, and a
//! count of the objects that there are now.

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::record::{Action, Status};
use domain::{ConfigurationId, Cycle, ObjectKind, Time};

use crate::Result;
use crate::link::LinkState;

/// A stretch of time in slots of equal length from the epoch on, and of which configuration; absent: of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Whole hours.
    pub since: Time,
    pub until: Time,
    /// Whole hours.
    pub slot: TimeDelta,
    pub configuration: Option<ConfigurationId>,
}

/// Operations of one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationSlot {
    pub at: Time,
    pub action: Action,
    pub status: Status,
    pub count: u64,
}

/// Finished cycles by the slot in which they started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleSlot {
    pub at: Time,
    pub cycles: u64,
    /// Of them those that did not succeed.
    pub failed: u64,
    /// How long they took together, and the longest one, milliseconds.
    pub total_ms: u64,
    pub longest_ms: u64,
}

/// Objects as the store knows them now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectStates {
    pub links: Vec<(ObjectKind, LinkState, u64)>,
    /// Objects that fail and wait for their next attempt, linked or not.
    pub escrows: Vec<(ObjectKind, u64)>,
}

#[async_trait]
pub trait InsightStore: Send + Sync {
    /// In the order of the slots; slots without operations are left out.
    async fn operations_over_time(&self, period: &Period) -> Result<Vec<OperationSlot>>;

    /// The codes that failed most often and how often, most frequent first.
    async fn top_errors(&self, period: &Period, most: u32) -> Result<Vec<(String, u64)>>;

    /// In the order of the slots; slots without cycles are left out.
    async fn cycles_over_time(&self, period: &Period) -> Result<Vec<CycleSlot>>;

    /// Finished cycles of the period, those that took longest first.
    async fn longest_cycles(&self, period: &Period, most: u32) -> Result<Vec<Cycle>>;

    /// How many agents were heard in each hour; hours without are left out.
    async fn agents_heard(&self, since: Time, until: Time) -> Result<Vec<(Time, u64)>>;

    /// Of one configuration, or of all.
    async fn object_states(&self, configuration: Option<ConfigurationId>) -> Result<ObjectStates>;
}
