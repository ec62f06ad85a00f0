//! What a configuration shows of itself, put together from what the store knows.

use domain::configuration::OutOfScope;
use domain::document::ConfigurationEntry;
use domain::status::{ConfigurationState, QuarantineReason, StatusCode};
use domain::{Configuration, Cursor, Cycle, DirectoryKind, ObjectKind, TargetKind, TargetSystem, Time};
use storage::Storage;
use storage::link::LinkState;

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
    /// The newest complete one that changed something in the target.
    pub last_exporting: Option<Cycle>,
    /// Linked objects by kind.
    pub links: Vec<(ObjectKind, u64)>,
    /// Objects whose failure waits for its next attempt.
    pub escrows: u64,
    /// How far the directory's changes have been taken; `None` when everything is read each time.
    pub cursor: Option<Cursor>,
    /// What the accidental-delete guard holds back.
    pub staged: Option<Staged>,
    /// When all this was looked up.
    pub observed_at: Time,
}

/// Removals that wait for an administrator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Staged {
    /// Objects to disable or delete.
    pub objects: u64,
    /// Memberships to remove from groups that stay, of members that stay.
    pub memberships: u64,
}

impl ConfigurationView {
    /// The configuration in the document's shape.
    pub fn entry(&self) -> ConfigurationEntry {
        entry_with_names(&self.configuration, self.domain.clone(), self.target.clone())
    }

    /// When everything is read again at the latest; `None` when no reading has come to its end yet.
    pub fn next_full_at(&self) -> Option<Time> {
        let last = self.state.memory.last_full_at?;
        Some(last + self.configuration.plan.full_schedule.duration())
    }

    pub(crate) async fn load(
        storage: &dyn Storage,
        world: &World,
        configuration: Configuration,
        now: Time,
    ) -> Result<Self> {
        let id = configuration.id;
        let domain = world.domain(configuration.domain_id);
        let target = world.target(configuration.target_id);
        let state = storage.configuration_state(id).await?;
        let last = storage.last_cycle(id).await?;
        let last_exporting = match state.memory.last_exporting {
            Some(cycle) => storage.cycle(cycle).await?,
            None => None,
        };
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
            last_exporting,
            escrows: storage.escrow_count(id).await?,
            cursor: storage.cursor(id).await?,
            staged: staged(storage, &configuration, &state).await?,
            observed_at: now,
            configuration,
            state,
            last,
        })
    }
}

/// Counted only where the guard tripped: elsewhere nothing waits for longer than a cycle lasts.
async fn staged(
    storage: &dyn Storage,
    configuration: &Configuration,
    state: &ConfigurationState,
) -> Result<Option<Staged>> {
    let tripped =
        state.quarantine.as_ref().is_some_and(|held| held.reason == QuarantineReason::TooManyDeletes);
    if tripped { Ok(Some(count_staged(storage, configuration).await?)) } else { Ok(None) }
}

pub(crate) async fn count_staged(storage: &dyn Storage, configuration: &Configuration) -> Result<Staged> {
    // Objects that left are let alone then, and stay as they are.
    let ignored = configuration.plan.out_of_scope == OutOfScope::Ignore;
    Ok(Staged {
        objects: if ignored { 0 } else { storage.link_count(configuration.id, LinkState::Leaving).await? },
        memberships: storage.leaving_member_count(configuration.id).await?,
    })
}
