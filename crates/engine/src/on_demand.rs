//! One object, asked for by a person: import, scope, match, action, on the very path of a cycle.
//!
//! A run that writes holds its configuration's place in the queue, so that no cycle of the configuration runs beside
//! it; a dry run writes nothing and may. Whom the object concerns beyond itself (who refers to a newcomer) is looked at
//! by the next cycle: the names are kept for it.

mod explain;
mod steps;
mod trace;

use std::sync::Arc;
use std::time::Duration;

use domain::cycle::{CycleState, Problem};
use domain::{Configuration, CycleId, ProvisioningRecord, Time};
use storage::cycle::CycleEnd;
use storage::{LinkStore, Storage, StorageError};
use tokio_util::sync::CancellationToken;

use crate::cycle::Surroundings;
use crate::ending::problem_of;
use crate::handle::Hint;
use crate::rehearsal::Rehearsal;
use crate::resolver::Resolver;
use crate::run::{CycleError, Run};
use crate::start::{self, Start, WrapTarget};
use trace::Trace;

/// How long an object may take.
const MOST: Duration = Duration::from_mins(2);
/// How long its configuration's place is held if the process ends meanwhile.
const LEASE: Duration = Duration::from_mins(3);

/// Which object is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    Dn(String),
    /// objectGUID or entryUUID as lower-case UUID text.
    ObjectId(String),
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Demand {
    pub configuration: Configuration,
    pub wanted: Wanted,
    /// Only found out, not done.
    pub dry_run: bool,
    /// The name of the person.
    pub by: String,
    /// How long to wait for a running cycle of the configuration to end. A dry run waits for nobody.
    pub patience: Duration,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demanded {
    /// As the provisioning log has it, if it was not a dry run. Its import step also carries the source attributes.
    pub record: ProvisioningRecord,
    /// Records of groups that lost the object.
    pub related: Vec<ProvisioningRecord>,
    pub began: Time,
    pub ended: Time,
    pub dry_run: bool,
    /// Remarks about the scope.
    pub notes: Vec<String>,
}

/// Why it could not be said what becomes of the object.
#[derive(Debug, thiserror::Error)]
pub enum DemandError {
    /// A cycle of the configuration is running and does not end.
    #[error("a cycle of the configuration is running")]
    Busy,
    #[error("{}", .0.message)]
    Problem(Problem),
    #[error("it took longer than {0} s")]
    TooLong(u64),
    #[error("the store failed")]
    Storage(#[from] StorageError),
    #[error("the work ended by itself")]
    Broken,
}

/// Takes one object through the four steps. What was begun is finished, also when the caller goes away.
pub async fn provision(surroundings: &Surroundings, demand: Demand) -> Result<Demanded, DemandError> {
    let cycle = CycleId::new(surroundings.clock.uuid());
    if !demand.dry_run {
        take_place(surroundings, cycle, &demand).await?;
    }
    let surroundings = surroundings.clone();
    let work = async move {
        let outcome = tokio::time::timeout(MOST, take_through(&surroundings, &demand, cycle)).await;
        let outcome = outcome.unwrap_or(Err(DemandError::TooLong(MOST.as_secs())));
        if !demand.dry_run {
            give_place(&surroundings, cycle, &demand, &outcome).await?;
        }
        outcome
    };
    tokio::spawn(work).await.unwrap_or(Err(DemandError::Broken))
}

/// Claims the configuration for the object, as a worker does for a cycle.
async fn take_place(surroundings: &Surroundings, cycle: CycleId, demand: &Demand) -> Result<(), DemandError> {
    let Surroundings { storage, clock, handle, .. } = surroundings;
    let (id, owner) = (demand.configuration.id, format!("on demand {}", cycle.uuid().as_simple()));
    let until = tokio::time::Instant::now() + demand.patience;
    let mut hints = handle.hints();
    while !storage.begin_on_demand(cycle, id, &owner, clock.now(), LEASE).await? {
        // The end of a cycle is hinted; what was missed is found by looking again.
        let ended = async {
            while !matches!(hints.recv().await, Ok(Hint::Configuration(other)) if other == id) {
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout_at(until, ended).await.is_err() {
            return Err(DemandError::Busy);
        }
    }
    handle.clear_stop(id);
    Ok(())
}

async fn give_place(
    surroundings: &Surroundings,
    cycle: CycleId,
    demand: &Demand,
    outcome: &Result<Demanded, DemandError>,
) -> Result<(), DemandError> {
    let Surroundings { storage, clock, handle, .. } = surroundings;
    let (counts, done) =
        storage.cycle(cycle).await?.map_or_else(Default::default, |cycle| (cycle.counts, cycle.done));
    let (state, problem) = match outcome {
        Ok(_) if counts.failed > 0 => (CycleState::EntryLevelErrors, None),
        Ok(_) => (CycleState::Succeeded, None),
        Err(DemandError::Problem(problem)) => (CycleState::Failed, Some(problem.clone())),
        Err(_) => (CycleState::Failed, None),
    };
    let end = CycleEnd { state, counts, done, problem, notes: Vec::new() };
    storage.end_cycle(cycle, clock.now(), end, None).await?;
    handle.hint(Hint::Configuration(demand.configuration.id));
    handle.wake();
    Ok(())
}

async fn take_through(
    surroundings: &Surroundings,
    demand: &Demand,
    cycle: CycleId,
) -> Result<Demanded, DemandError> {
    let began = surroundings.clock.now();
    let trace = Arc::new(Trace::default());
    let mut run = match begin(surroundings, demand, cycle, &trace).await {
        Ok(run) => run,
        Err(error) => return Err(failed(error)),
    };
    let record = run.one(&demand.wanted, &trace).await.map_err(failed)?;
    if !run.dry {
        run.wake_siblings().await.map_err(failed)?;
    }
    tracing::info!(
        configuration.id = %demand.configuration.id, change.id = %record.change_id, action = %record.action,
        status = %record.status, dry = demand.dry_run, by = demand.by, "one object was taken through on demand"
    );
    let related = trace.others(&record.source.id);
    Ok(Demanded {
        record,
        related,
        began,
        ended: surroundings.clock.now(),
        dry_run: demand.dry_run,
        notes: run.notes,
    })
}

/// A run for one object: names are looked up as for a page of changes, and the target is looked at, not trusted.
async fn begin(
    surroundings: &Surroundings,
    demand: &Demand,
    cycle: CycleId,
    trace: &Arc<Trace>,
) -> Result<Run, CycleError> {
    let Surroundings { storage, clock, .. } = surroundings;
    let (id, time) = (demand.configuration.id, Arc::clone(clock));
    let rehearse: WrapTarget =
        Box::new(move |target, kind| Arc::new(Rehearsal::new(target, kind, time, id, None)));
    let what = Start {
        cycle_id: cycle,
        eager: true,
        links: Arc::clone(storage) as Arc<dyn LinkStore>,
        cycles: (!demand.dry_run).then(|| Arc::clone(storage) as Arc<dyn Storage>),
        target: demand.dry_run.then_some(rehearse),
        observer: Some(Arc::clone(trace) as _),
        stop: CancellationToken::new(),
    };
    let mut run = start::start(surroundings, &demand.configuration, what).await?;
    run.dry = demand.dry_run;
    run.records.initiated_by = Some(demand.by.clone());
    run.tracks_changes = true;
    run.reconcile = true;
    run.resolver = Resolver::for_changes();
    if !run.dry {
        run.recover().await?;
        trace.forget();
    }
    run.remember_marks().await?;
    run.resolve_scope().await?;
    Ok(run)
}

fn failed(error: CycleError) -> DemandError {
    match error {
        CycleError::Storage(error) => DemandError::Storage(error),
        other => DemandError::Problem(problem_of(&other)),
    }
}
