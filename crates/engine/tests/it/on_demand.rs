//! One object on demand, against a forest that answers like Active Directory and the built-in directory.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::catalogue;
use domain::record::{Action, Status, StepKind};
use domain::{CycleId, ObjectKind};
use engine::on_demand::{Demand, DemandError, Demanded, Wanted, provision};
use lab::Change;
use storage::record::RecordFilter;
use storage::{ConfigurationStore, CycleStore, LinkStore, PageRequest};

use crate::world::World;

impl World {
    async fn demand(&self, wanted: Wanted, dry_run: bool) -> Result<Demanded, DemandError> {
        let configuration =
            self.storage.configuration(self.configuration).await.expect("answers").expect("configured");
        let demand = Demand {
            configuration,
            wanted,
            dry_run,
            by: "ann".to_owned(),
            patience: Duration::from_millis(1),
        };
        provision(&self.surroundings(), demand).await
    }

    async fn provision(&self, dn: &str) -> Demanded {
        self.demand(Wanted::Dn(dn.to_owned()), false).await.expect("is taken through")
    }

    fn person(&self, number: u32) -> String {
        self.forest.person_dn(number).expect("a person")
    }
}

fn kinds(demanded: &Demanded) -> Vec<StepKind> {
    demanded.record.steps.iter().map(|step| step.kind).collect()
}

