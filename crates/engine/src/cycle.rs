//! One cycle from its claim to its end.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use domain::catalogue;
use domain::cycle::{Counts, CycleState, Phase, Problem, Trigger};
use domain::status::{Quarantine, QuarantineReason};
use domain::{Clock, Configuration, Cycle, CycleId, LinkId, ObjectKind, SourceDomain, TargetSystem};
use ports::ReadRequest;
use storage::cycle::CycleEnd;
use storage::link::LinkState;
use storage::{Storage, StorageError};
use tokio_util::sync::CancellationToken;

use crate::connectors::{Connectors, TargetContext};
use crate::handle::{EngineHandle, Hint};
use crate::mapping::{CompiledMappings, parameters};
use crate::records::RecordMaker;
use crate::references::Deferred;
use crate::resolver::Resolver;
use crate::run::{CycleError, Ends, Run};
use crate::{anchor, quarantine, scope};

/// Entries that are asked for at a time. A crash redoes at most one such page.
const PAGE_SIZE: u32 = 500;

/// The order in which kinds are read: those that others refer to come first.
const ORDER: [(ObjectKind, Phase); 3] = [
    (ObjectKind::User, Phase::Users),
    (ObjectKind::Contact, Phase::Contacts),
    (ObjectKind::Group, Phase::Groups),
];

/// What a cycle needs from its surroundings.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) connectors: Arc<dyn Connectors>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) handle: EngineHandle,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Surroundings")
    }
}

/// Runs a claimed cycle to its end and writes the end down. Only a failing store makes this an error: then the
/// lease runs out and the next start finishes the work.
pub(crate) async fn run_cycle(
    surroundings: &Surroundings,
    cycle: &Cycle,
    stop: CancellationToken,
) -> Result<(), StorageError> {
    let storage = &surroundings.storage;
    let Some(configuration) = storage.configuration(cycle.configuration_id).await? else {
        return end(
            surroundings,
            cycle,
            None,
            Ended::failed_with(CycleError::Configuration("the configuration was deleted".to_owned())),
        )
        .await;
    };
    surroundings.handle.clear_stop(configuration.id);
    surroundings.handle.hint(Hint::Configuration(configuration.id));
    let ended = match start(surroundings, &configuration, cycle, stop).await {
        Ok(mut run) => {
            let result = go(&mut run).await;
            Ended { result, counts: run.counts, done: run.done, notes: run.notes }
        }
        Err(error) => Ended::failed_with(error),
    };
    if let Err(CycleError::Storage(error)) = ended.result {
        return Err(error);
    }
    end(surroundings, cycle, Some(configuration), ended).await
}

/// How a cycle went.
struct Ended {
    result: Result<(), CycleError>,
    counts: Counts,
    done: u64,
    notes: Vec<String>,
}

impl Ended {
    fn failed_with(error: CycleError) -> Self {
        Self { result: Err(error), counts: Counts::default(), done: 0, notes: Vec::new() }
    }
}

/// Connects both ends and gathers what the cycle needs.
async fn start(
    surroundings: &Surroundings,
    configuration: &Configuration,
    cycle: &Cycle,
    stop: CancellationToken,
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
    let state = storage.configuration_state(configuration.id).await?;
    let now = surroundings.clock.now();
    let base_dn = source_info.base_dn.clone();
    Ok(Run {
        storage: Arc::clone(storage),
        clock: Arc::clone(&surroundings.clock),
        handle: surroundings.handle.clone(),
        stop,
        ends: Ends { source, target },
        cycle_id: cycle.id,
        state,
        directory: source_info.kind,
        target_info,
        parameters: parameters(&base_dn, &domain.name, now),
        mappings,
        records: RecordMaker {
            clock: Arc::clone(&surroundings.clock),
            cycle_id: cycle.id,
            configuration_id: configuration.id,
            source_system: domain.name,
            target_system: target_system.name,
        },
        resolver: Resolver::default(),
        deferred: Deferred::default(),
        failed_here: HashSet::new(),
        met: BTreeMap::new(),
        counts: Counts::default(),
        phase: Phase::Starting,
        done: 0,
        notes: Vec::new(),
        eager: cycle.trigger == Trigger::Manual,
        configuration: configuration.clone(),
    })
}

/// The path: recover, import page by page, settle references, remove what is gone.
async fn go(run: &mut Run) -> Result<(), CycleError> {
    run.enter(Phase::Recovering).await?;
    run.recover().await?;
    remember_links(run).await?;
    let resolved =
        scope::resolve(run.ends.source.as_ref(), &run.configuration.plan.scope, &run.state.containers)
            .await?;
    for note in resolved.notes {
        run.note(note);
    }
    if run.state.containers != resolved.containers {
        // Read again: a person may have paused the configuration meanwhile.
        run.state = run.storage.configuration_state(run.configuration.id).await?;
        run.state.containers.clone_from(&resolved.containers);
        run.storage.put_configuration_state(&run.state).await?;
    }
    for (kind, phase) in ORDER {
        if run.mappings.contains_key(&kind) {
            run.enter(phase).await?;
            read_kind(run, kind, &resolved.bases).await?;
        }
    }
    run.enter(Phase::References).await?;
    run.settle_references().await?;
    run.enter(Phase::Removals).await?;
    run.remove_the_gone().await?;
    run.enter(Phase::Finishing).await
}

/// Loads names and anchors of what earlier cycles linked.
async fn remember_links(run: &mut Run) -> Result<(), CycleError> {
    let mut after = LinkId(0);
    loop {
        let links = run.storage.links_after(run.configuration.id, after, 2000).await?;
        let Some(last) = links.last() else { return Ok(()) };
        after = last.id;
        for link in links {
            run.resolver.remember_anchor(link.kind, &link.anchor, link.id, link.state);
            if link.state == LinkState::Active {
                run.resolver.remember(&link.source_dn, link.id);
            }
        }
    }
}

