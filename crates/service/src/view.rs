//! What a configuration shows of itself, put together from what the store knows.

use domain::document::ConfigurationEntry;
use domain::status::{ConfigurationState, StatusCode};
use domain::{Configuration, Cycle, DirectoryKind, ObjectKind, TargetKind, TargetSystem};
use storage::Storage;

use crate::Result;
use crate::document::export::entry_with_names;
use crate::world::World;

/// A configuration with its state and its cycles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationView {
    pub configuration: Configuration,
    /// Names.
    pub domain: String,
    pub domain_kind: DirectoryKind,
    pub target: String,
    pub target_kind: TargetKind,
    pub code: StatusCode,
    pub state: ConfigurationState,
    pub running: Option<Cycle>,
    pub queued: Option<Cycle>,
    /// The newest finished cycle.
    pub last: Option<Cycle>,
    /// The newest one that went through the whole directory.
    pub last_complete: Option<Cycle>,
    /// Linked objects by kind.
    pub links: Vec<(ObjectKind, u64)>,
    /// Objects whose failure waits for its next attempt.
    pub escrows: u64,
}

impl ConfigurationView {
    /// The configuration in the document's shape.
    pub fn entry(&self) -> ConfigurationEntry {
        entry_with_names(&self.configuration, self.domain.clone(), self.target.clone())
    }

    pub(crate) async fn load(
        storage: &dyn Storage,
        world: &World,
        configuration: Configuration,
    ) -> Result<Self> {
        let id = configuration.id;
        let domain = world.domain(configuration.domain_id);
        let target = world.target(configuration.target_id);
        let state = storage.configuration_state(id).await?;
        let last = storage.last_cycle(id).await?;
        Ok(Self {
            domain: domain.map(|domain| domain.name.clone()).unwrap_or_default(),
            domain_kind: domain.map_or(DirectoryKind::Auto, |domain| domain.kind),
            target: target.map(|target| target.name.clone()).unwrap_or_default(),
            target_kind: target.map_or(TargetKind::BuiltIn, TargetSystem::kind),
            code: state.code(configuration.plan.enabled, last.is_some()),
            running: storage.running_cycle(id).await?,
            queued: storage.queued_cycle(id).await?,
            last_complete: storage.last_complete_cycle(id).await?,
            links: storage.link_counts(id).await?,
            escrows: storage.escrow_count(id).await?,
            configuration,
            state,
            last,
        })
    }
}