#[tokio::test]
async fn a_new_object_is_created_and_says_why_it_is_in_scope() {
    let world = World::new(40, 6, |_| {}).await;
    let dn = world.person(5);
    let done = world.provision(&dn).await;
    assert_eq!((done.record.action, done.record.status), (Action::Create, Status::Success));
    let scoping = &done.record.steps[1];
    assert_eq!(scoping.description, "Every object of the domain is in scope.");
    assert_eq!(kinds(&done)[..3], [StepKind::Import, StepKind::Scoping, StepKind::Matching]);
    assert!(done.record.steps[0].details.iter().any(|(name, _)| name.eq_ignore_ascii_case("sAMAccountName")));
    assert!(world.object_of(&dn).await.is_some());
    let logged = world.records(&RecordFilter::default()).await;
    assert_eq!(logged.len(), 1);
    assert_eq!(logged[0].initiated_by.as_deref(), Some("ann"));
    let cycle = world.storage.cycle(done.record.cycle_id).await.expect("answers").expect("is there");
    assert_eq!(cycle.counts.created, 1);
    // The next cycle finds it linked and makes the rest.
    world.run().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_dry_run_writes_nothing_at_all_and_foretells_what_is_then_done() {
    let world = World::new(40, 6, |_| {}).await;
    let dn = world.person(7);
    let dry = world.demand(Wanted::Dn(dn.clone()), true).await.expect("is found out");
    assert!(world.objects(ObjectKind::User).await.is_empty());
    assert!(world.records(&RecordFilter::default()).await.is_empty());
    assert_eq!(
        world.storage.links_after(world.configuration, domain::LinkId(0), 10).await.expect("links"),
        []
    );
    assert_eq!(world.storage.cycle(dry.record.cycle_id).await.expect("answers"), None);
    let done = world.provision(&dn).await;
    assert_eq!((dry.record.action, dry.record.status), (done.record.action, done.record.status));
    assert_eq!(dry.record.modified, done.record.modified);
    assert_eq!(kinds(&dry), kinds(&done));
}

#[tokio::test]
async fn an_object_that_is_as_it_should_be_is_skipped_and_one_changed_in_the_target_is_mended() {
    let world = World::new(40, 6, |_| {}).await;
    world.run().await;
    let dn = world.person(3);
    let skipped = world.provision(&dn).await;
    assert_eq!((skipped.record.action, skipped.record.status), (Action::Other, Status::Skipped));
    assert!(skipped.record.steps.iter().any(|step| step.name == "EntrySynchronizationSkip"));
    let mut object = world.object_of(&dn).await.expect("is there");
    object.attributes.insert("jobTitle".to_owned(), domain::value::Value::text("Usurper"));
    let write = storage::directory::DirectoryWrite::Update {
        object,
        add_members: Vec::new(),
        remove_members: Vec::new(),
    };
    world.write_target(vec![write]).await;
    let mended = world.provision(&dn).await;
    assert_eq!((mended.record.action, mended.record.status), (Action::Update, Status::Success));
    assert_eq!(mended.record.modified[0].old_value.as_deref(), Some("Usurper"));
}

#[tokio::test]
async fn limitation_7_an_object_out_of_scope_says_which_filter_excludes_it_and_is_left_alone() {
    let filter = domain::filter::Clause {
        attribute: "sAMAccountName".to_owned(),
        operator: domain::filter::Operator::Equals,
        value: "nobody".to_owned(),
    };
    let world = World::new(40, 6, |plan| plan.scope.filters = vec![vec![filter]]).await;
    let done = world.provision(&world.person(5)).await;
    assert_eq!((done.record.action, done.record.status), (Action::Other, Status::Skipped));
    let error = done.record.error.expect("a reason");
    assert_eq!(error.error_code, catalogue::SYNCHRONIZATION_SKIPPED.code);
    assert!(error.reason.contains("sAMAccountName"), "{}", error.reason);
    assert!(world.objects(ObjectKind::User).await.is_empty());
}

#[tokio::test]
async fn an_object_that_left_is_disabled_and_leaves_its_groups() {
    let world = World::new(40, 6, |_| {}).await;
    world.run().await;
    let dn = world.person(5);
    world.change(&Change::Delete { dn: dn.clone() });
    let dry = world.demand(Wanted::Dn(dn.clone()), true).await.expect("is found out");
    assert_eq!((dry.record.action, dry.record.status), (Action::Disable, Status::Success));
    assert_eq!(world.object_of(&dn).await.expect("is there").account_enabled, Some(true));
    let done = world.provision(&dn).await;
    assert_eq!((done.record.action, done.record.status), (Action::Disable, Status::Success));
    assert_eq!(done.related.len(), dry.related.len());
    assert_eq!(world.object_of(&dn).await.expect("is there").account_enabled, Some(false));
    let again = world.provision(&dn).await;
    assert_eq!(again.record.status, Status::Skipped);
    let cycle = world.run().await;
    assert_eq!(cycle.counts.disabled, 0);
    world.assert_settled().await;
}

#[tokio::test]
async fn the_guard_holds_one_removal_back_where_none_is_allowed() {
    let world = World::new(40, 6, |plan| plan.accidental_deletes.threshold = 0).await;
    world.run().await;
    let dn = world.person(5);
    world.change(&Change::Delete { dn: dn.clone() });
    let done = world.provision(&dn).await;
    assert_eq!((done.record.action, done.record.status), (Action::StagedDelete, Status::Skipped));
    assert_eq!(done.record.error.expect("a reason").error_code, catalogue::TOO_MANY_DELETES.code);
    let state = world.storage.configuration_state(world.configuration).await.expect("a state");
    assert_eq!(state.quarantine, None, "one object on demand does not hold the configuration back");
}

#[tokio::test]
async fn a_removal_on_demand_takes_nothing_else_with_it() {
    let world = World::new(40, 6, |plan| plan.accidental_deletes.threshold = 2).await;
    world.run().await;
    let gone: Vec<String> = [5, 6, 7].map(|number| world.person(number)).into();
    for dn in &gone {
        world.change(&Change::Delete { dn: dn.clone() });
    }
    // The cycle marks all three and the guard holds them back.
    assert_eq!(world.run().await.counts.staged, 3);
    let done = world.provision(&gone[0]).await;
    assert_eq!(done.record.action, Action::Disable);
    let enabled: BTreeSet<_> = {
        let users = world.objects(ObjectKind::User).await;
        users
            .into_iter()
            .filter(|user| user.account_enabled == Some(false))
            .map(|user| user.display_name)
            .collect()
    };
    let name = world.object_of(&gone[0]).await.expect("is there").display_name;
    assert!(enabled.contains(&name));
    for dn in &gone[1..] {
        let links = world
            .storage
            .links_by_name(world.configuration, &[storage::link::name_key(dn)])
            .await
            .expect("links");
        assert!(links.iter().all(|(_, link)| link.state == storage::link::LinkState::Leaving));
    }
}

#[tokio::test]
async fn a_renamed_object_is_found_under_its_old_name() {
    let world = World::new(40, 6, |_| {}).await;
    world.run().await;
    let old = world.person(5);
    world.change(&Change::Rename { dn: old.clone(), name: "Somebody Else".to_owned() });
    let done = world.provision(&old).await;
    assert!(done.record.source.name.starts_with("CN=Somebody Else"), "{}", done.record.source.name);
    assert!(done.notes.iter().any(|note| note.contains("still the same")), "{:?}", done.notes);
    world.run().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_name_that_nobody_bears_is_no_failure_of_the_directory() {
    let world = World::new(40, 6, |_| {}).await;
    let done = world.provision("CN=Nobody,DC=lab01,DC=local").await;
    assert_eq!(done.record.status, Status::Skipped);
    assert_eq!(done.record.error.expect("a reason").error_code, catalogue::IMPORT_SKIPPED.code);
}

#[tokio::test]
async fn a_group_is_provisioned_with_those_of_its_members_who_are_there_and_gets_the_others_later() {
    let world = World::new(40, 6, |_| {}).await;
    world.run().await;
    let group = world.forest.group_dn(2).expect("a group");
    let before = world.members_of(&group).await;
    let member = world.person(11);
    let change = Change::AddMember { group: group.clone(), member: member.clone() };
    world.change(&change);
    let done = world.provision(&group).await;
    assert_eq!(done.record.action, Action::Update, "{:?}", done.record);
    assert_eq!(world.members_of(&group).await.len(), before.len() + 1);
    world.change(&Change::RemoveMember { group: group.clone(), member });
    let done = world.provision(&group).await;
    assert_eq!((done.record.action, done.record.status), (Action::Update, Status::Success));
    assert_eq!(world.members_of(&group).await, before);
}

#[tokio::test]
async fn an_object_on_demand_is_refused_while_a_cycle_runs() {
    let world = World::new(40, 6, |_| {}).await;
    let id = CycleId::new(uuid::Uuid::from_u128(77));
    let now = domain::Clock::now(world.clock.as_ref());
    let begun = world
        .storage
        .begin_on_demand(id, world.configuration, "somebody", now, Duration::from_hours(1))
        .await;
    assert!(begun.expect("begins"));
    let refused = world.demand(Wanted::Dn(world.person(5)), false).await;
    assert!(matches!(refused, Err(DemandError::Busy)), "{refused:?}");
    let dry = world.demand(Wanted::Dn(world.person(5)), true).await.expect("a dry run may");
    assert_eq!(dry.record.action, Action::Create);
    assert_eq!(world.storage.cycles(None, PageRequest::first(10)).await.expect("cycles").items, []);
}
