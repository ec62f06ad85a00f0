//! Invented results of simulations and searches.

use app::view::{SimulateView, SimulatedQuery, UnmatchedQuery, UnmatchedView};
use domain::{
    Counts, ObjectKind, SimulationId,
    cycle::{Phase, Problem},
    record::{Action, Status},
    scope::Scope,
    simulation::{Movement, SimulatedObject, Simulation, SimulationState, Tally},
    unmatched::{ScanState, UnmatchedObject, UnmatchedScan},
};
use uuid::Uuid;

use super::sample;

pub fn simulation(state: SimulationState) -> Simulation {
    let running = state == SimulationState::Running;
    let tally = |action, status, count| {
        let movement = match action {
            Action::Create => Some(Movement::Enters),
            Action::StagedDelete => Some(Movement::Leaves),
            _ => None,
        };
        Tally { kind: ObjectKind::User, action, status, movement, count }
    };
    Simulation {
        id: SimulationId::new(Uuid::from_u128(0x0192_3a4f_0000_7000_8000_0000_0000_0001)),
        configuration_id: sample::configurations()[0].id,
        state,
        requested_by: "ingrid.solheim".to_owned(),
        draft: false,
        scope: None,
        full: true,
        started_at: sample::now(),
        ended_at: (!running).then(sample::now),
        phase: Phase::Users,
        done: 187,
        expected: Some(342),
        counts: Counts { imported: 342, unchanged: 288, staged: 41, escrowed: 2, ..Counts::default() },
        tallies: vec![
            tally(Action::Create, Status::Success, 4),
            tally(Action::Update, Status::Success, 5),
            tally(Action::StagedDelete, Status::Skipped, 41),
            tally(Action::Update, Status::Failure, 2),
        ],
        problem: (state == SimulationState::Succeeded).then(|| Problem {
            code: "TooManyDeletes".to_owned(),
            message: "The cycle would disable 41 of 300 users; the threshold is 20.".to_owned(),
        }),
        notes: vec!["OU=Sales was renamed to OU=Markets.".to_owned()],
    }
}

pub fn object(n: usize) -> SimulatedObject {
    let record = sample::record(n);
    SimulatedObject {
        number: 1 + i64::try_from(n).unwrap_or_default(),
        action: record.action,
        status: record.status,
        kind: record.kind,
        movement: (record.action == Action::Create).then_some(Movement::Enters),
        source: record.source,
        target: record.target,
        error: record.error,
        steps: record.steps,
        modified: record.modified,
    }
}

/// A preview of a changed scope.
pub fn preview(state: SimulationState) -> (Simulation, SimulateView) {
    let scope = Scope {
        organizational_units: vec!["OU=Markets,OU=Staff,DC=lab01,DC=local".to_owned()],
        ..Scope::default()
    };
    let simulation = Simulation { draft: true, scope: Some(scope), ..simulation(state) };
    (simulation.clone(), SimulateView { newest: Some(simulation), ..simulate(state) })
}

pub fn simulate(state: SimulationState) -> SimulateView {
    SimulateView {
        newest: Some(simulation(state)),
        filter: SimulatedQuery::default(),
        rows: (0..20).map(object).collect(),
        next: Some("20".to_owned()),
        stale: vec!["A cycle has run since."],
    }
}

pub fn unmatched() -> UnmatchedView {
    let object = |n: usize| {
        let record = sample::record(n);
        UnmatchedObject {
            kind: record.kind,
            id: record.target.id,
            anchor: if n.is_multiple_of(3) { String::new() } else { "xJEqP32LEE6cVW8dGis8TQ==".to_owned() },
            display_name: record.source.display_name,
            name: record.target.name,
            administrator: n == 1,
        }
    };
    UnmatchedView {
        scan: Some(UnmatchedScan {
            configuration_id: sample::configurations()[0].id,
            state: ScanState::Succeeded,
            requested_by: "ingrid.solheim".to_owned(),
            started_at: sample::now(),
            ended_at: Some(sample::now()),
            listed: 354,
            unmatched: 12,
            problem: None,
        }),
        filter: UnmatchedQuery::default(),
        rows: (0..12).map(object).collect(),
        next: None,
    }
}
