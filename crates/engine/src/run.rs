//! What one cycle carries from phase to phase.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use domain::cycle::{Counts, Phase};
use domain::record::Identity;
use domain::status::ConfigurationState;
use domain::{ChangeId, Clock, Configuration, CycleId, DirectoryKind, LinkId, ObjectKind};
use expression::Parameters;
use ports::{Source, SourceError, Target, TargetError, TargetInfo};
use storage::cycle::Progress;
use storage::link::PageCommit;
use storage::{Storage, StorageError};
use tokio_util::sync::CancellationToken;

use crate::handle::{EngineHandle, Hint};
use crate::mapping::CompiledMappings;
use crate::records::RecordMaker;
use crate::references::Deferred;
use crate::resolver::Resolver;

/// Why a cycle ended before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CycleError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("the store failed")]
    Storage(#[from] StorageError),
    #[error("{0}")]
    Configuration(String),
    /// A person, the shutdown or the loss of the lease; the page under way is finished.
    #[error("the cycle was stopped")]
    Stopped,
    /// The guard held the removals back.
    #[error("{limit}")]
    TooManyDeletes { limit: String },
}

/// One running cycle.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) handle: EngineHandle,
    pub(crate) stop: CancellationToken,
    pub(crate) ends: Ends,
    pub(crate) configuration: Configuration,
    pub(crate) cycle_id: CycleId,
    pub(crate) state: ConfigurationState,
    pub(crate) directory: DirectoryKind,
    pub(crate) target_info: TargetInfo,
    pub(crate) parameters: Parameters,
    pub(crate) mappings: BTreeMap<ObjectKind, Arc<CompiledMappings>>,
    pub(crate) records: RecordMaker,
    pub(crate) resolver: Resolver,
    pub(crate) deferred: Deferred,
    /// Objects in escrow that this cycle met.
    pub(crate) failed_here: HashSet<(ObjectKind, String)>,
    pub(crate) met: BTreeMap<ObjectKind, u64>,
    pub(crate) counts: Counts,
    pub(crate) phase: Phase,
    pub(crate) done: u64,
    pub(crate) notes: Vec<String>,
    /// Started by a person: objects in escrow are tried without waiting.
    pub(crate) eager: bool,
}

/// Both ends of the synchronisation.
#[derive(Clone)]
pub(crate) struct Ends {
    pub(crate) source: Arc<dyn Source>,
    pub(crate) target: Arc<dyn Target>,
}

impl std::fmt::Debug for Ends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ends")
    }
}

impl Run {
    pub(crate) fn new_change_id(&self) -> ChangeId {
        ChangeId::new(self.clock.uuid())
    }

    /// Ends the cycle between two pages when somebody asked for it.
    pub(crate) fn check_stop(&self) -> Result<(), CycleError> {
        if self.stop.is_cancelled() || self.handle.stop_requested(self.configuration.id) {
            return Err(CycleError::Stopped);
        }
        Ok(())
    }

    /// Enters a phase and tells those who watch.
    pub(crate) async fn enter(&mut self, phase: Phase) -> Result<(), CycleError> {
        self.check_stop()?;
        self.phase = phase;
        self.storage.progress_cycle(self.cycle_id, self.progress()).await?;
        self.tell();
        Ok(())
    }

    pub(crate) const fn progress(&self) -> Progress {
        Progress { phase: self.phase, done: self.done, counts: self.counts }
    }

    pub(crate) fn tell(&self) {
        self.handle.hint(Hint::Cycle(self.configuration.id, self.cycle_id));
    }

    /// Writes a page down, progress included, and tells those who watch. Returns the ids of the page's links.
    pub(crate) async fn commit(&self, mut page: PageCommit) -> Result<Vec<LinkId>, CycleError> {
        page.progress = Some((self.cycle_id, self.progress()));
        let links = self.storage.commit_page(self.configuration.id, page).await?;
        self.tell();
        Ok(links)
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        const MOST: usize = 50;
        let note = note.into();
        if self.notes.len() < MOST && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// A source identity for records.
pub(crate) fn source_identity(object_id: &str, display_name: &str, dn: &str) -> Identity {
    Identity { id: object_id.to_owned(), display_name: display_name.to_owned(), name: dn.to_owned() }
}
