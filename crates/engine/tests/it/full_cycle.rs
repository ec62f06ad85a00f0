//! What a cycle does when nothing goes wrong.

use domain::cycle::CycleState;
use domain::record::{Action, StepKind};
use domain::{ObjectKind, Value};
use lab::Change;
use storage::record::RecordFilter;
use storage::{DirectoryStore, PageRequest};

use crate::world::World;

#[tokio::test]
async fn the_first_cycle_creates_everybody_and_the_second_one_changes_nothing() {
    let world = World::new(60, 12, |_| {}).await;
    let first = world.run().await;
    assert!(first.state.is_complete(), "{first:?}");
    let users = world.objects(ObjectKind::User).await;
    let groups = world.objects(ObjectKind::Group).await;
    assert_eq!(
        users.len() as u64 + groups.len() as u64 + world.objects(ObjectKind::Contact).await.len() as u64,
        first.counts.created,
        "created is what the target now holds"
    );
    assert!(users.len() >= 55, "{} users", users.len());
    assert!(!users.iter().any(|user| user.display_name == "krbtgt"), "critical system objects stay out");

    let second = world.run_full().await;
    assert!(second.state.is_complete(), "{second:?}");
    assert_eq!(second.counts.changes(), 0, "{:?}", second.counts);
    assert_eq!(second.counts.imported, first.counts.imported);
}

#[tokio::test]
async fn managers_and_nested_members_are_settled_in_the_cycle_that_creates_them() {
    let world = World::new(60, 12, |_| {}).await;
    world.run().await;
    let users = world.objects(ObjectKind::User).await;
    let ids: std::collections::HashSet<_> = users.iter().map(|user| user.id.clone()).collect();
    let managed = users.iter().filter_map(|user| user.attributes.get("manager")).count();
    assert!(managed > 30, "only {managed} people have a manager");
    for user in &users {
        if let Some(Value::Reference(manager)) = user.attributes.get("manager") {
            assert!(ids.contains(manager), "{} has a manager that does not exist", user.display_name);
        }
    }
    let mut nested = 0;
    for group in world.objects(ObjectKind::Group).await {
        let members =
            world.storage.directory_members(&group.id, PageRequest::first(500)).await.expect("members");
        nested += members.items.iter().filter(|member| member.kind == ObjectKind::Group).count();
    }
    assert!(nested > 0, "the sample forest nests groups");
}

#[tokio::test]
async fn a_leaver_is_disabled_and_comes_back_enabled() {
    let world = World::new(30, 6, |_| {}).await;
    world.run().await;
    let before = world.objects(ObjectKind::User).await;
    let dn = world.forest.person_dn(7).expect("person 7");
    let named = |user: &storage::directory::DirectoryObject| {
        user.attributes.get("onPremisesDistinguishedName").and_then(Value::as_text) == Some(dn.as_str())
    };
    let leaver = before.iter().find(|user| named(user)).expect("person 7 is provisioned").clone();
    world.forest.apply(&Change::Delete { dn: dn.clone() }).expect("deleted");
    let cycle = world.run().await;
    assert_eq!(cycle.state, CycleState::Succeeded, "{cycle:?}");
    assert_eq!((cycle.counts.disabled, cycle.counts.deleted), (1, 0));
    let after =
        world.storage.directory_object(&leaver.id).await.expect("the store answers").expect("still there");
    assert_eq!(after.account_enabled, Some(false));
    let disabled =
        world.records(&RecordFilter { actions: vec![Action::Disable], ..RecordFilter::default() }).await;
    assert_eq!(disabled.len(), 1);
    assert_eq!(disabled[0].source.name, dn);
}

#[tokio::test]
async fn pain_1_what_is_deleted_at_the_source_leaves_the_target() {
    let world = World::new(30, 6, |plan| plan.out_of_scope = domain::configuration::OutOfScope::Delete).await;
    world.run().await;
    let before = world.objects(ObjectKind::User).await.len();
    let dn = world.forest.person_dn(3).expect("person 3");
    world.forest.apply(&Change::Delete { dn }).expect("deleted");
    let cycle = world.run().await;
    assert_eq!(cycle.counts.deleted, 1, "{cycle:?}");
    assert_eq!(world.objects(ObjectKind::User).await.len(), before - 1);
}

#[tokio::test]
async fn the_record_of_a_removal_says_why() {
    let clause = domain::filter::Clause {
        attribute: "title".to_owned(),
        operator: domain::filter::Operator::NotEquals,
        value: "Contractor".to_owned(),
    };
    let world = World::new(60, 4, |plan| {
        plan.scope.organizational_units = vec!["OU=People,DC=lab01,DC=local".to_owned()];
        plan.scope.filters = vec![vec![clause]];
    })
    .await;
    world.run().await;
    let person = |number| world.forest.person_dn(number).expect("a person");
    let (deleted, moved, excluded) = (person(5), person(6), person(7));
    world.change(&Change::Delete { dn: deleted.clone() });
    world.change(&Change::MoveTo { dn: moved.clone(), container: "OU=Groups,DC=lab01,DC=local".to_owned() });
    world.change(&Change::set(&excluded, "title", "Contractor"));
    let cycle = world.run().await;
    assert_eq!(cycle.counts.disabled, 3, "{cycle:?}");
    let disabled = RecordFilter { actions: vec![Action::Disable], ..RecordFilter::default() };
    let mut reasons = Vec::new();
    for record in world.records(&disabled).await {
        let whole = world.record(record.id).await;
        let scoping = whole.steps.iter().find(|step| step.kind == StepKind::Scoping).expect("a step");
        reasons.push((record.source.name.clone(), scoping.description.clone()));
    }
    let told = |dn: &str| &reasons.iter().find(|(name, _)| name == dn).expect("a record").1;
    assert!(told(&deleted).starts_with("The directory no longer has the object"), "{reasons:?}");
    assert!(told(&moved).contains("OU=Groups,DC=lab01,DC=local now."), "{reasons:?}");
    assert!(told(&moved).contains("beneath no container of the scope"), "{reasons:?}");
    assert!(told(&excluded).contains("title"), "{reasons:?}");
}

