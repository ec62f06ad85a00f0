//! What a configuration is up to: Graph's synchronizationStatus, and below `details` of it what Graph does not tell.

use domain::Cycle;
use domain::cycle::{CycleState, Problem};
use domain::status::{Quarantine, StatusCode};
use serde_json::{Value, json};
use service::ConfigurationView;

use super::wire::capitalised;

/// Graph's synchronizationStatus. Beyond Graph: the running cycle and the next one, how changes are followed, when
/// everything was and will be read, and what the accidental-delete guard holds back.
pub fn status(view: &ConfigurationView) -> Value {
    let state = &view.state;
    let execution = |cycle: Option<&Cycle>| cycle.map(task_execution);
    json!({
        "code": view.code,
        "countSuccessiveCompleteFailures": state.successive_failures,
        // Failures are kept until they end: nothing drops them.
        "escrowsPruned": false,
        "lastExecution": execution(view.last.as_ref()),
        "lastSuccessfulExecution": execution(view.last_complete.as_ref()),
        "lastSuccessfulExecutionWithExports": execution(view.last_exporting.as_ref()),
        "progress": view.running.iter().map(|cycle| json!({
            "completedUnits": cycle.done,
            "totalUnits": cycle.expected.map(|expected| expected.max(cycle.done)),
            "units": cycle.phase,
            "progressObservationDateTime": view.observed_at,
        })).collect::<Vec<_>>(),
        "quarantine": state.quarantine.as_ref().map(|held| quarantine(held, view)),
        "steadyStateFirstAchievedTime": state.memory.first_full_at,
        "steadyStateLastAchievedTime": view.last_complete.as_ref().and_then(|cycle| cycle.ended_at),
        "synchronizedEntryCountByType": view.links.iter().map(|(kind, count)| json!({
            "key": format!("{kind} to {}", capitalised(*kind)),
            "value": count,
        })).collect::<Vec<_>>(),
        "troubleshootingUrl": troubleshooting(view),
        "escrowCount": view.escrows,
        "paused": state.paused,
        "deletesAllowed": state.deletes_allowed,
        "stagedDeletes": view.staged.map(|staged| json!({
            "objects": staged.objects, "memberships": staged.memberships,
        })),
        "currentCycleId": view.running.as_ref().map(|cycle| cycle.id),
        "nextExecution": view.queued.as_ref().map(|cycle| cycle.due_at),
        "changeTracking": {
            "method": view.cursor.as_ref().map(|cursor| cursor.tracking),
            "server": view.cursor.as_ref().and_then(domain::Cursor::server),
        },
        "lastFullReadDateTime": state.memory.last_full_at,
        "nextFullReadDateTime": view.next_full_at(),
        "fullReadReason": state.memory.full_requested,
    })
}

fn quarantine(held: &Quarantine, view: &ConfigurationView) -> Value {
    let memory = &view.state.memory;
    json!({
        "reason": held.reason,
        "currentBegan": held.current_began,
        "nextAttempt": held.next_attempt,
        "seriesBegan": memory.quarantine_series_began.unwrap_or(held.current_began),
        "seriesCount": memory.quarantine_count.max(1),
        "error": problem(&held.error),
    })
}

/// Where in the portal one sees what is wrong; nothing when nothing is.
fn troubleshooting(view: &ConfigurationView) -> Option<String> {
    let failed = view.last.as_ref().is_some_and(|cycle| cycle.state == CycleState::Failed);
    let id = view.configuration.id;
    if view.code == StatusCode::Quarantine || failed {
        Some(format!("/configurations/{id}"))
    } else {
        (view.escrows > 0).then(|| format!("/configurations/{id}/failing"))
    }
}

/// Graph's taskExecution.
fn task_execution(cycle: &Cycle) -> Value {
    let counts = &cycle.counts;
    let state = match cycle.state {
        CycleState::Succeeded => "Succeeded",
        CycleState::EntryLevelErrors => "EntryLevelErrors",
        _ => "Failed",
    };
    json!({
        "activityIdentifier": cycle.id,
        "state": state,
        "timeBegan": cycle.started_at,
        "timeEnded": cycle.ended_at,
        "countImported": counts.imported,
        "countImportedDeltas": counts.deltas,
        "countImportedReferenceDeltas": counts.reference_deltas,
        "countEntitled": counts.imported,
        "countEntitledForProvisioning": counts.imported,
        "countExports": counts.changes() + counts.failed,
        "countExported": counts.changes(),
        "countEscrowed": counts.failing(),
        "countEscrowedRaw": counts.failing(),
        "error": cycle.problem.as_ref().map(problem),
    })
}

/// Graph's synchronizationError. All but our own failures are for the customer to mend.
fn problem(problem: &Problem) -> Value {
    json!({
        "code": problem.code,
        "message": problem.message,
        "tenantActionable": problem.code != domain::catalogue::INTERNAL.code,
    })
}
