//! What a cycle begins with: both ends connected, the mappings compiled.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use domain::cycle::{Counts, Phase};
use domain::{Configuration, CycleId, SourceDomain, TargetKind, TargetSystem};
use ports::Target;
use storage::{LinkStore, Storage};
use tokio_util::sync::CancellationToken;

use crate::connectors::TargetContext;
use crate::cycle::Surroundings;
use crate::mapping::{CompiledMappings, parameters};
use crate::observer::Observer;
use crate::records::RecordMaker;
use crate::references::Deferred;
use crate::resolver::{Resolver, Seen};
use crate::run::{CycleError, Ends, Run, Took};
use crate::scope::ResolvedScope;

/// Puts something in front of a target of a kind.
pub(crate) type WrapTarget = Box<dyn FnOnce(Arc<dyn Target>, TargetKind) -> Arc<dyn Target> + Send>;

/// What tells one kind of run from another.
pub(crate) struct Start {
    pub(crate) cycle_id: CycleId,
    /// Objects in escrow are tried without waiting.
    pub(crate) eager: bool,
    /// Where links are kept and pages are committed.
    pub(crate) links: Arc<dyn LinkStore>,
    /// Where progress is told; a simulation tells none.
    pub(crate) cycles: Option<Arc<dyn Storage>>,
    /// Put in front of the real target; a simulation writes nowhere.
    pub(crate) target: Option<WrapTarget>,
    /// Sees every page before it is written down.
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) stop: CancellationToken,
}

/// The digest of what a configuration does, as far as a change of it asks for a full reading.
pub(crate) fn plan_digest(configuration: &Configuration) -> u64 {
    let plan = &configuration.plan;
    let parts = (
        configuration.domain_id,
        configuration.target_id,
        &plan.scope,
        &plan.objects,
        &plan.mappings,
        plan.matching,
        plan.out_of_scope,
    );
    serde_json::to_vec(&parts).map_or(0, |text| xxhash_rust::xxh3::xxh3_64(&text))
}

/// Connects both ends and gathers what the cycle needs.
pub(crate) async fn start(
    surroundings: &Surroundings,
    configuration: &Configuration,
    what: Start,
) -> Result<Run, CycleError> {
    let storage = &surroundings.storage;
    let missing = |what: &str| CycleError::Configuration(format!("the configuration's {what} was deleted"));
    let domain: SourceDomain =
        storage.domain(configuration.domain_id).await?.ok_or_else(|| missing("source domain"))?;
    let target_system: TargetSystem =
        storage.target_system(configuration.target_id).await?.ok_or_else(|| missing("target"))?;
    let source = surroundings.connectors.source(&domain).await?;
    let context = TargetContext { configuration_id: configuration.id };
    let target = surroundings.connectors.target(&target_system, context).await?;
    let target = match what.target {
        Some(wrap) => wrap(target, target_system.kind()),
        None => target,
    };
    let source_info = source.probe().await?;
    let target_info = target.probe().await?;

    let mut mappings = BTreeMap::new();
    for kind in configuration.plan.objects.iter().copied().filter(|kind| target_info.kinds.contains(kind)) {
        let rules = match configuration.plan.mappings.get(&kind) {
            Some(rules) => rules.clone(),
            None => domain::defaults::mappings(source_info.kind, target_system.kind(), kind),
        };
        let compiled = CompiledMappings::compile(&rules, target_system.kind(), kind)
            .map_err(|error| CycleError::Configuration(error.to_string()))?;
        mappings.insert(kind, Arc::new(compiled));
    }
    let waiting = what.links.waiting(configuration.id).await?;
    let state = storage.configuration_state(configuration.id).await?;
    let base_dn = source_info.base_dn.clone();
    let siblings = storage
        .configurations()
        .await?
        .into_iter()
        .filter(|other| other.target_id == configuration.target_id && other.id != configuration.id);
    Ok(Run {
        links: what.links,
        cycles: what.cycles,
        observer: what.observer,
        dry: false,
        clock: Arc::clone(&surroundings.clock),
        handle: surroundings.handle.clone(),
        stop: what.stop,
        ends: Ends { source, target },
        cycle_id: what.cycle_id,
        state,
        directory: source_info.kind,
        target_kind: target_system.kind(),
        target_info,
        parameters: parameters(&base_dn, &domain.name, &surroundings.clock),
        mappings,
        records: RecordMaker {
            clock: Arc::clone(&surroundings.clock),
            cycle_id: what.cycle_id,
            configuration_id: configuration.id,
            source_system: domain.name,
            target_system: target_system.name,
            initiated_by: None,
        },
        scope: ResolvedScope::default(),
        scope_moved: false,
        scope_found: false,
        reconcile: false,
        waiting,
        wrote: AtomicBool::new(false),
        resolver: Resolver::default(),
        marked: HashSet::new(),
        foreign: Vec::new(),
        mark_to_write: None,
        changed_names: Vec::new(),
        tracks_changes: false,
        rereads: BTreeSet::new(),
        deferred: Deferred::default(),
        left_behind: Vec::new(),
        failed_here: HashSet::new(),
        refusals: BTreeMap::new(),
        met: BTreeMap::new(),
        met_links: Seen::default(),
        read_all: false,
        counts: Counts::default(),
        phase: Phase::Starting,
        done: 0,
        notes: Vec::new(),
        took: Took::default(),
        siblings: siblings.map(|other| (other.id, other.name)).collect(),
        freed: false,
        chosen: HashSet::new(),
        eager: what.eager,
        configuration: configuration.clone(),
    })
}
