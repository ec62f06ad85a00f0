//! How a source object finds an object that is there already, and whom it leaves alone.

use domain::ObjectKind;
use domain::catalogue::{ADMIN_CONFLICT, DUPLICATE_TARGET, INVALID_SOFT_MATCH, OTHER_CONFIGURATION};
use domain::configuration::Plan;
use domain::mapping::{Mapping, MappingKind};
use domain::value::{Attributes, Value};
use domain::{ChangeId, Clock as _, DirectoryKind, TargetKind};
use lab::Change;
use storage::LinkStore as _;
use storage::directory::{DirectoryObject, DirectoryWrite};

use crate::world::World;

fn default_mappings() -> Vec<Mapping> {
    domain::defaults::mappings(DirectoryKind::ActiveDirectory, TargetKind::BuiltIn, ObjectKind::User)
}

/// Makes default mappings match, by attribute and precedence.
fn matching_by(plan: &mut Plan, by: &[(&str, u32)]) {
    let mut mappings = default_mappings();
    for mapping in &mut mappings {
        mapping.matching_precedence =
            by.iter().find(|(name, _)| *name == mapping.target).map_or(0, |(_, precedence)| *precedence);
    }
    plan.mappings.insert(ObjectKind::User, mappings);
}

/// An account that somebody made in the directory by hand: it has no anchor, or one of another system. The directory
/// takes one account without an anchor.
async fn stranger(world: &World, name: &str, anchor: &str, attributes: &[(&str, &str)]) -> String {
    let id = world.clock.uuid().to_string();
    let mut all: Attributes =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), Value::text(*value))).collect();
    all.entry("userPrincipalName".to_owned()).or_insert_with(|| Value::text(format!("{name}@hand.example")));
    let text = |name: &str| all.get(name).and_then(Value::as_text).map(str::to_owned);
    let now = world.clock.now();
    let object = DirectoryObject {
        id: id.clone(),
        kind: ObjectKind::User,
        anchor: anchor.to_owned(),
        display_name: name.to_owned(),
        user_principal_name: text("userPrincipalName"),
        mail: text("mail"),
        account_enabled: Some(true),
        attributes: all,
        configuration_id: world.configuration,
        change_id: ChangeId::new(world.clock.uuid()),
        created_at: now,
        updated_at: now,
    };
    world.write_target(vec![DirectoryWrite::Create { object, members: Vec::new() }]).await;
    id
}

async fn escrow_of(world: &World, dn: &str) -> Option<storage::link::Escrow> {
    let id = world.entry(dn).await.object_id;
    let escrows = world.storage.escrows(world.configuration).await.expect("the store answers");
    escrows.into_iter().find(|escrow| escrow.object_id == id)
}

async fn value_of(world: &World, dn: &str, name: &str) -> String {
    let entry = world.entry(dn).await.entry;
    entry.text(name).unwrap_or_else(|| panic!("{dn} has no {name}")).to_owned()
}

#[tokio::test]
async fn the_attribute_with_the_lowest_precedence_is_tried_first() {
    let world = World::new(12, 1, |plan| matching_by(plan, &[("employeeId", 1), ("mailNickname", 2)])).await;
    let dn = world.forest.person_dn(3).expect("a person");
    world.change(&Change::set(&dn, "employeeID", "E-3"));
    world.change(&Change::set(&dn, "mailNickname", "number.three"));
    let by_id = stranger(&world, "By id", "", &[("employeeId", "e-3")]).await;
    stranger(&world, "By nickname", "other", &[("mailNickname", "number.three")]).await;
    let cycle = world.run().await;
    assert!(cycle.state.is_complete(), "{cycle:?}");
    assert_eq!(world.object_of(&dn).await.expect("linked").id, by_id);
    assert!(!world.object_of(&dn).await.expect("linked").anchor.is_empty(), "it is anchored from now on");
    world.assert_settled().await;
}

#[tokio::test]
async fn the_second_attribute_is_tried_when_the_first_finds_nobody() {
    let world = World::new(12, 1, |plan| matching_by(plan, &[("employeeId", 1), ("mailNickname", 2)])).await;
    let dn = world.forest.person_dn(3).expect("a person");
    world.change(&Change::set(&dn, "employeeID", "E-3"));
    world.change(&Change::set(&dn, "mailNickname", "number.three"));
    let by_nickname = stranger(&world, "By nickname", "", &[("mailNickname", "NUMBER.three")]).await;
    world.run().await;
    assert_eq!(world.object_of(&dn).await.expect("linked").id, by_nickname);
}

