//! What one cycle carries from phase to phase.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::cycle::{Counts, Phase};
use domain::record::Identity;
use domain::status::ConfigurationState;
use domain::{
    ChangeId, Clock, Configuration, ConfigurationId, Cursor, CycleId, DirectoryKind, LinkId, ObjectKind,
    TargetKind,
};
use expression::Parameters;
use ports::{Source, SourceError, Target, TargetError, TargetInfo};
use storage::cycle::Progress;
use storage::link::{Membership, PageCommit, Waiting};
use storage::{LinkStore, Storage, StorageError};
use tokio_util::sync::CancellationToken;

use crate::exchanges::Refusal;
use crate::handle::{EngineHandle, Hint};
use crate::mapping::CompiledMappings;
use crate::observer::Observer;
use crate::records::RecordMaker;
use crate::references::Deferred;
use crate::resolver::{Resolver, Seen};
use crate::scope::ResolvedScope;

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
pub(crate) struct Run {
    /// The configuration's links; a simulation puts an overlay here.
    pub(crate) links: Arc<dyn LinkStore>,
    /// Where the cycle's progress is told; a simulation tells none.
    pub(crate) cycles: Option<Arc<dyn Storage>>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    /// Neither intents nor pages are written down.
    pub(crate) dry: bool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) handle: EngineHandle,
    pub(crate) stop: CancellationToken,
    pub(crate) ends: Ends,
    pub(crate) configuration: Configuration,
    pub(crate) cycle_id: CycleId,
    pub(crate) state: ConfigurationState,
    pub(crate) directory: DirectoryKind,
    pub(crate) target_kind: TargetKind,
    pub(crate) target_info: TargetInfo,
    pub(crate) parameters: Parameters,
    pub(crate) mappings: BTreeMap<ObjectKind, Arc<CompiledMappings>>,
    pub(crate) records: RecordMaker,
    pub(crate) scope: ResolvedScope,
    /// Linked objects are compared with what the target really holds.
    pub(crate) reconcile: bool,
    /// What waited when the cycle began.
    pub(crate) waiting: Waiting,
    /// A page was written that changed more than the position.
    pub(crate) wrote: AtomicBool,
    pub(crate) resolver: Resolver,
    /// Memberships whose removal is already decided.
    pub(crate) marked: HashSet<Membership>,
    /// Members of adopted groups that nobody linked, by the group's object id: target ids.
    pub(crate) foreign: Vec<(String, Vec<String>)>,
    /// The position that is written down when these members are gone.
    pub(crate) mark_to_write: Option<Cursor>,
    /// Digests of names that began or ceased to mean an object of the target, for those who refer to them.
    pub(crate) changed_names: Vec<u64>,
    /// A cursor is held, and what a page changes about names must outlive a crash.
    pub(crate) tracks_changes: bool,
    /// Objects to be read again, whole.
    pub(crate) rereads: BTreeSet<(ObjectKind, String)>,
    pub(crate) deferred: Deferred,
    /// Objects of the page under way that are left as they are because they fail or wait.
    pub(crate) left_behind: Vec<String>,
    /// Objects in escrow that this cycle met.
    pub(crate) failed_here: HashSet<(ObjectKind, String)>,
    /// Failures that may end within this cycle; they are recorded when it is over.
    pub(crate) refusals: BTreeMap<(ObjectKind, String), Refusal>,
    pub(crate) met: BTreeMap<ObjectKind, u64>,
    /// Links met over all pages of a sweep, which loads names page by page.
    pub(crate) met_links: Seen,
    /// What a reading of changes found of the scope's parts is not what they were: everything must be read, and until
    /// then the earlier state is the one to remember.
    pub(crate) scope_moved: bool,
    /// The scope's parts are known.
    pub(crate) scope_found: bool,
    /// Everything was read to its end in this cycle.
    pub(crate) read_all: bool,
    pub(crate) counts: Counts,
    pub(crate) took: Took,
    pub(crate) phase: Phase,
    pub(crate) done: u64,
    pub(crate) notes: Vec<String>,
    /// Other configurations of the same target, with their names.
    pub(crate) siblings: Vec<(ConfigurationId, String)>,
    /// An object gave up something that others may wait for.
    pub(crate) freed: bool,
    /// Unique values that this cycle gave away, by attribute, in lower case.
    pub(crate) chosen: HashSet<(String, String)>,
    /// Started by a person: objects in escrow are tried without waiting.
    pub(crate) eager: bool,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("cycle_id", &self.cycle_id)
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

/// How long the steps of the page under way took, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Took {
    pub(crate) mapping: u32,
    pub(crate) matching: u32,
    pub(crate) references: u32,
}

/// Milliseconds since a moment.
pub(crate) fn since(begun: std::time::Instant) -> u32 {
    u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX)
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
        if self.phase == phase {
            return Ok(());
        }
        self.phase = phase;
        if let Some(observer) = &self.observer {
            observer.page(&mut PageCommit::default(), self.progress()).await?;
        }
        if let Some(cycles) = &self.cycles {
            cycles.progress_cycle(self.cycle_id, self.progress()).await?;
            self.tell();
        }
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
        self.seal(&mut page).await?;
        if self.dry {
            return Ok(vec![LinkId(0); page.links.len()]);
        }
        let links = self.links.commit_page(self.configuration.id, page).await?;
        self.told();
        Ok(links)
    }

    /// Adds to a page what goes with every page.
    pub(crate) async fn seal(&self, page: &mut PageCommit) -> Result<(), CycleError> {
        if self.tracks_changes {
            page.unsettled.clone_from(&self.changed_names);
        }
        if let Some(observer) = &self.observer {
            observer.page(page, self.progress()).await?;
        }
        if page.changes_links() {
            self.wrote.store(true, Ordering::Relaxed);
        }
        page.progress = self.cycles.as_ref().map(|_| (self.cycle_id, self.progress()));
        Ok(())
    }

    /// Nothing waited when the cycle began, and the cycle added nothing: the store need not be asked.
    pub(crate) fn nothing_waits(&self) -> bool {
        let Waiting { cursor: _, intents, unsettled, leaving, leaving_members, escrows } = &self.waiting;
        let waited = *intents || *unsettled || *leaving || *leaving_members || *escrows;
        !waited && !self.wrote.load(Ordering::Relaxed)
    }

    /// A page was written down: those who watch may look.
    pub(crate) fn told(&self) {
        if self.cycles.is_some() {
            self.tell();
        }
    }

    /// Loads the memberships that an earlier cycle decided to remove and was kept from removing.
    pub(crate) async fn remember_marks(&mut self) -> Result<(), CycleError> {
        const CHUNK: u32 = 10_000;
        let mut after = None;
        loop {
            let marked = self.links.leaving_members(self.configuration.id, after, CHUNK).await?;
            let Some(last) = marked.last().copied() else { return Ok(()) };
            after = Some(last);
            self.marked.extend(marked);
        }
    }

    /// Takes the marks off memberships that are wanted after all. Returns the members that had one.
    pub(crate) fn unmark(&mut self, group: LinkId, members: impl Iterator<Item = LinkId>) -> Vec<LinkId> {
        if self.marked.is_empty() {
            return Vec::new();
        }
        members.filter(|member| self.marked.remove(&Membership { group, member: *member })).collect()
    }

    /// Remembers that memberships are decided to go.
    pub(crate) fn mark(&mut self, group: LinkId, members: &[LinkId]) {
        self.marked.extend(members.iter().map(|member| Membership { group, member: *member }));
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
