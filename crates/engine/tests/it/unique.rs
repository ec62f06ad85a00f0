//! Values that only one object may have, chosen when an object is created.

use std::collections::BTreeSet;

use domain::catalogue::DUPLICATE_VALUE;
use domain::mapping::{Apply, Mapping};
use domain::{DirectoryKind, ObjectKind, TargetKind};
use lab::Change;
use storage::LinkStore as _;

use crate::world::World;

/// People whose user name is the first free one of some.
async fn choosing(expression: &str) -> World {
    World::new(6, 1, |plan| {
        let mut mappings =
            domain::defaults::mappings(DirectoryKind::ActiveDirectory, TargetKind::BuiltIn, ObjectKind::User);
        mappings.retain(|mapping| mapping.target != "userPrincipalName");
        let mut chosen = Mapping::expression("userPrincipalName", expression);
        chosen.apply = Apply::OnCreate;
        mappings.push(chosen);
        plan.objects = [ObjectKind::User].into();
        plan.mappings.insert(ObjectKind::User, mappings);
    })
    .await
}

async fn names(world: &World) -> BTreeSet<String> {
    world.objects(ObjectKind::User).await.into_iter().filter_map(|user| user.user_principal_name).collect()
}

#[tokio::test]
async fn people_of_one_name_get_different_values_and_keep_them() {
    let world = choosing(
        r#"SelectUniqueValue("same@lab01.local", "same2@lab01.local", Join("@", [sAMAccountName], "lab01.local"))"#,
    )
    .await;
    let first = world.run().await;
    assert_eq!(first.counts.failed, 0, "{first:?}");
    let before = names(&world).await;
    assert_eq!(before.len(), world.objects(ObjectKind::User).await.len());
    assert!(before.contains("same@lab01.local") && before.contains("same2@lab01.local"), "{before:?}");
    let dn = world.forest.person_dn(2).expect("a person");
    world.change(&Change::set(&dn, "title", "Baker"));
    let second = world.run().await;
    assert_eq!((second.counts.updated, second.counts.failed), (1, 0), "{second:?}");
    world.assert_settled().await;
    assert_eq!(names(&world).await, before);
}

#[tokio::test]
async fn who_finds_no_free_value_is_not_created_and_that_is_said() {
    let world = choosing(r#"SelectUniqueValue("same@lab01.local", "same2@lab01.local")"#).await;
    let cycle = world.run().await;
    assert_eq!(cycle.counts.created, 2, "{cycle:?}");
    let parked = world.storage.escrows(world.configuration).await.expect("the store answers");
    assert_eq!(parked.len() as u64, cycle.counts.failed);
    let one = parked.first().expect("somebody is left over");
    assert_eq!(one.code, DUPLICATE_VALUE.code);
    assert!(one.reason.contains("same@lab01.local, same2@lab01.local"), "{}", one.reason);
}
