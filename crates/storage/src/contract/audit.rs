//! The audit log.

use super::sample::{audit, drain, source_domain};
use crate::audit::ChainCheck;
use crate::configuration::ConfigurationChange;
use crate::{PageRequest, Storage};

pub async fn entries_come_back_newest_first(storage: &dyn Storage) {
    for number in 1..=7 {
        storage.append_audit(audit(number)).await.expect("is appended");
    }
    let all = drain(3, |page| storage.audit(page)).await;
    let entries: Vec<_> = all.iter().map(|stored| stored.entry.clone()).collect();
    assert_eq!(entries, (1..=7).rev().map(audit).collect::<Vec<_>>());
    assert!(all.is_sorted_by(|one, other| one.sequence > other.sequence));
}

pub async fn a_chain_that_nobody_touched_is_intact(storage: &dyn Storage) {
    assert_eq!(storage.check_audit().await.expect("is checked"), ChainCheck::Intact { entries: 0 });
    for number in 1..=5 {
        storage.append_audit(audit(number)).await.expect("is appended");
    }
    assert_eq!(storage.check_audit().await.expect("is checked"), ChainCheck::Intact { entries: 5 });
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
    assert_eq!(storage.check_audit().await.expect("is checked"), ChainCheck::Intact { entries: 3 });
    let newest = storage.audit(PageRequest::first(1)).await.expect("is read");
    assert_eq!(newest.items.first().map(|stored| &stored.entry), Some(&audit(3)));
}
