//! Changes instead of everything: what a delta cycle does is what a full cycle would have done.

use std::sync::atomic::Ordering;

use domain::ObjectKind;
use domain::configuration::OutOfScope;
use domain::cycle::CycleState;
use lab::Change;

use crate::world::World;

async fn synchronised() -> World {
    let world = World::new(60, 12, |_| {}).await;
    let first = world.run().await;
    assert_eq!(first.state, CycleState::Succeeded, "{:?}", first.problem);
    world
}

fn person(world: &World, number: u32) -> String {
    world.forest.person_dn(number).expect("a person")
}

fn group(world: &World, number: u32) -> String {
    world.forest.group_dn(number).expect("a group")
}

#[tokio::test]
async fn a_cycle_without_changes_reads_nothing() {
    let world = synchronised().await;
    let cycle = world.run().await;
    assert_eq!((cycle.state, cycle.counts.imported), (CycleState::Succeeded, 0), "{:?}", cycle.notes);
    world.assert_settled().await;
}

#[tokio::test]
async fn only_the_changed_person_is_read_and_written() {
    let world = synchronised().await;
    let dn = person(&world, 7);
    world.change(&Change::set(&dn, "title", "Lighthouse Keeper"));
    let cycle = world.run().await;
    assert_eq!((cycle.counts.imported, cycle.counts.updated), (1, 1), "{:?}", cycle.notes);
    let held = world.object_of(&dn).await.expect("linked");
    assert_eq!(held.attributes.get("jobTitle").and_then(domain::Value::as_text), Some("Lighthouse Keeper"));
    world.assert_settled().await;
}

#[tokio::test]
async fn joining_and_leaving_a_group_travel_as_they_are() {
    let world = synchronised().await;
    let (group, newcomer) = (group(&world, 3), person(&world, 11));
    let name = world.object_of(&newcomer).await.expect("linked").display_name;
    let already = world.members_of(&group).await.contains(&name);
    let change = |join: bool| {
        let (group, member) = (group.clone(), newcomer.clone());
        if join { Change::AddMember { group, member } } else { Change::RemoveMember { group, member } }
    };
    world.change(&change(!already));
    world.run().await;
    assert_eq!(world.members_of(&group).await.contains(&name), !already);
    world.change(&change(already));
    let cycle = world.run().await;
    assert_eq!(world.members_of(&group).await.contains(&name), already, "{cycle:?}");
    world.assert_settled().await;
}

#[tokio::test]
async fn a_deleted_person_is_disabled_and_leaves_every_group() {
    let world = synchronised().await;
    let dn = person(&world, 5);
    let target = world.object_of(&dn).await.expect("linked");
    world.change(&Change::Delete { dn });
    let cycle = world.run().await;
    assert_eq!(cycle.counts.disabled, 1, "{cycle:?}");
    for (_, _, members) in world.everything().await {
        assert!(!members.contains(&target.id));
    }
    world.assert_settled().await;
}

#[tokio::test]
async fn pain_7_a_renamed_person_stays_the_same_object() {
    let world = synchronised().await;
    let dn = person(&world, 9);
    let before = world.object_of(&dn).await.expect("linked");
    world.change(&Change::ChangeFamilyName { dn, family: "Quartermaine".to_owned() });
    let cycle = world.run().await;
    assert_eq!((cycle.counts.created, cycle.counts.disabled), (0, 0), "{cycle:?}");
    let users = world.objects(ObjectKind::User).await;
    let after = users.iter().find(|user| user.id == before.id).expect("the same object");
    assert!(after.display_name.contains("Quartermaine"), "{}", after.display_name);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_newcomer_brings_groups_and_manager_along() {
    let world = synchronised().await;
    world.change(&Change::Join);
    let cycle = world.run().await;
    assert_eq!(cycle.counts.created, 1, "{cycle:?}");
    world.assert_settled().await;
}

#[tokio::test]
async fn many_days_of_changes_leave_what_a_full_reading_would() {
    let world = synchronised().await;
    for number in 0..30 {
        let dn = person(&world, number % 50);
        match number % 6 {
            0 => world.change(&Change::Join),
            1 => world.change(&Change::Disable { dn }),
            2 => world.change(&Change::MoveDepartment { dn, department: "Finance".to_owned() }),
            3 => world.change(&Change::set(dn, "department", format!("Team {number}"))),
            4 => world.change(&Change::AddMember { group: group(&world, number % 12), member: dn }),
            _ => world.change(&Change::Rename { dn, name: format!("Renamed {number}") }),
        }
        if number % 5 == 4 {
            let cycle = world.run().await;
            assert!(cycle.state.is_complete(), "{:?}", cycle.problem);
        }
    }
    world.assert_settled().await;
}

#[tokio::test]
async fn changes_that_were_cut_short_are_followed_by_a_reading_of_everything_in_the_same_cycle() {
    let world = World::new(60, 12, |plan| plan.out_of_scope = OutOfScope::Delete).await;
    world.run().await;
    let (gone, changed) = (person(&world, 3), person(&world, 7));
    world.change(&Change::Delete { dn: gone.clone() });
    world.change(&Change::set(&changed, "title", "Lighthouse Keeper"));
    world.faults.cut_changes_short.store(true, Ordering::SeqCst);
    let cycle = world.run().await;
    assert_eq!((cycle.state, cycle.counts.deleted), (CycleState::Succeeded, 1), "{cycle:?}");
    assert!(cycle.notes.iter().any(|note| note.contains("did not tell all changes")), "{:?}", cycle.notes);
    assert!(world.object_of(&gone).await.is_none());
    let held = world.object_of(&changed).await.expect("linked");
    assert_eq!(held.attributes.get("jobTitle").and_then(domain::Value::as_text), Some("Lighthouse Keeper"));
    world.assert_settled().await;
}
