//! The log explains each decision, and only decisions.

use domain::configuration::OutOfScope;
use domain::mapping::Mapping;
use domain::record::{Action, Status, StepKind};
use domain::{DirectoryKind, ObjectKind, ProvisioningRecord, TargetKind};
use lab::Change;
use storage::RecordStore;
use storage::record::RecordFilter;

use crate::world::World;

/// Records of a status, with their steps.
async fn whole(world: &World, status: Status) -> Vec<ProvisioningRecord> {
    let filter = RecordFilter { statuses: vec![status], ..RecordFilter::default() };
    let mut records = Vec::new();
    for record in world.records(&filter).await {
        records.push(world.storage.record(record.id).await.expect("is read").expect("is there"));
    }
    records
}

#[tokio::test]
async fn a_created_object_tells_every_step_with_its_time() {
    let world = World::new(30, 4, |_| {}).await;
    world.run().await;
    let records = whole(&world, Status::Success).await;
    let with_manager = records
        .iter()
        .filter(|record| record.kind == ObjectKind::User)
        .find(|record| record.steps.iter().any(|step| step.kind == StepKind::ReferenceResolution))
        .expect("somebody has a manager");
    let kinds: Vec<StepKind> = with_manager.steps.iter().map(|step| step.kind).collect();
    assert_eq!(
        kinds,
        [
            StepKind::Import,
            StepKind::Scoping,
            StepKind::Matching,
            StepKind::Processing,
            StepKind::ReferenceResolution,
            StepKind::Export
        ]
    );
    for step in with_manager.steps.iter().filter(|step| step.kind != StepKind::Import) {
        assert!(step.kind == StepKind::Scoping || step.duration_ms.is_some(), "{step:?}");
    }
    let group = records.iter().find(|record| record.kind == ObjectKind::Group).expect("a group");
    let resolved = group.steps.iter().find(|step| step.kind == StepKind::ReferenceResolution);
    assert!(resolved.is_some_and(|step| step.description.contains("members join")), "{:?}", group.steps);
}

#[tokio::test]
async fn who_fails_no_more_without_another_export_is_recorded_once() {
    let world = World::new(30, 4, |_| {}).await;
    world.run().await;
    let refuse = |plan: &mut domain::configuration::Plan| {
        let mut mappings =
            domain::defaults::mappings(DirectoryKind::ActiveDirectory, TargetKind::BuiltIn, ObjectKind::User);
        let surname = mappings.iter_mut().find(|mapping| mapping.target == "surname").expect("a surname");
        *surname = Mapping::expression("surname", r#"Error("no names today")"#);
        plan.mappings.insert(ObjectKind::User, mappings);
    };
    world.reconfigure(refuse).await;
    let failed = world.run().await.counts.failed;
    assert!(failed >= 30, "{failed} failed");
    world.reconfigure(|plan| plan.mappings.clear()).await;
    assert_eq!(world.run().await.counts.failed, 0);
    let skipped = whole(&world, Status::Skipped).await;
    assert_eq!(skipped.len() as u64, failed);
    let last = skipped[0].steps.last().expect("a step");
    assert_eq!(
        (last.name.as_str(), last.detail("SkipReason")),
        ("EntrySynchronizationSkip", Some("RedundantExport"))
    );
    world.run_full().await;
    assert_eq!(
        whole(&world, Status::Skipped).await.len() as u64,
        failed,
        "what is as it should be is no news"
    );
}

#[tokio::test]
async fn who_is_left_alone_outside_the_scope_is_recorded_once() {
    let world = World::new(30, 4, |plan| plan.out_of_scope = OutOfScope::Ignore).await;
    world.run().await;
    let dn = world.forest.person_dn(4).expect("person 4");
    world.change(&Change::Delete { dn });
    world.run().await;
    world.run_full().await;
    let skipped = whole(&world, Status::Skipped).await;
    assert_eq!(skipped.len(), 1, "{skipped:?}");
    assert_eq!((skipped[0].action, skipped[0].error.is_none()), (Action::Other, true));
    let last = skipped[0].steps.last().expect("a step");
    assert_eq!(last.detail("SkipReason"), Some("SkipOutOfScopeDeletions"));
}
