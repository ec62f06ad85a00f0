//! The known limitations of Cloud Sync that concern the engine, each impossible here.

use domain::ObjectKind;
use domain::catalogue;
use domain::filter::{Clause, Operator};
use domain::record::Action;
use domain::scope::Nesting;
use lab::Change;
use storage::RecordStore;
use storage::record::RecordFilter;

use crate::world::World;

fn parent(dn: &str) -> String {
    domain::Dn::parse(dn).expect("a name").parent().expect("a parent").as_str().to_owned()
}

async fn pilot(members: &[u32]) -> World {
    pilot_in(|_| {}, members).await
}

async fn pilot_in(forest: impl FnOnce(&mut lab::ForestOptions), members: &[u32]) -> World {
    let change = |options: &mut lab::ForestOptions| {
        (options.people, options.groups) = (40, 6);
        forest(options);
    };
    let world = World::with_forest(change, |plan| plan.scope.groups = vec!["CN=Pilot".to_owned()]).await;
    world.change(&Change::NewGroup { name: "Pilot".to_owned() });
    let group = find_group(&world);
    for number in members {
        let member = world.forest.person_dn(*number).expect("a person");
        world.change(&Change::AddMember { group: group.clone(), member });
    }
    world.reconfigure(|plan| plan.scope.groups = vec![group]).await;
    world
}

/// Where the lab puts a new group.
fn find_group(world: &World) -> String {
    let some = world.forest.group_dn(0).expect("a group");
    format!("CN=Pilot,{}", parent(&some))
}

fn enabled(users: &[storage::directory::DirectoryObject]) -> usize {
    users.iter().filter(|user| user.account_enabled == Some(true)).count()
}

#[tokio::test]
async fn limitation_1_members_of_a_deleted_scope_group_leave_the_target() {
    let world = pilot(&[1, 2, 3]).await;
    world.run().await;
    assert_eq!(world.objects(ObjectKind::User).await.len(), 3);
    world.change(&Change::Delete { dn: find_group(&world) });
    let cycle = world.run().await;
    assert!(cycle.notes.iter().any(|note| note.contains("was deleted")), "{:?}", cycle.notes);
    assert_eq!(enabled(&world.objects(ObjectKind::User).await), 0, "{cycle:?}");
}

#[tokio::test]
async fn limitation_1_also_where_the_account_sees_nothing_deleted() {
    let blind = |options: &mut lab::ForestOptions| {
        options.may_replicate = false;
        options.sees_deleted = false;
    };
    let world = pilot_in(blind, &[1, 2, 3]).await;
    world.run().await;
    assert_eq!(world.objects(ObjectKind::User).await.len(), 3);
    world.change(&Change::Delete { dn: find_group(&world) });
    let cycle = world.run().await;
    assert!(cycle.notes.iter().any(|note| note.contains("was deleted")), "{:?}", cycle.notes);
    assert_eq!(enabled(&world.objects(ObjectKind::User).await), 0, "{cycle:?}");
}

#[tokio::test]
async fn limitation_2_a_renamed_scope_container_keeps_its_people() {
    let world = World::new(60, 6, |_| {}).await;
    let container = parent(&world.forest.person_dn(3).expect("a person"));
    world.reconfigure(|plan| plan.scope.organizational_units = vec![container.clone()]).await;
    world.run().await;
    let before = world.objects(ObjectKind::User).await;
    assert!(!before.is_empty());
    world.change(&Change::Rename { dn: container, name: "Under Another Name".to_owned() });
    let cycle = world.run().await;
    assert_eq!((cycle.counts.created, cycle.counts.disabled, cycle.counts.deleted), (0, 0, 0), "{cycle:?}");
    assert!(cycle.notes.iter().any(|note| note.contains("Under Another Name")), "{:?}", cycle.notes);
    let after = world.objects(ObjectKind::User).await;
    assert_eq!(enabled(&after), enabled(&before));
    world.assert_settled().await;
}

#[tokio::test]
async fn limitation_3_the_log_never_confuses_create_and_update() {
    let world = World::new(30, 3, |_| {}).await;
    world.run().await;
    let dn = world.forest.person_dn(4).expect("a person");
    world.change(&Change::set(&dn, "title", "Baker"));
    world.run().await;
    let target = world.object_of(&dn).await.expect("linked").id;
    let of = |action| RecordFilter { actions: vec![action], ..RecordFilter::default() };
    let creates = world.records(&of(Action::Create)).await;
    let updates = world.records(&of(Action::Update)).await;
    assert_eq!(creates.iter().filter(|record| record.target.id == target).count(), 1);
    assert!(updates.iter().any(|record| record.target.id == target));
}

#[tokio::test]
async fn limitation_6_changes_made_behind_our_back_are_mended_and_said() {
    let world = World::new(30, 3, |_| {}).await;
    world.run().await;
    let dn = world.forest.person_dn(4).expect("a person");
    let held = world.object_of(&dn).await.expect("linked");
    let gone = world.object_of(&world.forest.person_dn(5).expect("a person")).await.expect("linked");
    let mut changed = held.clone();
    changed.attributes.insert("displayName".to_owned(), domain::Value::text("Somebody Else"));
    changed.display_name = "Somebody Else".to_owned();
    world
        .write_target(vec![
            storage::directory::DirectoryWrite::Update {
                object: changed,
                add_members: Vec::new(),
                remove_members: Vec::new(),
            },
            storage::directory::DirectoryWrite::Delete { id: gone.id },
        ])
        .await;
    let cycle = world.run_full().await;
    assert_eq!((cycle.counts.created, cycle.counts.updated > 0), (1, true), "{cycle:?}");
    assert_eq!(world.object_of(&dn).await.expect("linked").display_name, held.display_name);
    let mut records = Vec::new();
    for record in world.records(&RecordFilter::default()).await {
        records.extend(world.storage.record(record.id).await.expect("the store answers"));
    }
    let told = |name: &str| {
        records.iter().any(|record| record.steps.iter().any(|step| step.description.contains(name)))
    };
    assert!(told("was changed there"), "the repair says why");
    assert!(told("it was removed there"), "the new creation says why");
    world.assert_settled().await;
}

