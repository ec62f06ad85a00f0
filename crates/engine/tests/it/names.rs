//! Names that change hands between people, and people who change names where nobody looks.

use domain::ObjectKind;
use domain::configuration::OutOfScope;
use domain::cycle::CycleState;
use domain::record::Status;
use lab::Change;
use storage::record::RecordFilter;

use crate::world::World;

fn person(world: &World, number: u32) -> String {
    world.forest.person_dn(number).expect("a person")
}

fn parent(dn: &str) -> String {
    domain::Dn::parse(dn).expect("a name").parent().expect("a parent").as_str().to_owned()
}

async fn principal(world: &World, dn: &str) -> String {
    let object = world.object_of(dn).await.expect("linked");
    object.user_principal_name.expect("a user principal name")
}

async fn failures(world: &World) -> usize {
    let filter = RecordFilter { statuses: vec![Status::Failure], ..RecordFilter::default() };
    world.records(&filter).await.len()
}

#[tokio::test]
async fn people_who_exchange_their_user_names_in_a_ring_all_get_them() {
    let world = World::new(30, 3, |_| {}).await;
    world.run().await;
    for ring in [vec![1, 2], vec![4, 5, 6]] {
        let people: Vec<String> = ring.iter().map(|number| person(&world, *number)).collect();
        let mut names = Vec::new();
        for dn in &people {
            names.push(principal(&world, dn).await);
        }
        names.rotate_left(1);
        for (dn, name) in people.iter().zip(&names) {
            world.change(&Change::set(dn, "userPrincipalName", name));
        }
        let cycle = world.run().await;
        assert_eq!(cycle.state, CycleState::Succeeded, "{cycle:?}");
        for (dn, name) in people.iter().zip(&names) {
            assert_eq!(&principal(&world, dn).await, name);
        }
    }
    assert_eq!(failures(&world).await, 0, "what ended well is no failure");
    world.assert_settled().await;
}

