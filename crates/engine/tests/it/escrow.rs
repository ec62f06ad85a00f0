//! Objects that fail do not stop the others, and wait for their next attempt.

use chrono::TimeDelta;
use domain::catalogue;
use domain::cycle::{CycleState, Trigger};
use domain::record::Status;
use lab::Change;
use storage::LinkStore;
use storage::record::RecordFilter;

use crate::world::World;

#[tokio::test]
async fn pain_9_a_failing_object_is_recorded_once_an_attempt_and_released_when_it_is_mended() {
    let world = World::new(30, 4, |_| {}).await;
    assert_eq!(world.run().await.counts.failed, 0);
    let dn = world.forest.person_dn(4).expect("person 4");
    let rename = |dn: &str, family: &str| {
        world
            .forest
            .apply(&Change::ChangeFamilyName { dn: dn.to_owned(), family: family.to_owned() })
            .expect("renamed")
    };
    world
        .reconfigure(|plan| {
            let mut mappings = domain::defaults::mappings(
                domain::DirectoryKind::ActiveDirectory,
                domain::TargetKind::BuiltIn,
                domain::ObjectKind::User,
            );
            let surname = mappings.iter_mut().find(|mapping| mapping.target == "surname").expect("a surname");
            *surname = domain::mapping::Mapping::expression(
                "surname",
                r#"IIF([sn]="Grumble", Error("no Grumbles here"), Trim([sn]))"#,
            );
            plan.mappings.insert(domain::ObjectKind::User, mappings);
        })
        .await;
    rename(&dn, "Grumble");

    let first = world.run_triggered(Trigger::Schedule).await;
    assert_eq!((first.state, first.counts.failed), (CycleState::EntryLevelErrors, 1), "{first:?}");
    let failures = || async {
        let filter = RecordFilter { statuses: vec![Status::Failure], ..RecordFilter::default() };
        world.records(&filter).await
    };
    let recorded = failures().await;
    assert_eq!(recorded.len(), 1);
    let error = recorded[0].error.clone().expect("an error");
    assert_eq!(error.error_code, catalogue::MAPPING_FAILED.code);
    assert!(
        error.reason.contains("no Grumbles here") && error.reason.contains("surname"),
        "{}",
        error.reason
    );

    let waiting = world.run_triggered(Trigger::Schedule).await;
    assert_eq!((waiting.counts.failed, waiting.counts.escrowed), (0, 1), "{waiting:?}");
    assert_eq!(failures().await.len(), 1);

    world.clock.advance(TimeDelta::minutes(3));
    assert_eq!(world.run_triggered(Trigger::Schedule).await.counts.failed, 1);
    assert_eq!(failures().await.len(), 2);

    let dn = world.forest.person_dn(4).expect("person 4");
    rename(&dn, "Gladly");
    let mended = world.run_triggered(Trigger::Schedule).await;
    assert_eq!((mended.state, mended.counts.updated), (CycleState::Succeeded, 1), "{mended:?}");
    assert_eq!(world.storage.escrow_count(world.configuration).await.expect("a count"), 0);
}
