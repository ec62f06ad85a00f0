//! Saved searches, how long the log is kept, and records with everything.

use chrono::TimeDelta;
use domain::access::{Principal, Role, Via};
use domain::document::{RetentionEntry, SettingsEntry};
use service::{AuditFilter, PageRequest, RecordFilter, SavedSearch, ServiceError};
use storage::contract::sample;

use crate::support::Bench;

fn who(name: &str, role: Role) -> Principal {
    Principal { name: name.to_owned(), role, via: Via::Session, from: None }
}

fn search(name: &str, query: &str) -> SavedSearch {
    SavedSearch { name: name.to_owned(), query: query.to_owned() }
}

#[tokio::test]
async fn everybody_keeps_searches_of_their_own() {
    let bench = Bench::configured().await;
    let (ann, ben) = (who("ann", Role::Reader), who("ben", Role::Administrator));
    for (name, query) in [("Zeta", "q=z"), (" Failures  today ", "status=failure"), ("zeta", "q=other")] {
        bench.service.save_search(&ann, search(name, query)).await.expect("is kept");
    }
    let kept = bench.service.saved_searches(&ann).await.expect("are read");
    assert_eq!(kept, [search("Failures today", "status=failure"), search("zeta", "q=other")]);
    assert!(bench.service.saved_searches(&ben).await.expect("are read").is_empty());
    let token = Principal { via: Via::Token, ..ann.clone() };
    assert!(bench.service.saved_searches(&token).await.expect("are read").is_empty());
    assert!(matches!(bench.service.delete_search(&ben, "zeta").await, Err(ServiceError::NotFound { .. })));
    bench.service.delete_search(&ann, "ZETA").await.expect("goes");
    assert_eq!(bench.service.saved_searches(&ann).await.expect("are read").len(), 1);
}

#[tokio::test]
async fn a_search_without_a_name_or_without_bounds_is_refused() {
    let bench = Bench::configured().await;
    let ann = who("ann", Role::Reader);
    let long = "n".repeat(61);
    for refused in
        [search("  ", "q=a"), search(&long, "q=a"), search("a", ""), search("a", &"q".repeat(2001))]
    {
        let answer = bench.service.save_search(&ann, refused).await;
        assert!(matches!(answer, Err(ServiceError::Invalid(_))), "{answer:?}");
    }
    for number in 0..50 {
        bench.service.save_search(&ann, search(&number.to_string(), "q=a")).await.expect("is kept");
    }
    assert!(matches!(
        bench.service.save_search(&ann, search("one more", "q=a")).await,
        Err(ServiceError::Invalid(_))
    ));
    bench.service.save_search(&ann, search("7", "q=b")).await.expect("one of the same name is replaced");
}

#[tokio::test]
async fn records_go_when_they_are_older_than_they_are_kept() {
    let bench = Bench::configured().await;
    let boss = who("boss", Role::Administrator);
    assert_eq!(bench.service.retention().await.expect("is read").provisioning_log_days, 30);
    let settings = |days| SettingsEntry {
        retention: Some(RetentionEntry { provisioning_log_days: days }),
        ..SettingsEntry::default()
    };
    for days in [0, 3651] {
        let answer = bench.service.update_settings(&boss, settings(days)).await;
        let Err(ServiceError::Invalid(problems)) = answer else { panic!("{days} days: {answer:?}") };
        assert_eq!(problems[0].path, "settings.retention.provisioningLogDays");
    }
    let refused = bench.service.update_settings(&who("ann", Role::Operator), settings(7)).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden { .. })), "{refused:?}");

    let configuration = bench.storage.configurations().await.expect("are read")[0].id;
    let now = bench.service.now();
    let records = (1..=10).map(|number| {
        let days = i64::try_from(number).expect("small");
        domain::ProvisioningRecord {
            at: now - TimeDelta::days(days) - TimeDelta::minutes(1),
            configuration_id: configuration,
            ..sample::record(11 - number)
        }
    });
    let mut records: Vec<_> = records.collect();
    records.reverse();
    let page = storage::link::PageCommit { records, ..storage::link::PageCommit::default() };
    bench.storage.commit_page(configuration, page).await.expect("is committed");
    assert_eq!(bench.service.expire_records(100).await.expect("expire"), 0);

    bench.service.update_settings(&boss, settings(7)).await.expect("is set");
    assert_eq!(bench.service.settings(&boss).await.expect("are read").retention, settings(7).retention);
    assert_eq!(bench.service.expire_records(3).await.expect("expire"), 3, "in bounded steps");
    assert_eq!(bench.service.expire_records(3).await.expect("expire"), 1);
    assert_eq!(bench.service.expire_records(3).await.expect("expire"), 0);
    let filter = RecordFilter::default();
    let left = bench.service.whole_records(&boss, &filter, PageRequest::first(50)).await.expect("are read");
    assert_eq!(left.items.len(), 6);
    assert!(left.items.iter().all(|record| record.steps.len() == 1 && record.modified.len() == 1));

    let trail =
        bench.service.audit(&boss, &AuditFilter::default(), PageRequest::first(9)).await.expect("reads");
    let entry =
        trail.items.iter().find(|stored| stored.entry.activity == "settings.update").expect("is audited");
    assert!(entry.entry.details.to_string().contains("provisioningLogDays"), "{:?}", entry.entry.details);
}
