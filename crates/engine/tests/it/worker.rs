//! Queue, schedule and stop.

use chrono::TimeDelta;
use domain::cycle::{CycleState, Trigger};
use domain::{Clock, CycleId};
use storage::CycleStore;
use tokio_util::sync::CancellationToken;

use crate::world::World;

#[tokio::test]
async fn the_next_cycle_is_due_after_the_interval() {
    let world = World::new(10, 2, |_| {}).await;
    let shutdown = CancellationToken::new();
    let mut hints = world.handle.hints();
    let id = CycleId::new(world.clock.uuid());
    world
        .storage
        .enqueue_cycle(id, world.configuration, world.clock.now(), Trigger::Schedule)
        .await
        .expect("queued");
    let worker = tokio::spawn(world.worker().run(shutdown.clone()));
    let next = loop {
        if let Some(next) = world.storage.queued_cycle(world.configuration).await.expect("the store answers")
            && next.id != id
        {
            break next;
        }
        drop(hints.recv().await);
    };
    let ended = world.storage.cycle(id).await.expect("the store answers").expect("the cycle is there");
    assert!(ended.state.is_complete(), "{ended:?}");
    let wait = next.due_at - ended.ended_at.expect("it ended");
    assert!((wait - TimeDelta::minutes(2)).abs() < TimeDelta::seconds(1), "{wait}");
    shutdown.cancel();
    worker.await.expect("the worker ends");
}

#[tokio::test]
async fn a_cycle_that_was_running_when_the_process_died_is_interrupted_and_finished_by_the_next_start() {
    let world = World::new(10, 2, |_| {}).await;
    let id = CycleId::new(world.clock.uuid());
    let now = world.clock.now();
    world.storage.enqueue_cycle(id, world.configuration, now, Trigger::Schedule).await.expect("queued");
    let claimed = world
        .storage
        .claim_cycle("a process that is no more", world.clock.now(), std::time::Duration::from_hours(1))
        .await
        .expect("the store answers");
    assert_eq!(claimed.expect("claimed").id, id);
    let cycle = world.run().await;
    assert!(cycle.state.is_complete(), "{cycle:?}");
    let dead = world.storage.cycle(id).await.expect("the store answers").expect("the cycle is there");
    assert_eq!(dead.state, CycleState::Interrupted);
}
