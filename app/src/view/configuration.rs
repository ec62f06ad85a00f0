use domain::{
    Configuration, ConfigurationId, Cycle, CycleState, ObjectKind, TargetKind, Time,
    mapping::Mapping,
    status::{ConfigurationState, Quarantine, StatusCode},
};

use super::{Errors, MappingDraft};

/// Names that a configuration refers to.
#[derive(Debug, Clone)]
pub struct Names {
    pub domain: String,
    pub target: String,
    pub target_kind: TargetKind,
}

/// A configuration as lists show it.
#[derive(Debug, Clone)]
pub struct ConfigurationSummary {
    pub id: ConfigurationId,
    pub name: String,
    pub names: Names,
    pub status: StatusCode,
    /// Since when it is in quarantine.
    pub since: Option<Time>,
    /// Why it is not active, one sentence.
    pub reason: Option<String>,
    pub running: Option<Cycle>,
    /// The newest finished cycle.
    pub last: Option<Cycle>,
    pub next_due: Option<Time>,
    /// Linked objects.
    pub linked: Vec<(ObjectKind, u64)>,
}

impl ConfigurationSummary {
    /// Whether its last cycle as a whole came to nothing.
    pub fn is_failing(&self) -> bool {
        self.last.as_ref().is_some_and(|cycle| cycle.state == CycleState::Failed)
    }

    /// Objects that failed in its last cycle or wait for their next attempt.
    pub fn failing_objects(&self) -> u64 {
        self.last.as_ref().map_or(0, |cycle| cycle.counts.failed + cycle.counts.escrowed)
    }

    pub fn href(&self) -> String {
        format!("/configurations/{}", self.id)
    }
}

/// The newest cycles of a configuration.
#[derive(Debug, Clone)]
pub struct Cycles {
    pub items: Vec<Cycle>,
    pub next: Option<String>,
    /// This is not the first page.
    pub later: bool,
}

/// Everything about one configuration.
#[derive(Debug, Clone)]
pub struct ConfigurationDetail {
    pub summary: ConfigurationSummary,
    pub configuration: Configuration,
    pub state: ConfigurationState,
}

impl ConfigurationDetail {
    pub fn quarantine(&self) -> Option<&Quarantine> {
        self.state.quarantine.as_ref()
    }
}

/// The scope page: what is stored, or what was typed and refused.
#[derive(Debug, Clone, Default)]
pub struct ScopeView {
    pub everything: bool,
    pub text: String,
    pub errors: Errors,
}

/// The mappings of one object type.
#[derive(Debug, Clone)]
pub struct MappingView {
    pub kind: ObjectKind,
    pub mappings: Vec<Mapping>,
    /// They are the defaults of this source and target.
    pub defaults: bool,
    /// The mapping being edited or added.
    pub editing: Option<(MappingDraft, Errors)>,
}