#[tokio::test]
async fn the_user_name_of_somebody_who_was_deleted_is_free_in_the_same_cycle() {
    let world = World::new(30, 3, |plan| plan.out_of_scope = OutOfScope::Delete).await;
    world.run().await;
    let (gone, heir) = (person(&world, 7), person(&world, 8));
    let name = principal(&world, &gone).await;
    world.change(&Change::Delete { dn: gone });
    world.change(&Change::set(&heir, "userPrincipalName", &name));
    let cycle = world.run().await;
    assert_eq!((cycle.state, cycle.counts.failed), (CycleState::Succeeded, 0), "{cycle:?}");
    assert_eq!(principal(&world, &heir).await, name);
    assert_eq!(failures(&world).await, 0);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_user_name_that_stays_taken_is_one_failure_a_cycle() {
    let world = World::new(30, 3, |_| {}).await;
    world.run().await;
    let (holder, other) = (person(&world, 7), person(&world, 8));
    let name = principal(&world, &holder).await;
    world.change(&Change::set(&other, "userPrincipalName", &name));
    world.change(&Change::set(person(&world, 9), "title", "Somebody else"));
    let cycle = world.run().await;
    assert_eq!((cycle.state, cycle.counts.failed), (CycleState::EntryLevelErrors, 1), "{cycle:?}");
    assert_eq!(failures(&world).await, 1);
}

/// The group of [`department`].
fn team(world: &World) -> String {
    format!("CN=Team,{}", parent(&world.forest.group_dn(0).expect("a group")))
}

/// A forest of which one department and the groups are in scope, and somebody of it who is in a group and has a report
/// in the same department.
async fn department(out_of_scope: OutOfScope) -> (World, String, String) {
    let world = World::new(60, 8, |plan| plan.out_of_scope = out_of_scope).await;
    let inside = parent(&person(&world, 3));
    let groups = parent(&world.forest.group_dn(0).expect("a group"));
    let outside = (0..60)
        .map(|number| parent(&person(&world, number)))
        .find(|container| container != &inside)
        .expect("another department");
    let report = (4..60).map(|number| person(&world, number)).find(|dn| parent(dn) == inside);
    let report = report.expect("a colleague");
    world.change(&Change::set(&report, "manager", person(&world, 3)));
    world.change(&Change::NewGroup { name: "Team".to_owned() });
    world.change(&Change::AddMember { group: team(&world), member: person(&world, 3) });
    world.reconfigure(|plan| plan.scope.organizational_units = vec![inside, groups]).await;
    let cycle = world.run().await;
    assert_eq!(cycle.state, CycleState::Succeeded, "{:?}", cycle.problem);
    (world, outside, report)
}

#[tokio::test]
async fn somebody_who_comes_back_under_a_third_name_brings_groups_and_reports_along() {
    let (world, outside, report) = department(OutOfScope::Delete).await;
    let home = parent(&person(&world, 3));
    world.change(&Change::MoveTo { dn: person(&world, 3), container: outside });
    assert_eq!(world.run().await.counts.deleted, 1);
    assert!(!world.object_of(&report).await.expect("linked").attributes.contains_key("manager"));
    world.change(&Change::Rename { dn: person(&world, 3), name: "Between".to_owned() });
    world.run().await;
    world.change(&Change::Rename { dn: person(&world, 3), name: "Third Name".to_owned() });
    world.change(&Change::MoveTo { dn: person(&world, 3), container: home });
    let cycle = world.run().await;
    assert_eq!(cycle.counts.created, 1, "{cycle:?}");
    assert!(world.object_of(&report).await.expect("linked").attributes.contains_key("manager"));
    world.assert_settled().await;
}

#[tokio::test]
async fn who_leaves_the_scope_is_nobodys_manager_even_if_the_report_changes_at_the_same_time() {
    let (world, outside, report) = department(OutOfScope::Delete).await;
    world.change(&Change::MoveTo { dn: person(&world, 3), container: outside });
    world.change(&Change::set(&report, "title", "Orphan"));
    // Asks the directory who bears the new name.
    world.change(&Change::RemoveMember { group: team(&world), member: person(&world, 3) });
    world.run().await;
    assert!(!world.object_of(&report).await.expect("linked").attributes.contains_key("manager"));
    assert!(world.objects(ObjectKind::User).await.len() > 1);
    world.assert_settled().await;
}

#[tokio::test]
async fn who_is_refused_when_coming_back_is_nobodys_manager_and_no_member_until_back() {
    for everything in [false, true] {
        let (world, outside, report) = department(OutOfScope::Disable).await;
        let (home, holder) = (parent(&person(&world, 3)), report.clone());
        let (mine, taken) = (principal(&world, &person(&world, 3)).await, principal(&world, &holder).await);
        world.change(&Change::MoveTo { dn: person(&world, 3), container: outside });
        assert_eq!(world.run().await.counts.disabled, 1);
        // Back, and called like a colleague; everybody who refers to them is told as well.
        world.change(&Change::MoveTo { dn: person(&world, 3), container: home });
        world.change(&Change::set(person(&world, 3), "userPrincipalName", &taken));
        world.change(&Change::set(&report, "title", "Reports to somebody"));
        world.change(&Change::RemoveMember { group: team(&world), member: person(&world, 3) });
        world.change(&Change::AddMember { group: team(&world), member: person(&world, 3) });
        let cycle = if everything { world.run_full().await } else { world.run().await };
        assert_eq!((cycle.state, cycle.counts.failed), (CycleState::EntryLevelErrors, 1), "{cycle:?}");
        assert!(!world.object_of(&report).await.expect("linked").attributes.contains_key("manager"));
        assert_eq!(world.members_of(&team(&world)).await, Vec::<String>::new());
        let before = world.everything().await;
        world.run_full().await;
        assert_eq!(before, world.everything().await, "a full cycle sees it the same way");
        world.change(&Change::set(person(&world, 3), "userPrincipalName", &mine));
        let cycle = world.run().await;
        assert_eq!(cycle.state, CycleState::Succeeded, "{cycle:?}");
        assert!(world.object_of(&report).await.expect("linked").attributes.contains_key("manager"));
        assert_eq!(world.members_of(&team(&world)).await.len(), 1);
        world.assert_settled().await;
    }
}

#[tokio::test]
async fn who_leaves_the_scope_joins_no_group_on_the_way_out() {
    let (world, outside, report) = department(OutOfScope::Delete).await;
    let number = (4..60).find(|number| person(&world, *number) == report).expect("the report");
    world.change(&Change::AddMember { group: team(&world), member: report });
    world.change(&Change::MoveTo { dn: person(&world, number), container: outside });
    let cycle = world.run().await;
    assert_eq!((cycle.counts.deleted, cycle.counts.updated), (1, 0), "the group stays as it was: {cycle:?}");
    world.assert_settled().await;
}

#[tokio::test]
async fn who_comes_back_by_way_of_an_exchange_of_names_brings_groups_and_reports_along() {
    for everything in [false, true] {
        let (world, outside, report) = department(OutOfScope::Disable).await;
        let home = parent(&person(&world, 3));
        let (mine, theirs) = (principal(&world, &person(&world, 3)).await, principal(&world, &report).await);
        world.change(&Change::MoveTo { dn: person(&world, 3), container: outside });
        assert_eq!(world.run().await.counts.disabled, 1);
        world.change(&Change::MoveTo { dn: person(&world, 3), container: home });
        world.change(&Change::set(person(&world, 3), "userPrincipalName", &theirs));
        world.change(&Change::set(&report, "userPrincipalName", &mine));
        let cycle = if everything { world.run_full().await } else { world.run().await };
        assert_eq!((cycle.state, cycle.counts.failed), (CycleState::Succeeded, 0), "{cycle:?}");
        assert_eq!(principal(&world, &person(&world, 3)).await, theirs);
        assert_eq!(principal(&world, &report).await, mine);
        assert!(world.object_of(&report).await.expect("linked").attributes.contains_key("manager"));
        assert_eq!(world.members_of(&team(&world)).await.len(), 1);
        world.assert_settled().await;
    }
}

#[tokio::test]
async fn a_manager_whose_new_name_is_told_on_a_later_page_is_not_taken_away_meanwhile() {
    let world = World::new(560, 3, |_| {}).await;
    let (manager, report) = (person(&world, 1), person(&world, 2));
    world.change(&Change::set(&report, "manager", &manager));
    world.run().await;
    let of = async |dn: &str| world.object_of(dn).await.expect("linked").attributes.get("manager").cloned();
    let before = of(&report).await;
    assert!(before.is_some());
    world.change(&Change::set(&report, "title", "Told first"));
    for number in 3..540 {
        world.change(&Change::set(person(&world, number), "title", "In between"));
    }
    world.change(&Change::Rename { dn: manager, name: "Told Last".to_owned() });
    let cycle = world.run().await;
    assert!(cycle.counts.imported > 500, "more than a page: {:?}", cycle.counts);
    assert_eq!(of(&report).await, before);
    let object_id = Some(world.entry(&report).await.object_id);
    let filter = RecordFilter { cycle: Some(cycle.id), object_id, ..RecordFilter::default() };
    assert_eq!(world.records(&filter).await.len(), 1, "the title is all that changed");
    world.assert_settled().await;
}

#[tokio::test]
async fn who_left_a_group_on_the_way_out_is_no_member_when_held_back_and_coming_back() {
    for in_one_cycle in [true, false] {
        held_back_and_coming_back(in_one_cycle).await;
    }
}

async fn held_back_and_coming_back(in_one_cycle: bool) {
    let (world, outside, _) = department(OutOfScope::Delete).await;
    world
        .reconfigure(|plan| {
            plan.accidental_deletes.threshold = 0;
            plan.accidental_deletes.memberships = Some(10);
        })
        .await;
    let home = parent(&person(&world, 3));
    assert_eq!(world.members_of(&team(&world)).await.len(), 1);
    world.change(&Change::MoveTo { dn: person(&world, 3), container: outside });
    if !in_one_cycle {
        assert_eq!(world.run().await.state, CycleState::Failed, "the guard holds the removal back");
    }
    world.change(&Change::RemoveMember { group: team(&world), member: person(&world, 3) });
    assert_eq!(world.run().await.state, CycleState::Failed, "the guard holds the removal back");
    world.change(&Change::MoveTo { dn: person(&world, 3), container: home });
    let cycle = world.run().await;
    assert_eq!(cycle.state, CycleState::Succeeded, "{cycle:?}");
    assert_eq!(world.members_of(&team(&world)).await, Vec::<String>::new());
    world.assert_settled().await;
}