/// Reads every object of a kind and takes each page through the whole path.
async fn read_kind(run: &mut Run, kind: ObjectKind, bases: &[String]) -> Result<(), CycleError> {
    let mut attributes =
        run.mappings.get(&kind).map(|mappings| mappings.source_attributes()).unwrap_or_default();
    attributes.extend(anchor::ATTRIBUTES.iter().chain(scope::ATTRIBUTES).map(|name| (*name).to_owned()));
    attributes.extend(["displayName", "cn"].map(str::to_owned));
    let request = ReadRequest {
        kind,
        bases: bases.to_vec(),
        attributes: attributes.into_iter().collect(),
        page_size: PAGE_SIZE,
    };
    let mut reader = run.ends.source.read(request).await?;
    while let Some(page) = reader.next_page().await? {
        for note in page.notes {
            run.note(note);
        }
        run.process_page(kind, page.entries).await?;
        run.check_stop()?;
    }
    Ok(())
}

/// Writes down how the cycle ended, what the configuration remembers of it, and when the next one is due.
async fn end(
    surroundings: &Surroundings,
    cycle: &Cycle,
    configuration: Option<Configuration>,
    ended: Ended,
) -> Result<(), StorageError> {
    let storage = &surroundings.storage;
    let now = surroundings.clock.now();
    let (state, problem) = match &ended.result {
        Ok(()) if ended.counts.failed + ended.counts.escrowed > 0 => (CycleState::EntryLevelErrors, None),
        Ok(()) => (CycleState::Succeeded, None),
        Err(CycleError::Stopped) => (CycleState::Stopped, None),
        Err(error) => (CycleState::Failed, Some(problem_of(error))),
    };
    log_end(cycle, state, &ended, problem.as_ref());
    let next = match &configuration {
        Some(configuration) => {
            let mut memory = storage.configuration_state(configuration.id).await?;
            let retry_at = remember_end(&mut memory, state, &ended, problem.as_ref(), now);
            storage.put_configuration_state(&memory).await?;
            let due = retry_at.unwrap_or(if state == CycleState::Stopped {
                now
            } else {
                now + configuration.plan.schedule.duration()
            });
            // The configuration may have been changed while the cycle ran.
            let current = storage.configuration(configuration.id).await?;
            current
                .filter(|current| current.plan.enabled && !memory.paused)
                .map(|_| (CycleId::new(surroundings.clock.uuid()), due))
        }
        None => None,
    };
    let end = CycleEnd { state, counts: ended.counts, done: ended.done, problem, notes: ended.notes };
    storage.end_cycle(cycle.id, now, end, next).await?;
    surroundings.handle.hint(Hint::Configuration(cycle.configuration_id));
    Ok(())
}

/// Updates what the configuration remembers. Gives the time of the next attempt when that is not the schedule's.
fn remember_end(
    memory: &mut domain::status::ConfigurationState,
    state: CycleState,
    ended: &Ended,
    problem: Option<&Problem>,
    now: domain::Time,
) -> Option<domain::Time> {
    if state.is_complete() {
        memory.successive_failures = 0;
        memory.quarantine = None;
        memory.deletes_allowed = false;
        memory.last_total = Some(ended.done);
        return None;
    }
    let (Err(error), Some(problem)) = (&ended.result, problem) else { return None };
    memory.successive_failures = memory.successive_failures.saturating_add(1);
    let reason = match error {
        CycleError::TooManyDeletes { .. } => QuarantineReason::TooManyDeletes,
        _ if quarantine::is_hopeless(&problem.code) => QuarantineReason::EncounteredQuarantineException,
        _ => return None,
    };
    let began = memory
        .quarantine
        .as_ref()
        .filter(|held| held.reason == reason)
        .map_or(now, |held| held.current_began);
    let next_attempt = quarantine::next_attempt(began, now);
    memory.quarantine = Some(Quarantine {
        reason,
        current_began: began,
        next_attempt: Some(next_attempt),
        error: problem.clone(),
    });
    Some(next_attempt)
}

fn problem_of(error: &CycleError) -> Problem {
    let (code, what) = match error {
        CycleError::Source(error) => (error.code(), error.to_string()),
        CycleError::Target(error) => (error.code(), error.to_string()),
        CycleError::TooManyDeletes { limit } => (&catalogue::TOO_MANY_DELETES, limit.clone()),
        CycleError::Configuration(text) => (&catalogue::INTERNAL, text.clone()),
        CycleError::Storage(_) | CycleError::Stopped => (&catalogue::INTERNAL, error.to_string()),
    };
    let mut sentence = what;
    if let Some(first) = sentence.get(..1).map(str::to_uppercase) {
        sentence.replace_range(..1, &first);
    }
    let stop = if sentence.ends_with('.') { "" } else { "." };
    Problem { code: code.code.to_owned(), message: format!("{sentence}{stop} {}", code.advice) }
}

fn log_end(cycle: &Cycle, state: CycleState, ended: &Ended, problem: Option<&Problem>) {
    let counts = &ended.counts;
    match problem {
        None => tracing::info!(
            configuration.id = %cycle.configuration_id, cycle.id = %cycle.id, cycle.state = %state,
            imported = counts.imported, created = counts.created, updated = counts.updated,
            disabled = counts.disabled, deleted = counts.deleted, failed = counts.failed,
            "cycle ended"
        ),
        Some(problem) => tracing::warn!(
            configuration.id = %cycle.configuration_id, cycle.id = %cycle.id, cycle.state = %state,
            error.code = %problem.code, error.message = %problem.message,
            "cycle failed"
        ),
    }
}
