//! The audit log.

use domain::audit::AuditEntry;

use super::sample::{audit, drain, source_domain, time};
use crate::audit::{AuditFilter, AuditPlace, ChainCheck};
use crate::configuration::ConfigurationChange;
use crate::{PageRequest, Storage, StorageError};

pub async fn entries_come_back_newest_first(storage: &dyn Storage) {
    for number in 1..=7 {
        storage.append_audit(audit(number)).await.expect("is appended");
    }
    let everything = AuditFilter::default();
    let all = drain(3, |page| storage.audit(&everything, page)).await;
    let entries: Vec<_> = all.iter().map(|stored| stored.entry.clone()).collect();
    assert_eq!(entries, (1..=7).rev().map(audit).collect::<Vec<_>>());
    assert!(all.is_sorted_by(|one, other| one.sequence > other.sequence));
    for stored in &all {
        assert_eq!(storage.audit_entry(stored.sequence).await.expect("is read").as_ref(), Some(stored));
    }
    assert_eq!(storage.audit_entry(8).await.expect("is looked for"), None);
}

async fn walk(storage: &dyn Storage) -> ChainCheck {
    storage.check_audit(&AuditPlace::beginning(), &[]).await.expect("is checked")
}

async fn length(storage: &dyn Storage) -> i64 {
    match walk(storage).await {
        ChainCheck::Intact { head } => head.place.sequence,
        broken @ ChainCheck::Broken { .. } => panic!("{broken:?}"),
    }
}

pub async fn a_chain_that_nobody_touched_is_intact(storage: &dyn Storage) {
    assert_eq!(length(storage).await, 0);
    for number in 1..=5 {
        storage.append_audit(audit(number)).await.expect("is appended");
    }
    assert_eq!(length(storage).await, 5);
}

pub async fn entries_of_changes_are_part_of_the_chain(storage: &dyn Storage) {
    storage.append_audit(audit(1)).await.expect("is appended");
    storage
        .change_configuration(vec![
            ConfigurationChange::PutDomain(source_domain(1, "north.example")),
            ConfigurationChange::Audit(audit(2)),
            ConfigurationChange::Audit(audit(3)),
        ])
        .await
        .expect("is changed");
    assert_eq!(length(storage).await, 3);
    let newest = storage.audit(&AuditFilter::default(), PageRequest::first(1)).await.expect("is read");
    assert_eq!(newest.items.first().map(|stored| &stored.entry), Some(&audit(3)));
}

pub async fn a_walk_goes_on_where_another_one_ended(storage: &dyn Storage) {
    storage.append_audit(audit(1)).await.expect("is appended");
    let ChainCheck::Intact { head } = walk(storage).await else { panic!("is intact") };
    storage.append_audit(audit(2)).await.expect("is appended");
    let rest = storage.check_audit(&head.place, &[]).await.expect("is checked");
    let ChainCheck::Intact { head: end } = rest else { panic!("{rest:?}") };
    assert_eq!(end.place.sequence, 2);
    let known = [head.place.clone(), end.place];
    let all = storage.check_audit(&AuditPlace::beginning(), &known).await.expect("is checked");
    assert!(matches!(all, ChainCheck::Intact { .. }), "{all:?}");
    let elsewhere = AuditPlace { hash: vec![1; 32], ..head.place };
    let other = storage.check_audit(&elsewhere, &[]).await.expect("is checked");
    assert!(matches!(other, ChainCheck::Broken { sequence: 2, .. }), "{other:?}");
}

pub async fn only_the_end_that_was_checked_is_sealed(storage: &dyn Storage) {
    storage.append_audit(audit(1)).await.expect("is appended");
    let ChainCheck::Intact { head } = walk(storage).await else { panic!("is intact") };
    storage.append_audit(audit(2)).await.expect("is appended");
    let refused = storage.seal_audit(&head.place, 1).await;
    assert!(matches!(refused, Err(StorageError::Stale { .. })), "{refused:?}");
    let ChainCheck::Intact { head } = walk(storage).await else { panic!("is intact") };
    storage.seal_audit(&head.place, 1).await.expect("is sealed");
    let ChainCheck::Intact { head } = walk(storage).await else { panic!("is intact") };
    assert_eq!(head.checkpoints, 1);
}

pub async fn every_audit_filter_narrows(storage: &dyn Storage) {
    let access = AuditEntry {
        activity: "session.create".to_owned(),
        via: "system".to_owned(),
        subject: "100% sure_".to_owned(),
        from: Some("203.0.113.9".to_owned()),
        ..audit(10)
    };
    for entry in [audit(1), audit(2), audit(3), access] {
        storage.append_audit(entry).await.expect("is appended");
    }
    let numbers = async |filter: AuditFilter| -> Vec<i64> {
        let page = storage.audit(&filter, PageRequest::first(10)).await.expect("is read");
        page.items.iter().map(|stored| stored.sequence).collect()
    };
    let text = |text: &str| AuditFilter { text: Some(text.to_owned()), ..AuditFilter::default() };
    assert_eq!(numbers(AuditFilter::default()).await, [4, 3, 2, 1]);
    assert_eq!(numbers(text("configuration 2")).await, [2]);
    assert_eq!(numbers(text("TICKET")).await, [3]);
    assert_eq!(numbers(text("203.0.113")).await, [4]);
    assert_eq!(numbers(text("% sure_")).await, [4], "signs of patterns are signs");
    assert_eq!(numbers(text("%")).await, [4]);
    assert!(numbers(AuditFilter { without_access: true, ..text("192.0.2") }).await.is_empty());
    assert_eq!(numbers(AuditFilter { without_access: true, ..AuditFilter::default() }).await, [3, 2, 1]);
    let activity = |start: &str| AuditFilter { activity: Some(start.to_owned()), ..AuditFilter::default() };
    assert_eq!(numbers(activity("session.")).await, [4]);
    assert_eq!(
        numbers(AuditFilter { via: Some("session".to_owned()), ..AuditFilter::default() }).await,
        [3, 2, 1]
    );
    let since = AuditFilter { since: Some(time(3)), ..AuditFilter::default() };
    assert_eq!(numbers(since).await, [4, 3]);
    let until = AuditFilter { until: Some(time(3)), ..AuditFilter::default() };
    assert_eq!(numbers(until).await, [2, 1]);
}
