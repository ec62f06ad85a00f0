//! Pains that users of other systems report, each impossible here. The line above a test says what goes wrong where
//! nobody thought of it.

use domain::ObjectKind;
use domain::cycle::{CycleState, Trigger};
use domain::mapping::Mapping;
use domain::record::Action;
use domain::scope::Nesting;
use lab::Change;
use storage::record::RecordFilter;

use crate::world::World;

fn parent(dn: &str) -> String {
    domain::Dn::parse(dn).expect("a name").parent().expect("a parent").as_str().to_owned()
}

fn person(world: &World, number: u32) -> String {
    world.forest.person_dn(number).expect("a person")
}

/// Naive: the filter is applied to the reading, and whoever is not in it any more is removed at once.
#[tokio::test]
async fn pain_2_a_wrong_filter_takes_nobody_away_before_a_person_agrees() {
    let world = World::new(40, 4, |plan| plan.accidental_deletes.threshold = 5).await;
    world.run().await;
    let before = world.everything().await;
    let wrong = domain::filter::Clause {
        attribute: "department".to_owned(),
        operator: domain::filter::Operator::Equals,
        value: "No Such Department".to_owned(),
    };
    world.reconfigure(|plan| plan.scope.filters = vec![vec![wrong]]).await;
    let cycle = world.run().await;
    assert!(cycle.counts.staged > 5 || cycle.notes.iter().any(|note| note.contains("at all")), "{cycle:?}");
    assert_eq!(world.everything().await, before);
    world.reconfigure(|plan| plan.scope.filters = Vec::new()).await;
    let mended = world.run().await;
    assert!(mended.state.is_complete(), "{mended:?}");
    assert_eq!(world.everything().await, before, "whoever was marked is in scope again");
}

/// Naive: a threshold of 500 protects no company of fewer.
#[tokio::test]
async fn pain_2_a_filter_that_leaves_less_than_half_is_held_back_in_a_small_company_too() {
    let world = World::new(60, 4, |_| {}).await;
    world.run().await;
    let before = world.everything().await;
    let title = "Only These".to_owned();
    for number in 1..=20 {
        let dn = world.forest.person_dn(number).expect("a person");
        world.change(&Change::set(dn, "title", &title));
    }
    let narrow = domain::filter::Clause {
        attribute: "title".to_owned(),
        operator: domain::filter::Operator::Equals,
        value: title,
    };
    world.reconfigure(|plan| plan.scope.filters = vec![vec![narrow]]).await;
    let cycle = world.run().await;
    let problem = cycle.problem.expect("held back");
    assert_eq!(problem.code, domain::catalogue::TOO_MANY_DELETES.code);
    assert!(problem.message.contains("more than half"), "{}", problem.message);
    assert_eq!(world.everything().await.len(), before.len());
    // Also by the cycle after it, in which those who wait to leave are no longer counted as there.
    assert!(world.run_full().await.problem.is_some());
    world.allow_deletes().await;
    let cycle = world.run().await;
    assert!(cycle.state.is_complete() && cycle.counts.disabled >= 40, "{cycle:?}");
}

/// Naive: an error of one object ends the loop over all of them.
#[tokio::test]
async fn pain_10_one_bad_object_does_not_stop_the_others() {
    let world = World::new(30, 4, |plan| {
        let mut mappings = domain::defaults::mappings(
            domain::DirectoryKind::ActiveDirectory,
            domain::TargetKind::BuiltIn,
            ObjectKind::User,
        );
        mappings.retain(|mapping| mapping.target != "jobTitle");
        let refuse = r#"IIF([title]="Bad Apple", Error("not this one"), [title])"#;
        mappings.push(Mapping::expression("jobTitle", refuse));
        plan.mappings.insert(ObjectKind::User, mappings);
    })
    .await;
    world.change(&Change::set(person(&world, 0), "title", "Bad Apple"));
    let cycle = world.run().await;
    assert_eq!((cycle.state, cycle.counts.failed), (CycleState::EntryLevelErrors, 1), "{cycle:?}");
    assert!(world.object_of(&person(&world, 0)).await.is_none());
    for number in 1..30 {
        assert!(world.object_of(&person(&world, number)).await.is_some(), "person {number} is missing");
    }
}

