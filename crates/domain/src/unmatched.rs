//! Objects of a target that no source object is linked to.

use crate::cycle::Problem;
use crate::{ConfigurationId, ObjectKind, Time};

crate::words!(
    ScanState {
        Running = "running",
        Succeeded = "Succeeded",
        Failed = "Failed",
        /// The process ended in the middle.
        Interrupted = "Interrupted",
    }
);

/// The last look through a configuration's target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedScan {
    pub configuration_id: ConfigurationId,
    pub state: ScanState,
    /// The name of the person who asked for it.
    pub requested_by: String,
    pub started_at: Time,
    pub ended_at: Option<Time>,
    /// Objects that the target has listed so far.
    pub listed: u64,
    /// Those among them that match nothing.
    pub unmatched: u64,
    pub problem: Option<Problem>,
}

/// An object of the target that no configuration with this target is linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedObject {
    pub kind: ObjectKind,
    /// The target's id.
    pub id: String,
    /// What the target keeps as anchor; empty when nothing ever anchored it.
    pub anchor: String,
    pub display_name: String,
    /// The user name or mail address, where the target shows one.
    pub name: String,
    /// It has an administrative role in the target.
    pub administrator: bool,
}
