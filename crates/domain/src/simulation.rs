//! What a cycle would do, found out without doing it.

use serde::{Deserialize, Serialize};

use crate::cycle::{Counts, Phase, Problem};
use crate::record::{Action, ErrorInfo, Identity, ModifiedProperty, Status, Step};
use crate::scope::Scope;
use crate::{ConfigurationId, ObjectKind, SimulationId, Time};

crate::words!(
    /// Where a simulation stands.
    SimulationState {
        Running = "running",
        /// It went to its end. `Simulation::problem` says if the cycle would not: the accidental-delete guard.
        Succeeded = "Succeeded",
        Failed = "Failed",
        /// By a person.
        Cancelled = "Cancelled",
        /// The process ended in the middle.
        Interrupted = "Interrupted",
    }
);

crate::words!(
    /// Whether an object comes to what a configuration provisions, or goes from it.
    Movement {
        /// It is not provisioned now, or disabled as one that left, and would be taken in, whether or not that succeeds. What
        /// is in scope and fails already does not count.
        Enters = "enters",
        /// It is provisioned now and would go by the out-of-scope behaviour, or be held back from going.
        Leaves = "leaves",
    }
);

/// A simulated cycle of one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulation {
    pub id: SimulationId,
    pub configuration_id: ConfigurationId,
    pub state: SimulationState,
    /// The name of the person who asked for it.
    pub requested_by: String,
    /// It tries a plan that is not stored.
    pub draft: bool,
    /// The scope that it tries instead of the stored one: a preview of that change.
    pub scope: Option<Scope>,
    /// Everything was asked to be read, also where changes would do.
    pub full: bool,
    pub started_at: Time,
    pub ended_at: Option<Time>,
    pub phase: Phase,
    /// Objects gone through so far.
    pub done: u64,
    /// Objects expected, from the last complete cycle; absent before the first one.
    pub expected: Option<u64>,
    /// As the cycle would count.
    pub counts: Counts,
    /// Simulated records by kind, action, status and movement, ordered.
    pub tallies: Vec<Tally>,
    /// Why the simulation failed, or why the cycle would.
    pub problem: Option<Problem>,
    pub notes: Vec<String>,
}

/// How many simulated records have these in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    pub kind: ObjectKind,
    pub action: Action,
    pub status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub movement: Option<Movement>,
    pub count: u64,
}

/// What would be done to one object: the provisioning record that the cycle would write. An object that is changed
/// twice in a cycle has two; one that needs nothing has none. Target ids of objects that would be created are
/// placeholders, the same one wherever the object is referred to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedObject {
    /// Counted from 1 within its simulation, in the order in which the cycle would write its records.
    pub number: i64,
    pub action: Action,
    pub status: Status,
    pub kind: ObjectKind,
    /// Absent where the object stays what it is, in or out. Of several records of one object the first one has it.
    pub movement: Option<Movement>,
    pub source: Identity,
    pub target: Identity,
    pub error: Option<ErrorInfo>,
    pub steps: Vec<Step>,
    pub modified: Vec<ModifiedProperty>,
}
