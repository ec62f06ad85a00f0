use domain::{
    Configuration, ConfigurationId, Cycle, CycleState, ObjectKind, TargetKind, Time, Tracking,
    mapping::Mapping,
    status::{ConfigurationState, Quarantine, StatusCode},
};
use service::{Escrow, Staged, StagedObject, trial::Tried};

use super::{Candidates, Errors, MappingDraft};

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
    /// Objects that fail and wait for their next attempt.
    pub failing: u64,
}

impl ConfigurationSummary {
    /// Whether its last cycle as a whole came to nothing.
    pub fn is_failing(&self) -> bool {
        self.last.as_ref().is_some_and(|cycle| cycle.state == CycleState::Failed)
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
    /// How changes are followed; `None` when everything is read each time.
    pub following: Option<Following>,
    /// What the accidental-delete guard holds back.
    pub staged: Option<Staged>,
    pub next_full_at: Option<Time>,
}

/// How changes of a directory are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Following {
    pub tracking: Tracking,
    pub server: Option<String>,
}

/// Everything that fails in a configuration, page by page.
#[derive(Debug, Clone)]
pub struct FailingList {
    pub rows: Vec<Escrow>,
    pub next: Option<String>,
    /// This is not the first page.
    pub later: bool,
}

/// What is to be removed when an administrator agrees.
#[derive(Debug, Clone)]
pub struct StagedView {
    pub staged: Staged,
    /// The first of the objects.
    pub objects: Vec<StagedObject>,
    /// Why, as typed.
    pub reason: String,
    pub errors: Errors,
}

/// What is to be forgotten by a restart.
#[derive(Debug, Clone, Default)]
pub struct RestartDraft {
    pub level: String,
    /// Why, as typed.
    pub reason: String,
    pub errors: Errors,
}

impl ConfigurationDetail {
    pub fn quarantine(&self) -> Option<&Quarantine> {
        self.state.quarantine.as_ref()
    }
}

/// The mappings of one object type.
#[derive(Debug, Clone)]
pub struct MappingView {
    pub kind: ObjectKind,
    pub mappings: Vec<Mapping>,
    /// They are the defaults of this source and target.
    pub defaults: bool,
    /// The mapping being edited or added.
    pub editing: Option<MappingEditor>,
}

/// A mapping while it is written.
#[derive(Debug, Clone, Default)]
pub struct MappingEditor {
    pub draft: MappingDraft,
    pub errors: Errors,
    pub trial: MappingTrial,
    /// Source attributes that are proposed.
    pub attributes: Vec<String>,
}

/// The object that a mapping is tried on.
#[derive(Debug, Clone, Default)]
pub struct MappingTrial {
    /// A distinguished name, an object id or a name.
    pub typed: String,
    /// Present when a name was searched.
    pub candidates: Option<Candidates>,
    pub tried: Option<Tried>,
}