/// Naive: one timestamp is the watermark of everything, so that a run by hand is refused or moves it.
#[tokio::test]
async fn pain_13_a_run_by_hand_and_a_scheduled_one_do_not_lose_each_others_changes() {
    let world = World::new(20, 4, |_| {}).await;
    world.run().await;
    for (round, trigger) in
        [Trigger::Manual, Trigger::Schedule, Trigger::Manual, Trigger::Schedule].iter().enumerate()
    {
        let dn = person(&world, u32::try_from(round).expect("small"));
        world.change(&Change::set(&dn, "title", format!("Title {round}")));
        let cycle = world.run_triggered(*trigger).await;
        assert_eq!((cycle.counts.imported, cycle.counts.updated), (1, 1), "{cycle:?}");
    }
    world.assert_settled().await;
}

/// Naive: the account is found again and counted as known, and stays disabled.
#[tokio::test]
async fn pain_16_who_was_deleted_and_comes_back_is_enabled_with_groups_and_manager() {
    let world = World::new(30, 6, |_| {}).await;
    world.run().await;
    let before = world.everything().await;
    let dn = person(&world, 7);
    let gone = world.forest.apply(&Change::Delete { dn }).expect("deleted");
    assert_eq!(world.run().await.counts.disabled, 1);
    world.change(&Change::Restore { dn: gone.dn });
    let cycle = world.run().await;
    assert_eq!(cycle.counts.created, 0, "the same account: {cycle:?}");
    let users = world.objects(ObjectKind::User).await;
    assert!(users.iter().all(|user| user.account_enabled != Some(false)
        || !before.iter().any(|(id, ..)| *id == user.id
            && before.iter().any(|(other, attributes, _)| other == id
                && attributes.get("accountEnabled") == Some(&domain::Value::Boolean(true))))));
    world.assert_settled().await;
}

/// Naive: whoever is moved into the scope is created, and their groups, which nobody touched, do not hear of it.
#[tokio::test]
async fn pain_16_who_is_moved_into_the_scope_is_in_their_groups_at_once() {
    let world = World::new(60, 12, |_| {}).await;
    world.run().await;
    // Somebody with a group, and a container that is not theirs.
    let mut found = None;
    for number in 0..60 {
        let dn = person(&world, number);
        let name = world.object_of(&dn).await.expect("linked").display_name;
        for group in 0..12 {
            let group = world.forest.group_dn(group).expect("a group");
            if world.members_of(&group).await.contains(&name) {
                found = Some((dn.clone(), name.clone(), group));
            }
        }
        if found.is_some() {
            break;
        }
    }
    let (dn, name, group) = found.expect("somebody has a group");
    let home = parent(&dn);
    let elsewhere = (0..60).map(|number| parent(&person(&world, number))).find(|unit| *unit != home);
    let elsewhere = elsewhere.expect("another container");
    world.reconfigure(|plan| plan.scope.organizational_units = vec![elsewhere.clone(), parent(&group)]).await;
    world.allow_deletes().await;
    let narrowed = world.run().await;
    assert!(narrowed.state.is_complete(), "{narrowed:?}");
    assert!(!world.members_of(&group).await.contains(&name), "out of scope");
    world.change(&Change::MoveTo { dn, container: elsewhere });
    let cycle = world.run().await;
    assert!(cycle.notes.iter().all(|note| !note.contains("Everything was read")), "{:?}", cycle.notes);
    assert!(world.members_of(&group).await.contains(&name), "{cycle:?}");
    world.assert_settled().await;
}