#[tokio::test]
async fn limitation_9_values_with_special_characters_match() {
    for value in ["O'Neil", "a \"b\" c", "50%25 * (a|b) & !c", "back\\slash, comma+plus=equals", "Zoë 漢字 İ"]
    {
        let world = World::new(12, 1, |plan| matching_by(plan, &[("employeeId", 1)])).await;
        let dn = world.forest.person_dn(3).expect("a person");
        world.change(&Change::set(&dn, "employeeID", value));
        let there = stranger(&world, "There", "", &[("employeeId", value)]).await;
        let cycle = world.run().await;
        assert!(cycle.state.is_complete(), "{value}: {cycle:?}");
        assert_eq!(world.object_of(&dn).await.map(|object| object.id), Some(there), "{value}");
    }
}

#[tokio::test]
async fn many_hits_and_administrators_are_failures_and_never_guesses() {
    let world = World::new(12, 1, |plan| matching_by(plan, &[("employeeId", 1)])).await;
    let (twice, boss) =
        (world.forest.person_dn(3).expect("a person"), world.forest.person_dn(4).expect("one"));
    world.change(&Change::set(&twice, "employeeID", "E-3"));
    world.change(&Change::set(&boss, "employeeID", "E-4"));
    stranger(&world, "One", "", &[("employeeId", "E-3")]).await;
    let other = stranger(&world, "Other", "other", &[("employeeId", "E-3"), ("mailNickname", "x")]).await;
    stranger(&world, "Root", "root", &[("employeeId", "E-4"), ("assignedRoles", "Global Administrator")])
        .await;
    let cycle = world.run().await;
    assert_eq!(cycle.counts.failed, 2, "{cycle:?}");
    assert_eq!(escrow_of(&world, &twice).await.expect("parked").code, DUPLICATE_TARGET.code);
    assert_eq!(escrow_of(&world, &boss).await.expect("parked").code, ADMIN_CONFLICT.code);
    assert!(world.object_of(&twice).await.is_none() && world.object_of(&boss).await.is_none());
    // One of the two is gone: the next cycle that looks takes the other.
    world.write_target(vec![DirectoryWrite::Delete { id: other }]).await;
    world.change(&Change::set(&twice, "title", "Baker"));
    world.run().await;
    assert!(world.object_of(&twice).await.is_some());
}

#[tokio::test]
async fn two_people_of_one_page_do_not_take_over_the_same_object() {
    let world = World::new(12, 1, |plan| matching_by(plan, &[("employeeId", 1)])).await;
    let people = [3, 4].map(|number| world.forest.person_dn(number).expect("a person"));
    for dn in &people {
        world.change(&Change::set(dn, "employeeID", "E-3"));
    }
    let there = stranger(&world, "There", "", &[("employeeId", "E-3")]).await;
    let cycle = world.run().await;
    assert_eq!(cycle.counts.failed, 1, "{cycle:?}");
    let (mut taken, mut parked) = (0, 0);
    for dn in &people {
        taken += usize::from(world.object_of(dn).await.is_some_and(|object| object.id == there));
        parked += usize::from(
            escrow_of(&world, dn).await.is_some_and(|escrow| escrow.code == INVALID_SOFT_MATCH.code),
        );
    }
    assert_eq!((taken, parked), (1, 1));
}

#[tokio::test]
async fn a_soft_match_can_be_blocked_for_each_property() {
    for (property, by_name, by_mail) in [
        ("mail", true, false),
        ("mail", false, true),
        ("userPrincipalName", true, false),
        ("userPrincipalName", false, true),
        ("userPrincipalName", false, false),
    ] {
        let world = World::new(12, 1, |plan| {
            plan.matching.soft_match = true;
            plan.matching.soft_match_user_principal_name = by_name;
            plan.matching.soft_match_mail = by_mail;
        })
        .await;
        let dn = world.forest.person_dn(3).expect("a person");
        let value = value_of(&world, &dn, property).await;
        let there = stranger(&world, "There", "", &[(property, value.as_str())]).await;
        world.run().await;
        let taken = world.object_of(&dn).await.is_some_and(|object| object.id == there);
        let allowed = if property == "mail" { by_mail } else { by_name };
        assert_eq!(taken, allowed, "{property} {by_name} {by_mail}");
        // Not matched, the address or the name is taken: that is reported.
        assert_eq!(escrow_of(&world, &dn).await.is_none(), allowed, "{property} {by_name} {by_mail}");
    }
}

/// Two forests with one person in both, by a value that the target compares.
async fn one_person_in_two_forests(
    attribute: &str,
    change: impl Fn(&mut Plan),
) -> (World, World, String, String) {
    let first = World::new(12, 1, &change).await;
    let second = first.beside("lab02.local", 8, &change).await;
    let (here, there) =
        (first.forest.person_dn(3).expect("a person"), second.forest.person_dn(3).expect("a person"));
    if attribute == "mS-DS-ConsistencyGuid" {
        first.change(&Change::set(&here, attribute, "0123456789abcdef"));
    }
    let value = value_of(&first, &here, attribute).await;
    second.change(&Change::set(&there, attribute, &value));
    (first, second, here, there)
}

