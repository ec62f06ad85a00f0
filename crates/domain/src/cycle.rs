//! One run of a configuration. The stored cycles are also the queue of the worker.

use serde::{Deserialize, Serialize};

use crate::{ConfigurationId, CycleId, Time};

crate::words!(
    /// Where a cycle stands. The finished states are those of Graph's task execution, and two of ours.
    CycleState {
        Queued = "queued",
        Running = "running",
        Succeeded = "Succeeded",
        /// Finished; some objects failed.
        EntryLevelErrors = "EntryLevelErrors",
        Failed = "Failed",
        /// The process ended or lost its lease in the middle; the next cycle finishes the work.
        Interrupted = "Interrupted",
        /// Stopped by a person or by the shutdown, after a whole page.
        Stopped = "Stopped",
    }
);

impl CycleState {
    pub const fn is_finished(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }

    /// Whether the cycle went through the whole directory.
    pub const fn is_complete(self) -> bool {
        matches!(self, Self::Succeeded | Self::EntryLevelErrors)
    }
}

crate::words!(
    /// What a running cycle is doing.
    Phase {
        Starting = "starting",
        Recovering = "recovering",
        /// Only what changed since the last cycle.
        Changes = "changes",
        Users = "users",
        Contacts = "contacts",
        Groups = "groups",
        References = "references",
        Removals = "removals",
        Finishing = "finishing",
    }
);

crate::words!(
    /// What started a cycle.
    Trigger {
        Schedule = "schedule",
        Manual = "manual",
        /// One object, asked for by a person. Such a run holds its configuration's place while it lasts, and is in no
        /// list of cycles.
        OnDemand = "onDemand",
    }
);

/// What a cycle did, counted from what the source gave and the target answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Counts {
    /// Objects read from the source within the scope.
    pub imported: u64,
    pub created: u64,
    pub updated: u64,
    pub disabled: u64,
    pub deleted: u64,
    /// Objects that already were as they should be.
    pub unchanged: u64,
    pub failed: u64,
    /// Removals held back by the accidental-delete guard.
    pub staged: u64,
    /// Objects whose failure waits for its next attempt.
    pub escrowed: u64,
    /// Objects that the directory told as changed; none when everything was read.
    pub deltas: u64,
    /// Members that the directory told as joined or left.
    pub reference_deltas: u64,
}

impl Counts {
    /// Objects that could not be brought to where they shall be.
    pub const fn failing(&self) -> u64 {
        self.failed + self.escrowed
    }

    pub const fn changes(&self) -> u64 {
        self.created + self.updated + self.disabled + self.deleted
    }

    pub fn add(&mut self, other: &Self) {
        self.imported += other.imported;
        self.created += other.created;
        self.updated += other.updated;
        self.disabled += other.disabled;
        self.deleted += other.deleted;
        self.unchanged += other.unchanged;
        self.failed += other.failed;
        self.staged += other.staged;
        self.escrowed += other.escrowed;
        self.deltas += other.deltas;
        self.reference_deltas += other.reference_deltas;
    }
}

/// Why a cycle could not go on, from the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    pub code: String,
    /// One sentence for people, with what to do.
    pub message: String,
}

/// One run of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    pub id: CycleId,
    pub configuration_id: ConfigurationId,
    pub state: CycleState,
    pub trigger: Trigger,
    pub due_at: Time,
    pub started_at: Option<Time>,
    pub ended_at: Option<Time>,
    pub phase: Phase,
    /// Objects gone through so far.
    pub done: u64,
    /// Objects expected, from the last complete cycle; absent in the first one.
    pub expected: Option<u64>,
    pub counts: Counts,
    pub problem: Option<Problem>,
    /// What was noticed and is no failure: a renamed container, a skipped referral.
    pub notes: Vec<String>,
}
