//! The queue and the history of cycles.

use std::time::Duration;

use domain::cycle::{CycleState, Phase, Problem, Trigger};
use domain::status::ConfigurationState;
use domain::{Counts, Cycle, CycleId};

use super::sample::{configuration_id, configure, cycle_id, drain, progress, running_cycle, time};
use crate::cycle::CycleEnd;
use crate::{PageRequest, Storage, StorageError};

const LEASE: Duration = Duration::from_mins(1);

fn end(state: CycleState) -> CycleEnd {
    CycleEnd {
        state,
        counts: Counts { created: 5, failed: 1, ..Counts::default() },
        done: 6,
        problem: None,
        notes: vec!["a referral was passed over".to_owned()],
    }
}

async fn claim(storage: &dyn Storage, seconds: i64) -> Option<Cycle> {
    storage.claim_cycle("worker", time(seconds), LEASE).await.expect("is asked")
}

async fn queue(storage: &dyn Storage, cycle: u128, configuration: u128, seconds: i64) -> CycleId {
    storage
        .enqueue_cycle(cycle_id(cycle), configuration_id(configuration), time(seconds), Trigger::Schedule)
        .await
        .expect("is queued")
}

pub async fn a_queued_cycle_is_claimed_once(storage: &dyn Storage) {
    configure(storage, 1).await;
    assert_eq!(queue(storage, 1, 1, 10).await, cycle_id(1));
    let queued = storage.queued_cycle(configuration_id(1)).await.expect("is read").expect("is queued");
    assert_eq!((queued.state, queued.due_at), (CycleState::Queued, time(10)));
    let claimed = claim(storage, 20).await.expect("is due");
    assert_eq!(claimed.id, cycle_id(1));
    assert_eq!(claimed.state, CycleState::Running);
    assert_eq!(claimed.started_at, Some(time(20)));
    assert_eq!(claimed.phase, Phase::Starting);
    assert_eq!(storage.cycle(cycle_id(1)).await.expect("is read").as_ref(), Some(&claimed));
    let running = storage.running_cycle(configuration_id(1)).await.expect("is read");
    assert_eq!(running, Some(claimed));
    assert!(claim(storage, 20).await.is_none());
    assert!(storage.queued_cycle(configuration_id(1)).await.expect("is read").is_none());
}

pub async fn a_configuration_has_one_queued_cycle(storage: &dyn Storage) {
    configure(storage, 1).await;
    queue(storage, 1, 1, 100).await;
    assert_eq!(queue(storage, 2, 1, 200).await, cycle_id(1), "a later one changes nothing");
    let manual = storage
        .enqueue_cycle(cycle_id(3), configuration_id(1), time(50), Trigger::Manual)
        .await
        .expect("is queued");
    assert_eq!(manual, cycle_id(1));
    queue(storage, 4, 1, 60).await;
    let queued = storage.queued_cycle(configuration_id(1)).await.expect("is read").expect("is queued");
    assert_eq!((queued.due_at, queued.trigger), (time(50), Trigger::Manual));
    assert!(storage.cycle(cycle_id(3)).await.expect("is read").is_none());
}

pub async fn the_cycle_due_longest_is_claimed_first(storage: &dyn Storage) {
    configure(storage, 3).await;
    queue(storage, 1, 1, 30).await;
    queue(storage, 2, 2, 10).await;
    queue(storage, 3, 3, 99).await;
    assert_eq!(storage.next_due().await.expect("is read"), Some(time(10)));
    assert_eq!(claim(storage, 40).await.map(|cycle| cycle.id), Some(cycle_id(2)));
    assert_eq!(claim(storage, 40).await.map(|cycle| cycle.id), Some(cycle_id(1)));
    assert_eq!(claim(storage, 40).await, None, "the third is not due yet");
    assert_eq!(claim(storage, 99).await.map(|cycle| cycle.id), Some(cycle_id(3)));
    assert_eq!(storage.next_due().await.expect("is read"), None);
}

