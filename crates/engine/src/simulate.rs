//! A whole cycle without its effects: the same path over a scratch copy of the links, writing into a copy of the
//! built-in directory or in front of a service that is only rehearsed with. It runs beside the
//! queue and claims nothing.

mod watch;

use std::sync::Arc;

use chrono::TimeDelta;
use domain::cycle::{Counts, Problem, Trigger};
use domain::simulation::{Simulation, SimulationState};
use domain::{Configuration, CycleId, TargetKind, Time};
use storage::StorageError;
use storage::simulation::SimulationEnd;
pub use tokio_util::sync::CancellationToken as Stop;

use crate::connectors::TargetContext;
use crate::cycle::{Surroundings, go};
use crate::ending::problem_of;
use crate::handle::{EngineHandle, Hint};
use crate::rehearsal::Rehearsal;
use crate::run::{CycleError, Run};
use crate::start::{self, Start, WrapTarget};
use watch::Watch;

/// How long a simulation is kept.
pub const RETENTION: TimeDelta = TimeDelta::days(7);

/// Rows deleted in one transaction: writers wait that long at most.
const BATCH: u32 = 2_000;

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Rehearsed {
    /// As it began in the store.
    pub simulation: Simulation,
    /// The configuration with the plan to try.
    pub configuration: Configuration,
    /// A cycle that a person starts tries objects in escrow without waiting.
    pub trigger: Trigger,
}

/// Runs a simulation that has begun in the store to its end and writes the end down.
pub async fn run(surroundings: &Surroundings, rehearsed: Rehearsed, stop: Stop) {
    let id = rehearsed.simulation.id;
    if let Err(error) = run_to_end(surroundings, rehearsed, stop).await {
        tracing::error!(simulation.id = %id, error = %error, "a simulation could not be written down");
    }
}

async fn run_to_end(
    surroundings: &Surroundings,
    rehearsed: Rehearsed,
    stop: Stop,
) -> Result<(), StorageError> {
    let Rehearsed { simulation, .. } = &rehearsed;
    let (storage, handle) = (&surroundings.storage, &surroundings.handle);
    let (id, configuration) = (simulation.id, simulation.configuration_id);
    handle.hint(Hint::Configuration(configuration));
    let (result, counts, done, notes) = rehearse(surroundings, &rehearsed, stop).await;
    let (state, problem) = judge(result);
    log_end(&rehearsed, state, counts, problem.as_ref());
    let end = SimulationEnd { at: surroundings.clock.now(), state, counts, done, problem, notes };
    storage.end_simulation(id, end).await?;
    handle.hint(Hint::Configuration(configuration));
    expire(surroundings, surroundings.clock.now()).await
}

/// Deletes what is superseded or too old.
pub async fn expire(surroundings: &Surroundings, now: Time) -> Result<(), StorageError> {
    while surroundings.storage.expire_simulations(now - RETENTION, BATCH).await? > 0 {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// How a rehearsal went, what it counted, how far it came, what was noticed.
type Outcome = (Result<(), CycleError>, Counts, u64, Vec<String>);

async fn rehearse(surroundings: &Surroundings, rehearsed: &Rehearsed, stop: Stop) -> Outcome {
    let mut run = match begin(surroundings, rehearsed, stop).await {
        Ok(run) => run,
        Err(error) => return (Err(error), Counts::default(), 0, Vec::new()),
    };
    let result = go(&mut run.run).await;
    (result, run.run.counts, run.run.done, std::mem::take(&mut run.run.notes))
}

/// A run and the copy that it lives in.
struct Rehearsing {
    run: Run,
    _scratch: Box<dyn storage::simulation::Scratch>,
}

async fn begin(
    surroundings: &Surroundings,
    rehearsed: &Rehearsed,
    stop: Stop,
) -> Result<Rehearsing, CycleError> {
    let Rehearsed { simulation, configuration, trigger } = rehearsed;
    let storage = &surroundings.storage;
    let gone = || CycleError::Configuration("the configuration's target was deleted".to_owned());
    let target = storage.target_system(configuration.target_id).await?.ok_or_else(gone)?;
    let scratch = storage.scratch(configuration.id, target.kind() == TargetKind::BuiltIn).await?;
    let context = TargetContext { configuration_id: configuration.id };
    let copied = surroundings.connectors.copied_target(&target, context, scratch.directory()).await;
    let (clock, id, memory) = (Arc::clone(&surroundings.clock), configuration.id, scratch.directory());
    let wrap: WrapTarget = match copied {
        Some(copied) => Box::new(move |_, _| copied),
        None => Box::new(move |real, kind| Arc::new(Rehearsal::new(real, kind, clock, id, Some(memory)))),
    };
    // A handle of its own: whoever pauses the configuration means its cycles.
    let apart = Surroundings { handle: EngineHandle::default(), ..surroundings.clone() };
    let what = Start {
        cycle_id: CycleId::new(surroundings.clock.uuid()),
        eager: *trigger == Trigger::Manual,
        links: scratch.links(),
        cycles: None,
        target: Some(wrap),
        observer: Some(Arc::new(Watch::new(surroundings, simulation))),
        stop,
    };
    let mut run = start::start(&apart, configuration, what).await?;
    if simulation.full && run.state.memory.full_requested.is_none() {
        run.state.memory.full_requested = Some("the simulation asked for it".to_owned());
    }
    Ok(Rehearsing { run, _scratch: scratch })
}

/// The guard's objection is a result; the rest are reasons why there is none.
fn judge(result: Result<(), CycleError>) -> (SimulationState, Option<Problem>) {
    match result {
        Ok(()) => (SimulationState::Succeeded, None),
        Err(error @ CycleError::TooManyDeletes { .. }) => {
            (SimulationState::Succeeded, Some(problem_of(&error)))
        }
        Err(CycleError::Stopped) => (SimulationState::Cancelled, None),
        Err(error) => (SimulationState::Failed, Some(problem_of(&error))),
    }
}

fn log_end(rehearsed: &Rehearsed, state: SimulationState, counts: Counts, problem: Option<&Problem>) {
    let simulation = &rehearsed.simulation;
    tracing::info!(
        configuration.id = %simulation.configuration_id, simulation.id = %simulation.id,
        simulation.state = %state, by = simulation.requested_by, draft = simulation.draft,
        imported = counts.imported, created = counts.created, updated = counts.updated,
        disabled = counts.disabled, deleted = counts.deleted, failed = counts.failed,
        error.code = problem.map(|problem| problem.code.as_str()),
        "simulation ended"
    );
}
