//! Objects of the target that match nothing.

use std::collections::BTreeSet;

use domain::unmatched::{ScanState, UnmatchedObject, UnmatchedScan};
use domain::{Clock as _, Configuration, ConfigurationId, ObjectKind};
use storage::configuration::ConfigurationChange;
use storage::directory::{DirectoryObject, DirectoryWrite};
use storage::unmatched::UnmatchedFilter;
use storage::{ConfigurationStore as _, PageRequest, UnmatchedStore as _};

use crate::world::World;

impl World {
    async fn search(&self) -> (UnmatchedScan, Vec<UnmatchedObject>) {
        let configuration =
            self.storage.configuration(self.configuration).await.expect("answers").expect("configured");
        let scan = UnmatchedScan {
            configuration_id: configuration.id,
            state: ScanState::Running,
            requested_by: "ann".to_owned(),
            started_at: self.clock.now(),
            ended_at: None,
            listed: 0,
            unmatched: 0,
            problem: None,
        };
        self.storage.begin_unmatched(&scan).await.expect("begins");
        engine::unmatched::look(&self.surroundings(), &configuration).await;
        let scan = self.storage.unmatched_scan(configuration.id).await.expect("answers").expect("a search");
        let found = self
            .storage
            .unmatched(configuration.id, &UnmatchedFilter::default(), PageRequest::first(1000))
            .await;
        (scan, found.expect("a page").items)
    }

    async fn stranger(&self, number: u128, configuration: ConfigurationId) -> String {
        let id = uuid::Uuid::from_u128(number).to_string();
        let name = format!("Stranger {number}");
        let object = DirectoryObject {
            id: id.clone(),
            kind: ObjectKind::User,
            anchor: format!("anchor-{number}"),
            display_name: name.clone(),
            user_principal_name: Some(format!("stranger{number}@lab01.local")),
            mail: None,
            account_enabled: Some(true),
            attributes: domain::value::Attributes::new(),
            configuration_id: configuration,
            change_id: domain::ChangeId::new(self.clock.uuid()),
            created_at: self.clock.now(),
            updated_at: self.clock.now(),
        };
        self.write_target(vec![DirectoryWrite::Create { object, members: Vec::new() }]).await;
        id
    }
}

#[tokio::test]
async fn what_nobody_linked_is_listed_and_left_alone() {
    let world = World::new(40, 6, |_| {}).await;
    world.run().await;
    let strangers: BTreeSet<String> =
        [world.stranger(1, world.configuration).await, world.stranger(2, world.configuration).await].into();
    let before = world.everything().await;
    let (scan, found) = world.search().await;
    assert_eq!((scan.state, scan.unmatched), (ScanState::Succeeded, 2));
    assert_eq!(scan.listed, before.len() as u64);
    assert_eq!(found.into_iter().map(|object| object.id).collect::<BTreeSet<_>>(), strangers);
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn an_object_of_another_configuration_with_the_same_target_is_matched() {
    let world = World::new(40, 6, |_| {}).await;
    world.run().await;
    let stored =
        world.storage.configuration(world.configuration).await.expect("answers").expect("configured");
    let mut other =
        Configuration { id: ConfigurationId::new(world.clock.uuid()), name: "another".to_owned(), ..stored };
    other.plan.enabled = false;
    let id = world.stranger(1, other.id).await;
    let link = storage::link::LinkWrite {
        kind: ObjectKind::User,
        object_id: "stranger".to_owned(),
        anchor: "anchor-1".to_owned(),
        source_dn: "CN=Stranger,DC=elsewhere".to_owned(),
        display_name: "Stranger".to_owned(),
        target_id: id,
        state: storage::link::LinkState::Active,
        fingerprint: 1,
        exported: None,
    };
    let other_id = other.id;
    world
        .storage
        .change_configuration(vec![ConfigurationChange::PutConfiguration(other)])
        .await
        .expect("put");
    let page = storage::link::PageCommit { links: vec![link], ..storage::link::PageCommit::default() };
    storage::LinkStore::commit_page(world.storage.as_ref(), other_id, page).await.expect("linked");
    let (scan, found) = world.search().await;
    assert_eq!((scan.unmatched, found), (0, Vec::new()));
}
