//! Configurations side by side, and what happens to a cycle in the middle.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use domain::cycle::{CycleState, Phase, Trigger};
use domain::record::{Action, Status};
use domain::{Clock, Cycle, CycleId, ObjectKind};
use engine::Hint;
use storage::record::RecordFilter;
use storage::{CycleStore, LinkStore};
use tokio::sync::broadcast::Receiver;
use tokio_util::sync::CancellationToken;

use crate::world::World;

async fn queue(world: &World) -> CycleId {
    let (id, now) = (CycleId::new(world.clock.uuid()), world.clock.now());
    world.storage.enqueue_cycle(id, world.configuration, now, Trigger::Manual).await.expect("queued")
}

async fn ended(world: &World, hints: &mut Receiver<Hint>, id: CycleId) -> Cycle {
    loop {
        let cycle = world.storage.cycle(id).await.expect("the store answers").expect("the cycle is there");
        if cycle.state.is_finished() {
            return cycle;
        }
        drop(hints.recv().await);
    }
}

/// Every object was created once, whatever happened on the way.
async fn everybody_once(world: &World) {
    let filter = RecordFilter {
        actions: vec![Action::Create],
        statuses: vec![Status::Success],
        configuration: Some(world.configuration),
        ..RecordFilter::default()
    };
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for record in world.records(&filter).await {
        *times.entry(record.target.id).or_default() += 1;
    }
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    assert_eq!(times.len(), world.everything().await.len());
}

/// Naive: one timer thread runs one configuration after the other, and a directory that does not answer blocks all.
#[tokio::test]
async fn pain_13_a_source_that_hangs_delays_no_other_configuration_and_is_seen() {
    let world = World::new(10, 2, |_| {}).await;
    let slow = world.beside("slow.local", 10, |_| {}).await;
    slow.faults.hold_page.store(1, Ordering::SeqCst);
    let mut hints = world.handle.hints();
    let (waits, runs) = (queue(&slow).await, queue(&world).await);
    let shutdown = CancellationToken::new();
    let worker = tokio::spawn(world.worker_for_both("slow.local", &slow).run(shutdown.clone()));
    slow.faults.held.notified().await;
    let quick = ended(&world, &mut hints, runs).await;
    assert!(quick.state.is_complete(), "{quick:?}");

    let seen = world.storage.running_cycle(slow.configuration).await.expect("the store answers");
    let seen = seen.expect("the slow one is seen to run");
    assert_eq!((seen.id, seen.phase), (waits, Phase::Users));
    assert!(seen.started_at.is_some_and(|since| since < world.clock.now()), "since when: {seen:?}");

    slow.faults.released.notify_one();
    let late = ended(&world, &mut hints, waits).await;
    assert!(late.state.is_complete(), "{late:?}");
    shutdown.cancel();
    worker.await.expect("the worker ends");
}

/// Naive: a stop waits for the whole cycle, or throws away what was done. (Limitation 9.)
#[tokio::test]
async fn limitation_9_a_stop_finishes_the_page_and_the_next_cycle_the_rest() {
    let world = World::new(80, 2, |_| {}).await;
    world.faults.hold_page.store(2, Ordering::SeqCst);
    let mut hints = world.handle.hints();
    let id = queue(&world).await;
    let shutdown = CancellationToken::new();
    let worker = tokio::spawn(world.worker().run(shutdown.clone()));
    world.faults.held.notified().await;
    world.handle.request_stop(world.configuration);
    shutdown.cancel();
    world.faults.released.notify_one();
    let stopped = ended(&world, &mut hints, id).await;
    worker.await.expect("the worker ends");
    assert_eq!(stopped.state, CycleState::Stopped, "{stopped:?}");
    let users = world.objects(ObjectKind::User).await.len();
    assert!(users > 0 && users < 80, "{users} users after two pages");
    assert_eq!(users as u64, stopped.counts.created, "the page under way was finished");

    world.storage.drop_queued_cycles(world.configuration).await.expect("dropped");
    let rest = world.run().await;
    assert!(rest.state.is_complete(), "{rest:?}");
    everybody_once(&world).await;
}

#[tokio::test]
async fn a_stop_keeps_the_position_in_the_directorys_changes() {
    let world = World::new(20, 2, |_| {}).await;
    world.run().await;
    let before = world.storage.cursor(world.configuration).await.expect("the store answers");
    let dn = world.forest.person_dn(3).expect("a person");
    world.change(&lab::Change::set(&dn, "title", "Baker"));
    let mut hints = world.handle.hints();
    let id = queue(&world).await;
    let shutdown = CancellationToken::new();
    // Stopped before anything was read.
    shutdown.cancel();
    let worker = tokio::spawn(world.worker().run(shutdown));
    let stopped = ended(&world, &mut hints, id).await;
    worker.await.expect("the worker ends");
    assert_eq!(stopped.state, CycleState::Stopped, "{stopped:?}");
    assert_eq!(world.storage.cursor(world.configuration).await.expect("the store answers"), before);
    world.storage.drop_queued_cycles(world.configuration).await.expect("dropped");
    assert_eq!(world.run().await.counts.updated, 1);
}

/// Naive: two workers write the same cycle, and everything twice.
#[tokio::test]
async fn pain_13_a_worker_that_lost_its_lease_writes_nothing_down_and_nobody_is_made_twice() {
    let world = World::new(80, 2, |_| {}).await;
    world.faults.hold_page.store(2, Ordering::SeqCst);
    let id = queue(&world).await;
    let shutdown = CancellationToken::new();
    let worker = tokio::spawn(world.worker().run(shutdown.clone()));
    world.faults.held.notified().await;
    let mut ids = || CycleId::new(world.clock.uuid());
    let taken = world.storage.interrupt_expired_cycles(world.clock.now(), true, &mut ids).await;
    assert_eq!(taken.expect("the store answers").len(), 1);
    shutdown.cancel();
    world.faults.released.notify_one();
    worker.await.expect("the worker ends");
    let lost = world.storage.cycle(id).await.expect("the store answers").expect("the cycle is there");
    assert_eq!(lost.state, CycleState::Interrupted, "{lost:?}");
    world.storage.drop_queued_cycles(world.configuration).await.expect("dropped");
    let next = world.run().await;
    assert!(next.state.is_complete(), "{next:?}");
    everybody_once(&world).await;
    world.assert_settled().await;
}