#[tokio::test]
async fn groups_that_a_configuration_takes_no_more_are_not_said_to_be_deleted() {
    let world = World::new(30, 4, |_| {}).await;
    world.run().await;
    world.reconfigure(|plan| plan.objects = [ObjectKind::User].into()).await;
    world.run().await;
    world.allow_deletes().await;
    world.run().await;
    let deleted = RecordFilter {
        actions: vec![Action::Delete],
        kind: Some(ObjectKind::Group),
        ..RecordFilter::default()
    };
    let records = world.records(&deleted).await;
    assert!(!records.is_empty(), "the groups went");
    for record in records {
        let whole = world.record(record.id).await;
        let scoping = whole.steps.iter().find(|step| step.kind == StepKind::Scoping).expect("a step");
        assert_eq!(scoping.description, "The configuration takes no groups any more.");
    }
}

#[tokio::test]
async fn an_organisational_unit_narrows_the_scope_and_what_is_outside_leaves() {
    let world = World::new(40, 6, |plan| plan.accidental_deletes.percent = Some(100)).await;
    world.run().await;
    let everybody = world.objects(ObjectKind::User).await;
    let dn_of = |user: &storage::directory::DirectoryObject| {
        user.attributes
            .get("onPremisesDistinguishedName")
            .and_then(Value::as_text)
            .unwrap_or_default()
            .to_owned()
    };
    let unit =
        domain::Dn::parse(&dn_of(&everybody[everybody.len() / 2])).expect("a name").parent().expect("a unit");
    let inside = |user: &storage::directory::DirectoryObject| {
        domain::Dn::parse(&dn_of(user)).expect("a name").is_within(&unit)
    };
    let expected = everybody.iter().filter(|user| inside(user)).count();
    assert!(expected > 0 && expected < everybody.len());
    world.reconfigure(|plan| plan.scope.organizational_units = vec![unit.as_str().to_owned()]).await;
    let cycle = world.run().await;
    assert!(cycle.state.is_complete(), "{cycle:?}");
    for user in world.objects(ObjectKind::User).await {
        if !inside(&user) {
            assert_eq!(user.account_enabled, Some(false), "{} is outside of {unit}", user.display_name);
        }
    }
}

#[tokio::test]
async fn pain_6_a_renamed_unit_of_the_scope_is_still_the_same_unit() {
    let world = World::new(40, 6, |_| {}).await;
    let people = "OU=People,DC=lab01,DC=local".to_owned();
    world.reconfigure(|plan| plan.scope.organizational_units = vec![people.clone()]).await;
    let first = world.run().await;
    assert!(first.counts.created > 30, "{first:?}");
    let renamed = Change::Rename { dn: people, name: "Colleagues".to_owned() };
    world.forest.apply(&renamed).expect("renamed");
    let cycle = world.run().await;
    assert!(cycle.state.is_complete(), "{cycle:?}");
    assert_eq!((cycle.counts.created, cycle.counts.disabled, cycle.counts.deleted), (0, 0, 0), "{cycle:?}");
    assert_eq!(cycle.counts.updated, first.counts.created, "every name changed with the unit's");
    assert!(cycle.notes.iter().any(|note| note.contains("OU=Colleagues")), "{:?}", cycle.notes);
}

#[tokio::test]
async fn people_of_one_page_are_created_with_their_managers() {
    let world = World::new(24, 2, |plan| plan.objects = [ObjectKind::User].into()).await;
    let cycle = world.run().await;
    assert_eq!(cycle.counts.updated, 0, "{cycle:?}");
    assert!(world.objects(ObjectKind::User).await.iter().any(|user| user.attributes.contains_key("manager")));
}

#[tokio::test]
async fn a_value_given_on_creation_survives_later_updates() {
    let world = World::new(24, 2, |plan| {
        let mut mappings = domain::defaults::mappings(
            domain::DirectoryKind::ActiveDirectory,
            domain::TargetKind::BuiltIn,
            ObjectKind::User,
        );
        let mut constant = domain::mapping::Mapping::constant("usageLocation", "DE");
        constant.apply = domain::mapping::Apply::OnCreate;
        mappings.push(constant);
        plan.mappings.insert(ObjectKind::User, mappings);
    })
    .await;
    world.run().await;
    let dn = world.forest.person_dn(5).expect("person 5");
    world.forest.apply(&Change::set(dn.as_str(), "title", "Head of Bridges")).expect("changed");
    let cycle = world.run().await;
    assert_eq!(cycle.counts.updated, 1, "{cycle:?}");
    let promoted = world
        .objects(ObjectKind::User)
        .await
        .into_iter()
        .find(|user| user.attributes.get("jobTitle") == Some(&Value::text("Head of Bridges")))
        .expect("the new title");
    assert_eq!(promoted.attributes.get("usageLocation"), Some(&Value::text("DE")));
    assert_eq!(world.run().await.counts.changes(), 0);
}
