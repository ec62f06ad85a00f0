//! What is configured.

use domain::cycle::{Problem, Trigger};
use domain::scim::ScimOptions;
use domain::scope::ScopeContainer;
use domain::status::{ConfigurationState, Quarantine, QuarantineReason};
use domain::{Connection, ObjectKind, SealedSecret, TargetSettings};
use serde_json::json;

use super::sample::{
    audit, configuration, configuration_id, configure, cycle_id, escrow, links, put_records, record,
    source_domain, target_system, time,
};
use crate::audit::AuditFilter;
use crate::configuration::ConfigurationChange as Change;
use crate::link::{Intent, LinkState, PageCommit};
use crate::record::RecordFilter;
use crate::{PageRequest, Storage, StorageError};

pub async fn what_is_put_comes_back(storage: &dyn Storage) {
    let mut domain = source_domain(1, "North.example");
    domain.connection = Some(Connection {
        url: "ldaps://dc1.north.example".to_owned(),
        start_tls: false,
        allow_plaintext: true,
        bind_dn: "CN=Sync".to_owned(),
        bind_password: SealedSecret("sealed".to_owned()),
        ca_pem: None,
        base_dn: Some("DC=north,DC=example".to_owned()),
    });
    let mut target = target_system(1, "Apps");
    target.settings = TargetSettings::Scim {
        url: "https://app.example/scim".to_owned(),
        token: SealedSecret("sealed".to_owned()),
        ca_pem: None,
        options: ScimOptions { page_size: Some(7), ..ScimOptions::default() },
    };
    let configuration = configuration(1, "Everyone");
    storage
        .change_configuration(vec![
            Change::PutDomain(domain.clone()),
            Change::PutTarget(target.clone()),
            Change::PutConfiguration(configuration.clone()),
        ])
        .await
        .expect("is put");
    assert_eq!(storage.domain(domain.id).await.expect("is read").as_ref(), Some(&domain));
    assert_eq!(storage.domains().await.expect("are read"), [domain]);
    assert_eq!(storage.target_system(target.id).await.expect("is read").as_ref(), Some(&target));
    assert_eq!(storage.target_systems().await.expect("are read"), [target]);
    let found = storage.configuration(configuration.id).await.expect("is read");
    assert_eq!(found.as_ref(), Some(&configuration));
    assert_eq!(storage.configurations().await.expect("are read"), [configuration]);
    assert!(storage.configuration(configuration_id(9)).await.expect("is read").is_none());
}

pub async fn names_are_unique_without_regard_to_case(storage: &dyn Storage) {
    configure(storage, 1).await;
    for (change, what) in [
        (Change::PutDomain(source_domain(2, "NORTH.example")), "domain name"),
        (Change::PutTarget(target_system(2, "DIRECTORY")), "target name"),
        (Change::PutConfiguration(configuration(2, "configuration 1")), "configuration name"),
    ] {
        let refused = storage.change_configuration(vec![change]).await;
        assert!(
            matches!(refused, Err(StorageError::Duplicate { what: found }) if found == what),
            "{what}: {refused:?}"
        );
    }
    let renamed = source_domain(1, "NORTH.EXAMPLE");
    storage.change_configuration(vec![Change::PutDomain(renamed)]).await.expect("its own name is free");
}

pub async fn lists_are_ordered_by_name(storage: &dyn Storage) {
    let names = ["beta", "Alpha", "gamma"];
    let changes = (1..).zip(names).map(|(n, name)| Change::PutDomain(source_domain(n, name))).collect();
    storage.change_configuration(changes).await.expect("are put");
    let found: Vec<_> =
        storage.domains().await.expect("are read").into_iter().map(|domain| domain.name).collect();
    assert_eq!(found, ["Alpha", "beta", "gamma"]);
}

pub async fn a_failing_change_leaves_nothing_of_the_others(storage: &dyn Storage) {
    configure(storage, 1).await;
    let refused = storage
        .change_configuration(vec![
            Change::PutDomain(source_domain(2, "south.example")),
            Change::Audit(audit(1)),
            Change::PutSetting { key: "a".to_owned(), value: json!(1) },
            Change::PutTarget(target_system(2, "Directory")),
        ])
        .await;
    assert!(matches!(refused, Err(StorageError::Duplicate { .. })), "{refused:?}");
    assert_eq!(storage.domains().await.expect("are read").len(), 1);
    assert!(storage.setting("a").await.expect("is read").is_none());
    assert!(
        storage
            .audit(&AuditFilter::default(), PageRequest::first(1))
            .await
            .expect("is read")
            .items
            .is_empty()
    );
}

pub async fn putting_again_replaces_and_keeps_state_and_links(storage: &dyn Storage) {
    configure(storage, 1).await;
    storage.commit_page(configuration_id(1), links(ObjectKind::User, [1])).await.expect("is committed");
    let state = ConfigurationState { paused: true, ..ConfigurationState::new(configuration_id(1)) };
    storage.put_configuration_state(&state).await.expect("is put");
    let mut again = configuration(1, "Renamed");
    again.plan.enabled = false;
    storage
        .change_configuration(vec![
            Change::PutDomain(source_domain(1, "renamed.example")),
            Change::PutConfiguration(again.clone()),
        ])
        .await
        .expect("is replaced");
    assert_eq!(storage.configurations().await.expect("are read"), [again]);
    assert_eq!(storage.configuration_state(configuration_id(1)).await.expect("is read"), state);
    let count = storage.link_count(configuration_id(1), LinkState::Active).await.expect("is counted");
    assert_eq!(count, 1);
}