#[tokio::test]
async fn limitation_9_a_manager_who_comes_into_scope_later_is_linked() {
    let world = World::new(40, 4, |_| {}).await;
    let dn = world.forest.person_dn(3).expect("a person");
    let manager = world.forest.person_dn(0).expect("a person");
    world.change(&Change::set(&dn, "manager", &manager));
    world.change(&Change::set(&manager, "employeeType", "guest"));
    let filter = Clause {
        attribute: "employeeType".to_owned(),
        operator: Operator::NotEquals,
        value: "guest".to_owned(),
    };
    for number in 1..40 {
        let dn = world.forest.person_dn(number).expect("a person");
        world.change(&Change::set(&dn, "employeeType", "staff"));
    }
    world.reconfigure(|plan| plan.scope.filters = vec![vec![filter]]).await;
    world.run().await;
    assert!(world.object_of(&manager).await.is_none());
    assert!(!world.object_of(&dn).await.expect("linked").attributes.contains_key("manager"));
    world.change(&Change::set(&manager, "employeeType", "staff"));
    let cycle = world.run().await;
    let held = world.object_of(&dn).await.expect("linked");
    assert!(held.attributes.contains_key("manager"), "{cycle:?}");
    world.assert_settled().await;
}

#[tokio::test]
async fn pain_8_nested_groups_are_followed_as_far_as_asked_even_in_a_circle() {
    let world = pilot(&[1]).await;
    let outer = find_group(&world);
    world.change(&Change::NewGroup { name: "Inner".to_owned() });
    world.change(&Change::NewGroup { name: "Innermost".to_owned() });
    let (inner, innermost) =
        (outer.replace("CN=Pilot", "CN=Inner"), outer.replace("CN=Pilot", "CN=Innermost"));
    let add = |group: &str, member: &str| Change::AddMember { group: group.into(), member: member.into() };
    world.change(&add(&outer, &inner));
    world.change(&add(&inner, &innermost));
    world.change(&add(&innermost, &outer));
    world.change(&add(&inner, &world.forest.person_dn(2).expect("a person")));
    world.change(&add(&innermost, &world.forest.person_dn(3).expect("a person")));
    for (nesting, people) in [(Nesting::All, 3), (Nesting::OneLevel, 2), (Nesting::Off, 1)] {
        world.reconfigure(|plan| plan.scope.nested_groups = nesting).await;
        let cycle = world.run().await;
        assert_eq!(enabled(&world.objects(ObjectKind::User).await), people, "{nesting}: {cycle:?}");
    }
}

#[tokio::test]
async fn pain_2_an_emptied_group_is_held_back_like_any_other_mass_removal() {
    let world = World::new(60, 6, |plan| plan.accidental_deletes.memberships = Some(2)).await;
    world.run().await;
    let people: Vec<String> = (0..60).filter_map(|number| world.forest.person_dn(number)).collect();
    let mut names = Vec::new();
    for dn in &people {
        names.push(world.object_of(dn).await.expect("linked").display_name);
    }
    let (group, before) = 'found: {
        for number in 0..6 {
            let group = world.forest.group_dn(number).expect("a group");
            let members = world.members_of(&group).await;
            if members.iter().filter(|member| names.contains(member)).count() > 3 {
                break 'found (group, members);
            }
        }
        panic!("no group has more than three people");
    };
    for (member, name) in people.into_iter().zip(&names) {
        if before.contains(name) {
            world.change(&Change::RemoveMember { group: group.clone(), member });
        }
    }
    let cycle = world.run().await;
    assert_eq!(
        cycle.problem.clone().unwrap_or_else(|| panic!("held back: {cycle:?}")).code,
        catalogue::TOO_MANY_DELETES.code
    );
    assert_eq!(world.members_of(&group).await, before);
    world.allow_deletes().await;
    world.run().await;
    assert!(world.members_of(&group).await.len() < before.len());
    world.assert_settled().await;
}

#[tokio::test]
async fn an_object_that_comes_back_before_its_removal_was_allowed_is_left_alone() {
    let world = World::new(30, 3, |plan| plan.accidental_deletes.threshold = 0).await;
    world.run().await;
    let dn = world.forest.person_dn(4).expect("a person");
    let before = world.everything().await;
    let gone = world.forest.apply(&Change::Delete { dn }).expect("deleted");
    assert_eq!(world.run().await.counts.staged, 1);
    world.change(&Change::Restore { dn: gone.dn });
    let cycle = world.run().await;
    assert_eq!(cycle.counts.disabled, 0, "{cycle:?}");
    assert!(cycle.problem.is_none(), "{cycle:?}");
    let after = world.everything().await;
    assert_eq!(before.len(), after.len());
}
