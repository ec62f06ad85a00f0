//! Nothing is lost and nothing is done twice when an answer gets lost, which is what a kill in the middle of an
//! export looks like to the next start.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use domain::ObjectKind;
use domain::cycle::CycleState;
use domain::record::{Action, Status};
use lab::Change;
use storage::LinkStore;
use storage::record::RecordFilter;

use crate::world::World;

#[tokio::test]
async fn operations_whose_answers_were_lost_are_adopted_with_one_record_each() {
    for lost_call in [1, 2, 4, 5] {
        let world = World::new(60, 12, |_| {}).await;
        world.faults.lose_answer_of.store(lost_call, Ordering::SeqCst);
        let broken = world.run().await;
        assert_eq!(broken.state, CycleState::Failed, "call {lost_call}: {broken:?}");
        assert!(!world.storage.intents(world.configuration).await.expect("intents").is_empty());
        let cycle = world.run().await;
        assert!(cycle.state.is_complete(), "call {lost_call}: {cycle:?}");
        assert!(world.storage.intents(world.configuration).await.expect("intents").is_empty());

        let created = world
            .records(&RecordFilter {
                actions: vec![Action::Create],
                statuses: vec![Status::Success],
                ..RecordFilter::default()
            })
            .await;
        let mut per_object: BTreeMap<&str, u32> = BTreeMap::new();
        for record in &created {
            *per_object.entry(record.target.id.as_str()).or_default() += 1;
        }
        assert!(
            per_object.values().all(|count| *count == 1),
            "call {lost_call}: an object was created twice"
        );
        let mut held = 0;
        for kind in ObjectKind::ALL {
            for object in world.objects(*kind).await {
                held += 1;
                assert!(per_object.contains_key(object.id.as_str()), "{} has no record", object.display_name);
            }
        }
        assert_eq!(held, per_object.len());
        assert_eq!(world.run().await.counts.changes(), 0, "call {lost_call}");
    }
}

#[tokio::test]
async fn who_left_a_group_in_a_lost_answer_and_rejoined_before_the_recovery_stays_a_member() {
    let world = World::new(40, 6, |_| {}).await;
    world.run().await;
    let group = world.forest.group_dn(2).expect("a group");
    let (kept, other) =
        (world.forest.person_dn(3).expect("a person"), world.forest.person_dn(4).expect("a person"));
    world.change(&Change::AddMember { group: group.clone(), member: kept.clone() });
    world.change(&Change::RemoveMember { group: group.clone(), member: other.clone() });
    world.run().await;
    let name = world.object_of(&kept).await.expect("linked").display_name;
    assert!(world.members_of(&group).await.contains(&name));
    // One leaves and one joins in the same operation, and its answer is lost.
    world.change(&Change::RemoveMember { group: group.clone(), member: kept.clone() });
    world.change(&Change::AddMember { group: group.clone(), member: other });
    world.faults.lose_answer_of.store(1, Ordering::SeqCst);
    assert_eq!(world.run().await.state, CycleState::Failed);
    world.change(&Change::AddMember { group: group.clone(), member: kept });
    let cycle = world.run().await;
    assert!(cycle.state.is_complete(), "{cycle:?}");
    assert!(world.members_of(&group).await.contains(&name), "the recovery's mark is taken off again");
    world.assert_settled().await;
}