pub async fn what_is_in_use_is_not_deleted(storage: &dyn Storage) {
    configure(storage, 1).await;
    for change in
        [Change::DeleteDomain(source_domain(1, "").id), Change::DeleteTarget(target_system(1, "").id)]
    {
        let refused = storage.change_configuration(vec![change]).await;
        assert!(matches!(refused, Err(StorageError::InUse { .. })), "{refused:?}");
    }
    storage
        .change_configuration(vec![
            Change::DeleteConfiguration(configuration_id(1)),
            Change::DeleteDomain(source_domain(1, "").id),
            Change::DeleteTarget(target_system(1, "").id),
        ])
        .await
        .expect("all are deleted");
    assert!(storage.domains().await.expect("are read").is_empty());
    assert!(storage.target_systems().await.expect("are read").is_empty());
}

pub async fn deleting_a_configuration_takes_all_but_its_records(storage: &dyn Storage) {
    configure(storage, 2).await;
    let (gone, kept) = (configuration_id(1), configuration_id(2));
    for configuration in [gone, kept] {
        let page = PageCommit { escrows: vec![escrow(1)], ..links(ObjectKind::User, [1, 2]) };
        storage.commit_page(configuration, page).await.expect("is committed");
    }
    put_records(storage, vec![record(1)]).await;
    let intent = Intent {
        change_id: super::sample::change_id(1),
        cycle_id: cycle_id(1),
        payload: "{}".to_owned(),
        at: time(1),
    };
    storage.add_intents(gone, &[intent]).await.expect("is added");
    storage.put_configuration_state(&ConfigurationState::new(gone)).await.expect("is put");
    storage.enqueue_cycle(cycle_id(1), gone, time(1), Trigger::Manual).await.expect("is queued");

    storage.change_configuration(vec![Change::DeleteConfiguration(gone)]).await.expect("is deleted");
    assert!(storage.queued_cycle(gone).await.expect("is read").is_none());
    assert!(storage.intents(gone).await.expect("are read").is_empty());
    assert_eq!(storage.link_count(gone, LinkState::Active).await.expect("is counted"), 0);
    assert_eq!(storage.escrow_count(gone).await.expect("is counted"), 0);
    assert_eq!(storage.link_count(kept, LinkState::Active).await.expect("is counted"), 2);
    assert_eq!(storage.escrow_count(kept).await.expect("is counted"), 1);
    let filter = RecordFilter { configuration: Some(gone), ..RecordFilter::default() };
    assert_eq!(storage.records(&filter, PageRequest::first(9)).await.expect("are read").items.len(), 1);
    let queued = storage.enqueue_cycle(cycle_id(2), gone, time(1), Trigger::Manual).await;
    assert!(matches!(queued, Err(StorageError::Stale { .. })), "{queued:?}");
}

pub async fn changing_what_is_not_there_is_stale(storage: &dyn Storage) {
    for change in [
        Change::DeleteDomain(source_domain(1, "").id),
        Change::DeleteTarget(target_system(1, "").id),
        Change::DeleteConfiguration(configuration_id(1)),
        Change::PutConfiguration(configuration(1, "without a domain")),
    ] {
        let refused = storage.change_configuration(vec![change]).await;
        assert!(matches!(refused, Err(StorageError::Stale { .. })), "{refused:?}");
    }
    let state = ConfigurationState::new(configuration_id(1));
    let refused = storage.put_configuration_state(&state).await;
    assert!(matches!(refused, Err(StorageError::Stale { .. })), "{refused:?}");
}

pub async fn state_is_fresh_until_it_is_put(storage: &dyn Storage) {
    configure(storage, 2).await;
    let fresh = storage.configuration_state(configuration_id(1)).await.expect("is read");
    assert_eq!(fresh, ConfigurationState::new(configuration_id(1)));
    let state = ConfigurationState {
        configuration_id: configuration_id(1),
        paused: true,
        quarantine: Some(Quarantine {
            reason: QuarantineReason::TooManyDeletes,
            current_began: time(1),
            next_attempt: Some(time(2)),
            error: Problem { code: "TooManyDeletes".to_owned(), message: "600 of 500".to_owned() },
        }),
        deletes_allowed: true,
        successive_failures: 3,
        containers: vec![ScopeContainer {
            chosen_dn: "OU=A".to_owned(),
            object_id: "id".to_owned(),
            current_dn: "OU=B".to_owned(),
        }],
        last_total: Some(105_003),
        memory: domain::status::Memory {
            last_full_at: Some(time(3)),
            plan_digest: Some(u64::MAX),
            full_requested: Some("asked".to_owned()),
            ..domain::status::Memory::default()
        },
    };
    storage.put_configuration_state(&state).await.expect("is put");
    storage.put_configuration_state(&state).await.expect("is put twice");
    assert_eq!(storage.configuration_state(configuration_id(1)).await.expect("is read"), state);
    let other = storage.configuration_state(configuration_id(2)).await.expect("is read");
    assert_eq!(other, ConfigurationState::new(configuration_id(2)));
}

pub async fn settings_are_part_of_a_change(storage: &dyn Storage) {
    storage
        .change_configuration(vec![Change::PutSetting {
            key: "mail".to_owned(),
            value: json!({ "a": [1, null] }),
        }])
        .await
        .expect("is put");
    assert_eq!(storage.setting("mail").await.expect("is read"), Some(json!({ "a": [1, null] })));
}