type Settings = dyn Fn(&mut Plan);

#[tokio::test]
async fn one_person_in_two_forests_is_reported_and_not_merged() {
    let soft = |plan: &mut Plan| plan.matching.soft_match = true;
    let by_employee = |plan: &mut Plan| matching_by(plan, &[("employeeId", 1)]);
    let usual = |_: &mut Plan| {};
    let cases: [(&str, &Settings); 5] = [
        ("userPrincipalName", &usual),
        ("userPrincipalName", &soft),
        ("mail", &soft),
        ("mS-DS-ConsistencyGuid", &usual),
        ("employeeID", &by_employee),
    ];
    for (attribute, change) in cases {
        let (first, second, here, there) = one_person_in_two_forests(attribute, change).await;
        first.run().await;
        let before = first.object_of(&here).await.expect("linked");
        let cycle = second.run().await;
        // The forests number their employees alike: everybody is somebody's double.
        let doubles = if attribute == "employeeID" { 8 } else { 1 };
        assert_eq!(cycle.counts.failed, doubles, "{attribute}: {cycle:?}");
        let parked = escrow_of(&second, &there).await.expect("parked");
        assert_eq!(parked.code, OTHER_CONFIGURATION.code, "{attribute}: {}", parked.reason);
        assert!(parked.reason.contains("lab01.local to directory"), "{attribute}: {}", parked.reason);
        assert!(parked.reason.contains(&here), "{attribute}: {}", parked.reason);
        assert!(second.object_of(&there).await.is_none(), "{attribute}");
        assert_eq!(
            first.object_of(&here).await.expect("linked").attributes,
            before.attributes,
            "{attribute}"
        );
    }
}

#[tokio::test]
async fn the_second_forests_person_comes_when_the_first_gives_the_name_up() {
    let (first, second, here, there) = one_person_in_two_forests("userPrincipalName", |_| {}).await;
    first.run().await;
    second.run().await;
    assert!(second.object_of(&there).await.is_none());
    second.run().await;
    assert!(escrow_of(&second, &there).await.is_some(), "nothing changed, so it waits");
    first.change(&Change::set(&here, "userPrincipalName", "somebody.else@lab01.local"));
    first.run().await;
    let cycle = second.run().await;
    assert_eq!((cycle.counts.created, cycle.counts.failed), (1, 0), "{cycle:?}");
    assert!(second.object_of(&there).await.is_some());
    assert!(escrow_of(&second, &there).await.is_none());
}

#[tokio::test]
async fn a_person_who_moves_from_one_forest_to_another_takes_the_object_along() {
    let (first, second, here, there) = one_person_in_two_forests("mS-DS-ConsistencyGuid", |_| {}).await;
    first.run().await;
    let object = first.object_of(&here).await.expect("linked").id;
    second.run().await;
    first.change(&Change::Delete { dn: here });
    first.run().await;
    second.run().await;
    let moved = second.object_of(&there).await.expect("taken over");
    assert_eq!((moved.id, moved.account_enabled), (object, Some(true)));
}

#[tokio::test]
async fn a_default_of_a_mapping_that_gives_nothing_fills_only_what_is_empty() {
    for (held, expected) in [(None, "Unassigned"), (Some("Kitchen"), "Kitchen")] {
        let world = World::new(12, 1, |plan| {
            matching_by(plan, &[("employeeId", 1)]);
            let mappings = plan.mappings.entry(ObjectKind::User).or_default();
            for mapping in mappings.iter_mut().filter(|mapping| mapping.target == "department") {
                (mapping.kind, mapping.expression) = (MappingKind::None, None);
                mapping.default = Some("Unassigned".to_owned());
            }
        })
        .await;
        let dn = world.forest.person_dn(3).expect("a person");
        world.change(&Change::set(&dn, "employeeID", "E-3"));
        let mut attributes = vec![("employeeId", "E-3")];
        attributes.extend(held.map(|held| ("department", held)));
        stranger(&world, "There", "", &attributes).await;
        world.run().await;
        let department = |object: DirectoryObject| object.attributes.get("department").cloned();
        let adopted = world.object_of(&dn).await.expect("linked");
        assert_eq!(department(adopted), Some(Value::text(expected)));
        let created = world.object_of(&world.forest.person_dn(4).expect("a person")).await.expect("linked");
        assert_eq!(department(created), Some(Value::text("Unassigned")));
        world.assert_settled().await;
    }
}
