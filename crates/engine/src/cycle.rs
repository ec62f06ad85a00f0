//! One cycle from its claim to its end.

use std::sync::Arc;

use domain::cycle::{Counts, Phase, Trigger};
use domain::scope::ScopeContainer;
use domain::status::ConfigurationState;
use domain::{Clock, Configuration, Cycle, Time};
use storage::{Storage, StorageError};
use tokio_util::sync::CancellationToken;

use crate::connectors::Connectors;
use crate::ending::end;
use crate::handle::{EngineHandle, Hint};
use crate::run::{CycleError, Run};
use crate::start::{self, Start};

/// What a cycle needs from its surroundings.
#[derive(Clone)]
pub struct Surroundings {
    pub storage: Arc<dyn Storage>,
    pub connectors: Arc<dyn Connectors>,
    pub clock: Arc<dyn Clock>,
    pub handle: EngineHandle,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Surroundings")
    }
}

/// How a cycle went.
pub(crate) struct Ended {
    pub(crate) result: Result<(), CycleError>,
    pub(crate) counts: Counts,
    pub(crate) done: u64,
    pub(crate) notes: Vec<String>,
    /// What the configuration shall remember.
    pub(crate) found: Option<Found>,
}

/// What a cycle found out about the source.
pub(crate) struct Found {
    pub(crate) containers: Vec<ScopeContainer>,
    pub(crate) groups: Vec<ScopeContainer>,
    /// Digest of what the cycle was configured to do; present when it read everything.
    pub(crate) read_all: Option<u64>,
    /// The request for a full reading that the cycle knew when it began.
    pub(crate) asked: Option<String>,
}

impl Ended {
    fn failed_with(error: CycleError) -> Self {
        Self { result: Err(error), counts: Counts::default(), done: 0, notes: Vec::new(), found: None }
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
        let gone = CycleError::Configuration("the configuration was deleted".to_owned());
        return end(surroundings, cycle, None, Ended::failed_with(gone)).await;
    };
    surroundings.handle.clear_stop(configuration.id);
    surroundings.handle.hint(Hint::Configuration(configuration.id));
    let what = Start {
        cycle_id: cycle.id,
        eager: cycle.trigger == Trigger::Manual,
        links: Arc::clone(&surroundings.storage) as _,
        cycles: Some(Arc::clone(&surroundings.storage)),
        target: None,
        observer: None,
        stop,
    };
    let ended = match start::start(surroundings, &configuration, what).await {
        Ok(mut run) => {
            let result = go(&mut run).await;
            // Also of a cycle that broke off.
            let recorded = run.record_refusals().await;
            let result = result.and(recorded);
            Ended {
                result,
                counts: run.counts,
                done: run.done,
                notes: std::mem::take(&mut run.notes),
                found: (run.scope_found && !run.scope_moved).then(|| Found {
                    containers: std::mem::take(&mut run.scope.containers),
                    groups: std::mem::take(&mut run.scope.groups),
                    read_all: run.read_all.then(|| start::plan_digest(&configuration)),
                    asked: run.state.memory.full_requested.take(),
                }),
            }
        }
        Err(error) => Ended::failed_with(error),
    };
    if let Err(CycleError::Storage(error)) = ended.result {
        return Err(error);
    }
    end(surroundings, cycle, Some(configuration), ended).await
}

/// The path: recover, import what changed or everything, settle references, remove what is gone.
pub(crate) async fn go(run: &mut Run) -> Result<(), CycleError> {
    run.check_stop()?;
    let cursor = run.waiting.cursor.clone();
    // Also what recovery finds out about names must outlive another crash.
    run.tracks_changes = cursor.is_some();
    if run.waiting.intents {
        run.recover().await?;
    }
    // Recovery may have marked some.
    if run.waiting.intents || run.waiting.leaving_members {
        run.remember_marks().await?;
    }
    let now = run.clock.now();
    let known = run.state.memory.last_full_at.is_some();
    match why_everything(&run.configuration, &run.state, now) {
        Some(reason) if known => run.note(format!("Everything was read: {reason}.")),
        Some(_) => {}
        None => match cursor {
            None => run.note("Everything was read: there is no position from which changes could be asked."),
            Some(cursor) => {
                run.enter(Phase::Changes).await?;
                match run.read_changes(cursor).await? {
                    None => return finish(run).await,
                    Some(reason) => run.note(format!("Everything was read: {reason}.")),
                }
            }
        },
    }
    run.read_everything().await?;
    finish(run).await
}

async fn finish(run: &mut Run) -> Result<(), CycleError> {
    let removed = run.carry_out_removals().await;
    if !matches!(removed, Ok(()) | Err(CycleError::TooManyDeletes { .. })) {
        return removed;
    }
    run.retry_conflicts().await?;
    run.record_refusals().await?;
    run.wake_siblings().await?;
    if !run.read_all && !run.nothing_waits() {
        // A reading of changes does not meet those who wait.
        let failing = run.links.escrow_count(run.configuration.id).await?;
        run.counts.escrowed = failing.saturating_sub(run.counts.failed);
    }
    removed
}

/// Why changes are not enough this time; `None` when they are.
fn why_everything(configuration: &Configuration, state: &ConfigurationState, now: Time) -> Option<String> {
    let memory = &state.memory;
    if let Some(reason) = &memory.full_requested {
        return Some(reason.clone());
    }
    let Some(last) = memory.last_full_at else { return Some("it was the first time".to_owned()) };
    if memory.plan_digest != Some(start::plan_digest(configuration)) {
        return Some("the configuration was changed".to_owned());
    }
    (now - last >= chrono::TimeDelta::seconds(configuration.plan.full_schedule.seconds().into()))
        .then(|| "it is due, to compare everything with the target".to_owned())
}
