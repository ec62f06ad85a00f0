//! What must never happen to a company.

use std::sync::atomic::Ordering;

use domain::ObjectKind;
use domain::catalogue;
use domain::cycle::CycleState;
use domain::record::Action;
use domain::status::QuarantineReason;
use lab::Change;
use storage::ConfigurationStore;
use storage::record::RecordFilter;

use crate::world::World;

#[tokio::test]
async fn pain_3_a_reading_that_breaks_off_removes_nobody() {
    let world = World::new(60, 6, |_| {}).await;
    world.run().await;
    let before = world.objects(ObjectKind::User).await;
    world.faults.break_reading_after.store(1, Ordering::SeqCst);
    let cycle = world.run_full().await;
    assert_eq!(cycle.state, CycleState::Failed);
    assert_eq!(cycle.problem.expect("a problem").code, catalogue::SOURCE_LIMIT.code);
    assert_eq!(world.objects(ObjectKind::User).await, before);
}

#[tokio::test]
async fn pain_3_a_directory_that_answers_nothing_at_all_removes_nobody_and_says_so() {
    let world = World::new(60, 12, |_| {}).await;
    world.run().await;
    let before = world.everything().await;
    world.faults.empty_reading.store(1, Ordering::SeqCst);
    let cycle = world.run_full().await;
    assert_eq!(world.everything().await, before, "neither people nor memberships nor managers went");
    assert!(cycle.notes.iter().any(|note| note.contains("no users at all")), "{:?}", cycle.notes);
}

#[tokio::test]
async fn pain_2_too_many_removals_are_held_back_until_they_are_allowed() {
    let world = World::new(60, 6, |plan| plan.accidental_deletes.threshold = 2).await;
    world.run().await;
    let before = world.objects(ObjectKind::User).await;
    for person in [5, 6, 7] {
        let dn = world.forest.person_dn(person).expect("a person");
        world.forest.apply(&Change::Delete { dn }).expect("deleted");
    }
    let cycle = world.run().await;
    assert_eq!(cycle.state, CycleState::Failed);
    assert_eq!(cycle.problem.expect("a problem").code, catalogue::TOO_MANY_DELETES.code);
    assert_eq!(cycle.counts.staged, 3);
    assert_eq!(cycle.counts.disabled, 0);
    let enabled = |users: &[storage::directory::DirectoryObject]| {
        users.iter().filter(|user| user.account_enabled == Some(true)).count()
    };
    assert_eq!(enabled(&world.objects(ObjectKind::User).await), enabled(&before));
    let staged =
        world.records(&RecordFilter { actions: vec![Action::StagedDelete], ..RecordFilter::default() }).await;
    assert_eq!(staged.len(), 3);
    let mut state = world.storage.configuration_state(world.configuration).await.expect("a state");
    assert_eq!(state.quarantine.as_ref().expect("in quarantine").reason, QuarantineReason::TooManyDeletes);

    state.deletes_allowed = true;
    world.storage.put_configuration_state(&state).await.expect("stored");
    let cycle = world.run().await;
    assert_eq!(cycle.counts.disabled, 3, "{cycle:?}");
    let state = world.storage.configuration_state(world.configuration).await.expect("a state");
    assert_eq!((state.quarantine, state.deletes_allowed), (None, false));
}

#[tokio::test]
async fn a_container_of_the_scope_that_is_gone_fails_the_cycle() {
    let world = World::new(40, 6, |_| {}).await;
    world.run().await;
    let before = world.objects(ObjectKind::User).await;
    world
        .reconfigure(|plan| plan.scope.organizational_units = vec!["OU=Nowhere,DC=lab01,DC=local".to_owned()])
        .await;
    let cycle = world.run().await;
    assert_eq!(cycle.problem.expect("a problem").code, catalogue::SOURCE_BASE.code);
    assert_eq!(world.objects(ObjectKind::User).await, before);
}
