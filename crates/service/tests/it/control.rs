//! What runs, and when.

use std::time::Duration;

use chrono::TimeDelta;
use domain::cycle::{Counts, CycleState, Problem};
use domain::status::{Quarantine, QuarantineReason, StatusCode};
use service::ServiceError;
use storage::cycle::CycleEnd;

use crate::support::Bench;

const NAME: &str = "a to directory";
const LEASE: Duration = Duration::from_mins(1);

/// Runs the queued cycle as the worker would, without queueing the next one.
async fn run_through(bench: &Bench) {
    let now = domain::Clock::now(bench.clock.as_ref());
    let cycle = bench.storage.claim_cycle("test", now, LEASE).await.expect("claims").expect("a due cycle");
    let end = CycleEnd {
        state: CycleState::Succeeded,
        counts: Counts::default(),
        done: 0,
        problem: None,
        notes: Vec::new(),
    };
    bench.storage.end_cycle(cycle.id, now, end, None).await.expect("ends");
}

#[tokio::test]
async fn a_start_of_the_process_queues_what_nothing_would_run() {
    let bench = Bench::configured().await;
    run_through(&bench).await;
    let view = bench.service.configuration(&bench.system, NAME).await.expect("view");
    assert!(view.queued.is_none());
    let ended = view.last.and_then(|cycle| cycle.ended_at).expect("an end");

    bench.service.resume().await.expect("resumes");
    let view = bench.service.configuration(&bench.system, NAME).await.expect("view");
    assert_eq!(view.queued.as_ref().map(|cycle| cycle.due_at), Some(ended + TimeDelta::minutes(10)));
    let first = view.queued.expect("queued").id;
    bench.service.resume().await.expect("resumes");
    let view = bench.service.configuration(&bench.system, NAME).await.expect("view");
    assert_eq!(view.queued.expect("queued").id, first, "a second start queues nothing more");
}

#[tokio::test]
async fn a_paused_configuration_stays_paused_through_a_restart_and_a_change() {
    let bench = Bench::configured().await;
    bench.service.pause(&bench.system, NAME).await.expect("pauses");
    bench.service.resume().await.expect("resumes");
    let entry = bench.service.configuration(&bench.system, NAME).await.expect("view").entry();
    let changed = domain::document::ConfigurationEntry {
        out_of_scope: domain::configuration::OutOfScope::Delete,
        ..entry
    };
    bench.service.update_configuration(&bench.system, NAME, &changed).await.expect("changes");
    let view = bench.service.configuration(&bench.system, NAME).await.expect("view");
    assert_eq!((view.code, view.queued), (StatusCode::Paused, None));
}

#[tokio::test]
async fn a_quarantine_is_cleared_once_and_its_configuration_runs() {
    let bench = Bench::configured().await;
    let id = bench.service.configuration(&bench.system, NAME).await.expect("view").configuration.id;
    let mut state = bench.storage.configuration_state(id).await.expect("state");
    state.quarantine = Some(Quarantine {
        reason: QuarantineReason::TooManyDeletes,
        current_began: domain::Clock::now(bench.clock.as_ref()),
        next_attempt: None,
        error: Problem { code: "TooManyDeletes".into(), message: "too many".into() },
    });
    state.successive_failures = 3;
    bench.storage.put_configuration_state(&state).await.expect("puts");
    let view = bench.service.configuration(&bench.system, NAME).await.expect("view");
    assert_eq!(view.code, StatusCode::Quarantine);

    bench.service.clear_quarantine(&bench.system, NAME).await.expect("clears");
    let view = bench.service.configuration(&bench.system, NAME).await.expect("view");
    assert_eq!((view.code, view.state.successive_failures), (StatusCode::NotRun, 0));
    assert!(view.queued.is_some());
    let again = bench.service.clear_quarantine(&bench.system, NAME).await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))), "{again:?}");
}

#[tokio::test]
async fn allowing_deletes_is_remembered_for_the_next_cycle() {
    let bench = Bench::configured().await;
    let cycle = bench.service.allow_deletes(&bench.system, NAME).await.expect("allows");
    let view = bench.service.configuration(&bench.system, NAME).await.expect("view");
    assert!(view.state.deletes_allowed);
    assert_eq!(view.queued.map(|queued| queued.id), Some(cycle));
}

#[tokio::test]
async fn a_disabled_configuration_does_nothing_until_it_is_enabled() {
    let bench = Bench::configured().await;
    bench.service.set_enabled(&bench.system, NAME, false).await.expect("disables");
    for refused in [
        bench.service.run(&bench.system, NAME, false).await.err(),
        bench.service.start(&bench.system, NAME).await.err(),
        bench.service.pause(&bench.system, NAME).await.err(),
    ] {
        assert!(matches!(refused, Some(ServiceError::Conflict(_))), "{refused:?}");
    }
    bench.service.resume().await.expect("resumes");
    let view = bench.service.configuration(&bench.system, NAME).await.expect("view");
    assert_eq!((view.code, view.queued), (StatusCode::Disabled, None));
}

#[tokio::test]
async fn open_pages_hear_of_every_change() {
    let mut bench = Bench::configured().await;
    while bench.hints.try_recv().is_ok() {}
    bench.service.pause(&bench.system, NAME).await.expect("pauses");
    assert!(bench.hints.try_recv().is_ok());
    bench.service.start(&bench.system, NAME).await.expect("starts");
    assert!(bench.hints.try_recv().is_ok());
}