pub async fn a_configuration_runs_one_cycle_at_a_time(storage: &dyn Storage) {
    configure(storage, 1).await;
    running_cycle(storage, 1, configuration_id(1)).await;
    queue(storage, 2, 1, 5).await;
    assert_eq!(claim(storage, 10).await, None);
    storage.end_cycle(cycle_id(1), time(20), end(CycleState::Succeeded), None).await.expect("is ended");
    assert_eq!(claim(storage, 21).await.map(|cycle| cycle.id), Some(cycle_id(2)));
}

pub async fn expected_comes_from_the_last_total(storage: &dyn Storage) {
    configure(storage, 2).await;
    let state = ConfigurationState { last_total: Some(42), ..ConfigurationState::new(configuration_id(1)) };
    storage.put_configuration_state(&state).await.expect("is put");
    assert_eq!(running_cycle(storage, 1, configuration_id(1)).await.expected, Some(42));
    assert_eq!(running_cycle(storage, 2, configuration_id(2)).await.expected, None);
}

pub async fn only_the_owner_renews_a_lease(storage: &dyn Storage) {
    configure(storage, 1).await;
    let cycle = running_cycle(storage, 1, configuration_id(1)).await;
    storage.renew_cycle(cycle.id, "worker", time(500)).await.expect("is renewed");
    let stolen = storage.renew_cycle(cycle.id, "other", time(900)).await;
    assert!(matches!(stolen, Err(StorageError::Stale { .. })), "{stolen:?}");
    let none = interrupt(storage, 499, false).await;
    assert!(none.is_empty(), "the lease was renewed");
    assert_eq!(interrupt(storage, 500, false).await.len(), 1, "and not by the other");
    let late = storage.renew_cycle(cycle.id, "worker", time(900)).await;
    assert!(matches!(late, Err(StorageError::Stale { .. })), "{late:?}");
}

async fn interrupt(storage: &dyn Storage, seconds: i64, every: bool) -> Vec<Cycle> {
    let mut next = 1000;
    storage
        .interrupt_expired_cycles(time(seconds), every, &mut || {
            next += 1;
            cycle_id(next)
        })
        .await
        .expect("is done")
}

pub async fn an_expired_lease_interrupts_and_queues_again(storage: &dyn Storage) {
    configure(storage, 1).await;
    running_cycle(storage, 1, configuration_id(1)).await;
    storage.progress_cycle(cycle_id(1), progress(7)).await.expect("is noted");
    assert!(interrupt(storage, 60, false).await.is_empty());
    let interrupted = interrupt(storage, 61, false).await;
    assert_eq!(interrupted.iter().map(|cycle| cycle.id).collect::<Vec<_>>(), [cycle_id(1)]);
    let stored = storage.cycle(cycle_id(1)).await.expect("is read").expect("is there");
    assert_eq!(stored.state, CycleState::Interrupted);
    assert_eq!((stored.ended_at, stored.done), (Some(time(61)), 7));
    assert_eq!(interrupted, [stored]);
    let queued = storage.queued_cycle(configuration_id(1)).await.expect("is read").expect("is queued");
    assert_eq!((queued.id, queued.due_at), (cycle_id(1001), time(61)));
    assert!(interrupt(storage, 999, false).await.is_empty());
}

pub async fn the_only_server_interrupts_every_running_cycle(storage: &dyn Storage) {
    configure(storage, 3).await;
    running_cycle(storage, 1, configuration_id(1)).await;
    running_cycle(storage, 2, configuration_id(2)).await;
    queue(storage, 3, 2, 900).await;
    queue(storage, 4, 3, 5).await;
    assert_eq!(interrupt(storage, 3, true).await.len(), 2);
    let brought_forward = storage.queued_cycle(configuration_id(2)).await.expect("is read");
    assert_eq!(brought_forward.map(|cycle| (cycle.id, cycle.due_at)), Some((cycle_id(3), time(3))));
    let untouched = storage.queued_cycle(configuration_id(3)).await.expect("is read");
    assert_eq!(untouched.map(|cycle| cycle.due_at), Some(time(5)));
}

