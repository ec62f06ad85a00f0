//! What runs, and when.

use std::time::Duration;

use chrono::TimeDelta;
use domain::access::{Principal, Role};
use domain::cycle::{Counts, CycleState, Problem};
use domain::status::{Quarantine, QuarantineReason, StatusCode};
use service::ServiceError;
use service::on_demand::OnDemandRequest;
use storage::PageRequest;
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
    let cycle = bench.service.allow_deletes(&bench.system, NAME, Some(" ticket  7 ")).await.expect("allows");
    let view = bench.service.configuration(&bench.system, NAME).await.expect("view");
    assert!(view.state.deletes_allowed);
    let audit =
        bench.storage.audit(&service::AuditFilter::default(), PageRequest::first(1)).await.expect("audit");
    assert_eq!(audit.items[0].entry.reason.as_deref(), Some("ticket 7"));
    let long = "x".repeat(domain::audit::LONGEST_REASON + 1);
    let refused = bench.service.allow_deletes(&bench.system, NAME, Some(&long)).await;
    assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
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

#[tokio::test]
async fn what_a_quarantine_and_a_staged_removal_are_is_told_from_the_memory() {
    let bench = Bench::configured().await;
    let id = bench.service.configuration(&bench.system, NAME).await.expect("view").configuration.id;
    let now = domain::Clock::now(bench.clock.as_ref());
    let view = bench.service.configuration(&bench.system, NAME).await.expect("view");
    assert_eq!((view.staged, view.next_full_at(), view.last_exporting), (None, None, None));

    let mut state = bench.storage.configuration_state(id).await.expect("state");
    state.quarantine = Some(Quarantine {
        reason: QuarantineReason::TooManyDeletes,
        current_began: now,
        next_attempt: Some(now + TimeDelta::hours(6)),
        error: Problem { code: "TooManyDeletes".into(), message: "too many".into() },
    });
    state.memory.last_full_at = Some(now);
    bench.storage.put_configuration_state(&state).await.expect("puts");
    let link = |number: u32| storage::link::LinkWrite {
        kind: domain::ObjectKind::User,
        object_id: format!("id-{number}"),
        anchor: format!("anchor-{number}"),
        source_dn: format!("CN={number},DC=a"),
        display_name: number.to_string(),
        target_id: format!("target-{number}"),
        state: storage::link::LinkState::Active,
        fingerprint: 1,
        exported: None,
    };
    let page = storage::link::PageCommit { links: (1..=3).map(link).collect(), ..Default::default() };
    let links = bench.storage.commit_page(id, page).await.expect("commits");
    let page = storage::link::PageCommit { leaving: links[..2].to_vec(), ..Default::default() };
    bench.storage.commit_page(id, page).await.expect("commits");

    let view = bench.service.configuration(&bench.system, NAME).await.expect("view");
    assert_eq!(view.staged, Some(service::Staged { objects: 2, memberships: 0 }));
    assert_eq!(view.next_full_at(), Some(now + TimeDelta::days(1)));
}

#[tokio::test]
async fn failing_objects_are_tried_again_alone_or_together() {
    let bench = Bench::configured().await;
    let id = bench.service.configuration(&bench.system, NAME).await.expect("view").configuration.id;
    run_through(&bench).await;
    let now = domain::Clock::now(bench.clock.as_ref());
    let user = domain::ObjectKind::User;
    let escrow = |number: u32| storage::link::Escrow {
        kind: user,
        object_id: format!("id-{number}"),
        display_name: number.to_string(),
        code: "TimeOut".into(),
        reason: "no answer".into(),
        fingerprint: 1,
        attempts: 9,
        first_failed_at: now,
        next_attempt_at: now + TimeDelta::hours(9),
    };
    let page = storage::link::PageCommit { escrows: (1..=3).map(escrow).collect(), ..Default::default() };
    bench.storage.commit_page(id, page).await.expect("commits");
    let nobody = [(user, "id-9".to_owned())];
    let retried = bench.service.retry_escrows(&bench.system, NAME, Some(&nobody)).await.expect("answers");
    assert_eq!(retried, (0, None), "nothing fails under this id, so nothing runs");

    let one = [(user, "id-2".to_owned())];
    let (count, cycle) = bench.service.retry_escrows(&bench.system, NAME, Some(&one)).await.expect("retries");
    let due = bench.storage.due_escrows(id, now, 9).await.expect("are read");
    assert_eq!((count, due.len(), due[0].object_id.as_str()), (1, 1, "id-2"));
    let queued = bench.storage.queued_cycle(id).await.expect("is read").expect("is queued");
    assert_eq!((Some(queued.id), queued.trigger), (cycle, domain::cycle::Trigger::Schedule));

    let (count, _) = bench.service.retry_escrows(&bench.system, NAME, None).await.expect("retries");
    assert_eq!(count, 3);
    bench.service.pause(&bench.system, NAME).await.expect("pauses");
    let refused = bench.service.retry_escrows(&bench.system, NAME, None).await;
    assert!(matches!(refused, Err(ServiceError::Conflict(_))), "{refused:?}");
}

#[tokio::test]
async fn an_object_on_demand_needs_an_operator_a_name_and_an_enabled_configuration() {
    let bench = Bench::configured().await;
    let ask = |dn: Option<&str>, id: Option<&str>, dry_run| OnDemandRequest {
        dn: dn.map(str::to_owned),
        object_id: id.map(str::to_owned),
        dry_run,
    };
    let reader = Principal { role: Role::Reader, ..bench.system.clone() };
    let dn = Some("CN=Ann,DC=a,DC=local");
    let refused = bench.service.provision_on_demand(&reader, "a to directory", &ask(dn, None, true)).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden { .. })), "{refused:?}");
    for wrong in [
        ask(None, None, true),
        ask(dn, Some("x"), true),
        ask(Some("Ann"), None, true),
        ask(None, Some("7"), true),
    ] {
        let refused = bench.service.provision_on_demand(&bench.system, "a to directory", &wrong).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{wrong:?}: {refused:?}");
    }
    // The directory is out of reach: the code of the catalogue, and an audit entry all the same.
    let failed =
        bench.service.provision_on_demand(&bench.system, "a to directory", &ask(dn, None, false)).await;
    let failed = failed.expect_err("nowhere");
    assert_eq!(failed.code(), domain::catalogue::NO_CONNECTION.code);
    let audit =
        bench.storage.audit(&service::AuditFilter::default(), PageRequest::first(1)).await.expect("audit");
    assert_eq!(audit.items[0].entry.activity, "configuration.provisionOnDemand");
    assert_eq!(audit.items[0].entry.details["status"], "failure");
    // Its place is free again.
    let id = bench.service.configuration(&bench.system, "a to directory").await.expect("view");
    assert_eq!(id.running, None);
    bench.service.set_enabled(&bench.system, "a to directory", false).await.expect("disabled");
    let refused =
        bench.service.provision_on_demand(&bench.system, "a to directory", &ask(dn, None, false)).await;
    assert!(matches!(refused, Err(ServiceError::Conflict(_))), "{refused:?}");
    let dry = bench.service.provision_on_demand(&bench.system, "a to directory", &ask(dn, None, true)).await;
    assert_eq!(dry.expect_err("nowhere").code(), domain::catalogue::NO_CONNECTION.code);
}
