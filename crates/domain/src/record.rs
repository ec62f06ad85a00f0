//! Provisioning records: what was done to one object, why, and with what outcome. Names and enum values follow
//! Graph's provisioningObjectSummary.

use serde::{Deserialize, Serialize};

use crate::{ChangeId, ConfigurationId, CycleId, ObjectKind, RecordId, Time};

crate::words!(
    /// What the target answered that it did, never what was meant.
    Action {
        Create = "create",
        Update = "update",
        Disable = "disable",
        Delete = "delete",
        StagedDelete = "stageddelete",
        Other = "other",
    }
);

crate::words!(
    Status { Success = "success", Failure = "failure", Skipped = "skipped", Warning = "warning" }
);

crate::words!(
    StepKind {
        Import = "import",
        Scoping = "scoping",
        Matching = "matching",
        Processing = "processing",
        ReferenceResolution = "referenceResolution",
        Export = "export",
    }
);

/// One step on the way of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Such as `EntryImport` or `EntryExportUpdate`.
    pub name: String,
    #[serde(rename = "provisioningStepType")]
    pub kind: StepKind,
    pub status: Status,
    pub description: String,
    /// How long the step took, in milliseconds. Cycles take objects through in pages and batches: then it is the time
    /// of the page or batch. Its name in the store is short, for there is one in each step of each record.
    #[serde(default, rename = "ms", skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<(String, String)>,
}

impl Step {
    /// The step with the time it took.
    #[must_use]
    pub fn took(mut self, milliseconds: u32) -> Self {
        self.duration_ms = Some(milliseconds);
        self
    }

    /// The value of a detail.
    pub fn detail(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// One changed attribute. Sensitive values are redacted before the record is built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModifiedProperty {
    pub display_name: String,
    pub old_value: Option<String>,
    pub new_value: Option<String>,
}

/// One side of a record: the source's object or the target's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// objectGUID or entryUUID as UUID text in the source; the target's own id in the target.
    pub id: String,
    pub display_name: String,
    /// Distinguished name in the source, user name in the target.
    pub name: String,
}

crate::words!(
    ErrorCategory {
        Failure = "failure",
        /// The cause lies in the data or the target, not in the service.
        NonServiceFailure = "nonServiceFailure",
        Success = "success",
    }
);

/// Why an object failed and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorInfo {
    pub error_code: String,
    pub error_category: ErrorCategory,
    pub reason: String,
    pub recommended_action: String,
}

/// What was done to one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisioningRecord {
    /// Given by the store; 0 before that.
    pub id: RecordId,
    pub change_id: ChangeId,
    pub cycle_id: CycleId,
    pub configuration_id: ConfigurationId,
    /// Who asked for it by hand; absent: the schedule did.
    pub initiated_by: Option<String>,
    pub at: Time,
    pub duration_ms: u32,
    pub action: Action,
    pub status: Status,
    pub kind: ObjectKind,
    pub source: Identity,
    pub target: Identity,
    /// Names of the systems at that time.
    pub source_system: String,
    pub target_system: String,
    pub error: Option<ErrorInfo>,
    pub steps: Vec<Step>,
    pub modified: Vec<ModifiedProperty>,
}