pub async fn ending_a_cycle_queues_the_next(storage: &dyn Storage) {
    configure(storage, 1).await;
    let running = running_cycle(storage, 1, configuration_id(1)).await;
    let mut how = end(CycleState::Failed);
    how.problem = Some(Problem { code: "TimeOut".to_owned(), message: "no answer".to_owned() });
    storage
        .end_cycle(cycle_id(1), time(30), how.clone(), Some((cycle_id(2), time(150))))
        .await
        .expect("is ended");
    let ended = storage.cycle(cycle_id(1)).await.expect("is read").expect("is there");
    let expected = Cycle {
        state: CycleState::Failed,
        ended_at: Some(time(30)),
        phase: ended.phase,
        counts: how.counts,
        done: how.done,
        problem: how.problem,
        notes: how.notes,
        ..running
    };
    assert_eq!(ended, expected);
    let next = storage.queued_cycle(configuration_id(1)).await.expect("is read").expect("is queued");
    assert_eq!((next.id, next.due_at, next.trigger), (cycle_id(2), time(150), Trigger::Schedule));
}

pub async fn an_ended_cycle_is_left_alone(storage: &dyn Storage) {
    configure(storage, 1).await;
    running_cycle(storage, 1, configuration_id(1)).await;
    storage.end_cycle(cycle_id(1), time(9), end(CycleState::Stopped), None).await.expect("is ended");
    let again = storage
        .end_cycle(cycle_id(1), time(10), end(CycleState::Succeeded), Some((cycle_id(2), time(11))))
        .await;
    assert!(matches!(again, Err(StorageError::Stale { .. })), "{again:?}");
    let moved = storage.progress_cycle(cycle_id(1), progress(9)).await;
    assert!(matches!(moved, Err(StorageError::Stale { .. })), "{moved:?}");
    let stored = storage.cycle(cycle_id(1)).await.expect("is read").expect("is there");
    assert_eq!((stored.state, stored.done), (CycleState::Stopped, 6));
    assert!(storage.queued_cycle(configuration_id(1)).await.expect("is read").is_none());
}

pub async fn dropped_cycles_are_not_claimed(storage: &dyn Storage) {
    configure(storage, 2).await;
    queue(storage, 1, 1, 1).await;
    queue(storage, 2, 2, 2).await;
    storage.drop_queued_cycles(configuration_id(1)).await.expect("is dropped");
    assert_eq!(claim(storage, 10).await.map(|cycle| cycle.id), Some(cycle_id(2)));
    assert_eq!(claim(storage, 10).await, None);
    storage.drop_queued_cycles(configuration_id(2)).await.expect("drops nothing");
    assert!(storage.running_cycle(configuration_id(2)).await.expect("is read").is_some());
}

pub async fn cycles_are_paged_while_more_begin(storage: &dyn Storage) {
    configure(storage, 2).await;
    for number in 1..=9 {
        running_cycle(storage, number, configuration_id(1 + number % 2)).await;
        storage
            .end_cycle(cycle_id(number), time(5), end(CycleState::Succeeded), None)
            .await
            .expect("is ended");
    }
    queue(storage, 90, 1, 1).await;
    let first = storage.cycles(None, PageRequest::first(4)).await.expect("is read");
    running_cycle(storage, 91, configuration_id(2)).await;
    let mut seen: Vec<_> = first.items.iter().map(|cycle| cycle.id).collect();
    let mut after = first.next;
    while let Some(cursor) = after {
        let page =
            storage.cycles(None, PageRequest { limit: 4, after: Some(cursor) }).await.expect("is read");
        seen.extend(page.items.iter().map(|cycle| cycle.id));
        after = page.next;
    }
    assert_eq!(seen, (1..=9).rev().map(cycle_id).collect::<Vec<_>>());
    let of_one = drain(2, |page| storage.cycles(Some(configuration_id(1)), page)).await;
    let of_one: Vec<_> = of_one.iter().map(|cycle| cycle.id).collect();
    assert!(of_one.ends_with(&[8, 6, 4, 2].map(cycle_id)), "{of_one:?}");
}

