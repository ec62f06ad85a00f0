//! How a configuration is held back, tried again, given up and let go.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use domain::catalogue;
use domain::cycle::{CycleState, Trigger};
use domain::status::{ConfigurationState, QuarantineReason};
use domain::{Clock, ObjectKind};
use lab::Change;
use storage::{ConfigurationStore, LinkStore};

use crate::world::World;

async fn state(world: &World) -> ConfigurationState {
    world.storage.configuration_state(world.configuration).await.expect("a state")
}

/// Naive: the job stops, and nobody can tell why, since when and whether it will ever try again.
#[tokio::test]
async fn pain_14_a_quarantine_tells_its_reason_and_is_tried_after_6_12_and_24_hours_and_then_daily() {
    let world = World::new(10, 2, |_| {}).await;
    world.run().await;
    world.faults.refuse_sign_in.store(true, Ordering::SeqCst);
    let failed = world.run_triggered(Trigger::Schedule).await;
    let problem = failed.problem.clone().expect("a problem");
    assert_eq!(
        (failed.state, problem.code.as_str()),
        (CycleState::Failed, catalogue::SOURCE_CREDENTIALS.code)
    );
    assert!(problem.message.contains("refused to sign in"), "{}", problem.message);
    let mut held = state(&world).await.quarantine.expect("in quarantine");
    assert_eq!(held.reason, QuarantineReason::EncounteredQuarantineException);
    assert_eq!(held.error, problem, "the failing call");
    let began = held.current_began;
    let mut hours = Vec::new();
    for _ in 0..5 {
        let next = held.next_attempt.expect("a next attempt");
        hours.push((next - began + TimeDelta::minutes(1)).num_hours());
        world.clock.advance(next - world.clock.now());
        world.run_triggered(Trigger::Schedule).await;
        held = state(&world).await.quarantine.expect("still in quarantine");
        assert_eq!(held.current_began, began, "since when does not move");
    }
    assert_eq!(hours, [6, 12, 24, 48, 72]);

    world.faults.refuse_sign_in.store(false, Ordering::SeqCst);
    let mended = world.run_triggered(Trigger::Schedule).await;
    assert!(mended.state.is_complete(), "{mended:?}");
    assert_eq!(state(&world).await.quarantine, None, "success lifts it");
}

#[tokio::test]
async fn a_configuration_that_nobody_mends_for_four_weeks_is_disabled() {
    let world = World::new(10, 2, |_| {}).await;
    world.run().await;
    world.faults.refuse_sign_in.store(true, Ordering::SeqCst);
    let enabled = || async {
        let stored = world.storage.configuration(world.configuration).await.expect("the store answers");
        stored.expect("configured").plan.enabled
    };
    let began = world.clock.now();
    while world.clock.now() - began < TimeDelta::days(28) {
        assert!(enabled().await, "after {}", world.clock.now() - began);
        world.run_triggered(Trigger::Schedule).await;
        world.clock.advance(TimeDelta::hours(24 * 7 + 1));
    }
    world.run_triggered(Trigger::Schedule).await;
    assert!(!enabled().await);
}

#[tokio::test]
async fn a_failing_object_waits_longer_each_time_and_a_full_cycle_does_not_hurry_it() {
    let world = World::new(10, 2, |plan| {
        let mut mappings = domain::defaults::mappings(
            domain::DirectoryKind::ActiveDirectory,
            domain::TargetKind::BuiltIn,
            ObjectKind::User,
        );
        mappings.retain(|mapping| mapping.target != "jobTitle");
        let refuse = r#"IIF([title]="Bad Apple", Error("not this one"), [title])"#;
        mappings.push(domain::mapping::Mapping::expression("jobTitle", refuse));
        plan.mappings.insert(ObjectKind::User, mappings);
    })
    .await;
    world.run().await;
    let dn = world.forest.person_dn(3).expect("a person");
    world.change(&Change::set(dn, "title", "Bad Apple"));
    world.run_triggered(Trigger::Schedule).await;
    let mut waits = Vec::new();
    for attempt in 1..=5 {
        let escrow = world.storage.escrows(world.configuration).await.expect("are read").remove(0);
        assert_eq!(escrow.attempts, attempt);
        let wait = escrow.next_attempt_at - world.clock.now();
        waits.push((wait + TimeDelta::seconds(30)).num_minutes());
        // Before its time nothing is tried.
        let early = world.run_triggered(Trigger::Schedule).await;
        assert_eq!((early.counts.failed, early.counts.escrowed), (0, 1), "{early:?}");
        world.clock.advance(escrow.next_attempt_at - world.clock.now());
        assert_eq!(world.run_triggered(Trigger::Schedule).await.counts.failed, 1);
    }
    assert_eq!(waits, [2, 4, 8, 16, 32]);
}