/// Naive: containers and groups of a scope are either-or, and containers within a container are forgotten.
#[tokio::test]
async fn pain_19_containers_reach_downwards_and_groups_add_to_them() {
    let world = World::new(60, 6, |_| {}).await;
    let unit = parent(&person(&world, 3));
    let above = parent(&unit);
    let outsider = (0..60)
        .map(|number| person(&world, number))
        .find(|dn| {
            !domain::Dn::parse(dn).expect("a name").is_within(&domain::Dn::parse(&unit).expect("a name"))
        })
        .expect("somebody elsewhere");
    world.change(&Change::NewGroup { name: "Pilot".to_owned() });
    let pilot = format!("CN=Pilot,{}", parent(&world.forest.group_dn(0).expect("a group")));
    world.change(&Change::AddMember { group: pilot.clone(), member: outsider.clone() });
    world
        .reconfigure(|plan| {
            plan.scope.organizational_units = vec![unit.clone()];
            plan.scope.groups = vec![pilot];
            plan.scope.nested_groups = Nesting::Off;
        })
        .await;
    world.run().await;
    assert!(world.object_of(&person(&world, 3)).await.is_some(), "beneath the container");
    assert!(world.object_of(&outsider).await.is_some(), "a member of the group");
    let narrow = world.objects(ObjectKind::User).await.len();
    world.reconfigure(|plan| plan.scope.organizational_units = vec![above]).await;
    world.run().await;
    assert!(world.objects(ObjectKind::User).await.len() > narrow, "the container above holds more");
}

/// Naive: the mapping is copied into the configuration when it is made, and stays as it was then.
#[tokio::test]
async fn limitation_8_a_configuration_without_mappings_of_its_own_follows_the_defaults() {
    let world = World::new(10, 2, |_| {}).await;
    world.run().await;
    let stored =
        storage::ConfigurationStore::configuration(world.storage.as_ref(), world.configuration).await;
    assert!(stored.expect("the store answers").expect("configured").plan.mappings.is_empty());
    let defaults = domain::defaults::mappings(
        domain::DirectoryKind::ActiveDirectory,
        domain::TargetKind::BuiltIn,
        ObjectKind::User,
    );
    let held = world.object_of(&person(&world, 3)).await.expect("linked");
    assert!(defaults.iter().any(|mapping| mapping.target == "department"));
    assert!(held.attributes.contains_key("department"), "{:?}", held.attributes);
}

/// Naive: an attribute that is empty at the source is not sent, and the old value stays for ever.
#[tokio::test]
async fn limitation_9_a_value_that_is_cleared_at_the_source_is_cleared_in_the_target() {
    let world = World::new(10, 2, |_| {}).await;
    let dn = person(&world, 3);
    world.change(&Change::set(&dn, "title", "Baker"));
    world.run().await;
    let clear = Change::Set { dn: dn.clone(), attribute: "title".to_owned(), values: Vec::new() };
    world.change(&clear);
    world.run().await;
    assert!(!world.object_of(&dn).await.expect("linked").attributes.contains_key("jobTitle"));
    // And also where the link was forgotten in between and the object is found by its anchor.
    world.change(&Change::set(&dn, "title", "Baker"));
    world.run().await;
    storage::LinkStore::forget_links(world.storage.as_ref(), world.configuration).await.expect("forgotten");
    world.change(&clear);
    let cycle = world.run_full().await;
    assert_eq!(cycle.counts.created, 0, "{cycle:?}");
    assert!(!world.object_of(&dn).await.expect("linked").attributes.contains_key("jobTitle"));
}

/// Naive: the log tells what was meant. Here a create that met an object is an update, and says so.
#[tokio::test]
async fn limitation_3_taking_over_an_object_is_no_create() {
    let world = World::new(10, 2, |_| {}).await;
    world.run().await;
    let creates = || async {
        let filter = RecordFilter { actions: vec![Action::Create], ..RecordFilter::default() };
        world.records(&filter).await.len()
    };
    let before = creates().await;
    storage::LinkStore::forget_links(world.storage.as_ref(), world.configuration).await.expect("forgotten");
    let cycle = world.run_full().await;
    assert_eq!((cycle.counts.created, creates().await), (0, before), "{cycle:?}");
    world.assert_settled().await;
}