pub async fn the_last_cycle_need_not_be_complete(storage: &dyn Storage) {
    configure(storage, 1).await;
    let of = configuration_id(1);
    assert!(storage.last_cycle(of).await.expect("is read").is_none());
    for (number, state) in
        [(1, CycleState::EntryLevelErrors), (2, CycleState::Stopped), (3, CycleState::Failed)]
    {
        running_cycle(storage, number, of).await;
        storage.end_cycle(cycle_id(number), time(5), end(state), None).await.expect("is ended");
    }
    running_cycle(storage, 4, of).await;
    let last = storage.last_cycle(of).await.expect("is read");
    assert_eq!(last.map(|cycle| cycle.id), Some(cycle_id(3)));
    let complete = storage.last_complete_cycle(of).await.expect("is read");
    assert_eq!(complete.map(|cycle| cycle.id), Some(cycle_id(1)));
}

pub async fn due_times_of_running_configurations_do_not_wake_the_worker(storage: &dyn Storage) {
    configure(storage, 2).await;
    running_cycle(storage, 1, configuration_id(1)).await;
    queue(storage, 2, 1, 5).await;
    assert_eq!(storage.next_due().await.expect("is read"), None);
    queue(storage, 3, 2, 77).await;
    assert_eq!(storage.next_due().await.expect("is read"), Some(time(77)));
    storage.end_cycle(cycle_id(1), time(9), end(CycleState::Succeeded), None).await.expect("is ended");
    assert_eq!(storage.next_due().await.expect("is read"), Some(time(5)));
}

pub async fn workers_at_the_same_time_claim_different_cycles(storage: &dyn Storage) {
    configure(storage, 3).await;
    for number in 1..=3 {
        queue(storage, number, number, 1).await;
    }
    let claims = futures::future::join_all((0..5).map(|_| claim(storage, 10))).await;
    let mut claimed: Vec<_> = claims.into_iter().flatten().map(|cycle| cycle.id).collect();
    claimed.sort_unstable();
    assert_eq!(claimed, [1, 2, 3].map(cycle_id));
}

pub async fn an_object_on_demand_holds_its_configurations_place_and_is_no_cycle(storage: &dyn Storage) {
    configure(storage, 1).await;
    let demand = |id, seconds| {
        storage.begin_on_demand(cycle_id(id), configuration_id(1), "demand", time(seconds), LEASE)
    };
    queue(storage, 1, 1, 10).await;
    assert!(demand(2, 20).await.expect("is asked"));
    assert!(claim(storage, 20).await.is_none(), "no cycle begins meanwhile");
    assert!(!demand(3, 20).await.expect("is asked"), "nor another object");
    let running = storage.cycle(cycle_id(2)).await.expect("is read").expect("is there");
    assert_eq!((running.state, running.trigger), (CycleState::Running, Trigger::OnDemand));
    storage.end_cycle(cycle_id(2), time(21), end(CycleState::Succeeded), None).await.expect("ends");
    assert_eq!(claim(storage, 22).await.expect("is due").id, cycle_id(1));
    assert!(!demand(4, 23).await.expect("is asked"), "a cycle is running");
    let listed = storage.cycles(None, PageRequest::first(10)).await.expect("is read");
    assert_eq!(listed.items.iter().map(|cycle| cycle.id).collect::<Vec<_>>(), [cycle_id(1)]);
    assert!(storage.last_complete_cycle(configuration_id(1)).await.expect("is read").is_none());
    let gone = storage.begin_on_demand(cycle_id(5), configuration_id(9), "demand", time(24), LEASE).await;
    assert!(matches!(gone, Err(StorageError::Stale { .. })), "{gone:?}");
}
