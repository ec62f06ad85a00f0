//! Full disks, altered rows and writers in each other's way.

use domain::cycle::Trigger;
use domain::{ObjectKind, ProvisioningRecord};
use storage::audit::AuditFilter;
use storage::contract::sample;
use storage::link::{LinkState, PageCommit};
use storage::record::RecordFilter;
use storage::{
    AuditStore as _, ConfigurationStore as _, CycleStore as _, LinkStore as _, PageRequest, RecordStore as _,
    SettingStore as _, StorageError,
};
use storage_sqlite::{OpenOptions, SqliteStorage};

use crate::{empty, file, raw};

#[tokio::test]
async fn a_full_disk_is_told_and_survived() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = OpenOptions { max_pages: Some(400), ..OpenOptions::default() };
    let storage = SqliteStorage::open(file(&folder), options).await.expect("opens");
    sample::configure(&storage, 1).await;
    let configuration = sample::configuration_id(1);
    let mut pages = 0_u128;
    let error = loop {
        let numbers = pages * 100 + 1..=pages * 100 + 100;
        let page = PageCommit {
            records: numbers.clone().map(sample::record).collect(),
            ..sample::links(ObjectKind::User, numbers)
        };
        match storage.commit_page(configuration, page).await {
            Ok(_) => pages += 1,
            Err(error) => break error,
        }
        assert!(pages < 100, "the disk is never full");
    };
    assert!(matches!(error, StorageError::Full), "{error:?}");
    assert!(pages > 0);

    // Nothing of the failed page is there, everything of the others is, and the database goes on.
    let links = storage.link_count(configuration, LinkState::Active).await.expect("is counted");
    assert_eq!(u128::from(links), pages * 100);
    let newest = storage.records(&RecordFilter::default(), PageRequest::first(1)).await.expect("are read");
    assert_eq!(newest.items[0].change_id, sample::change_id(pages * 100));
    let walked = storage.links_after(configuration, domain::LinkId(0), 1000).await.expect("are read");
    let unlinked =
        PageCommit { unlinked: walked.iter().map(|link| link.id).collect(), ..PageCommit::default() };
    storage.commit_page(configuration, unlinked).await.expect("there is room to make room");
    storage.expire_records(sample::time(50), 50).await.expect("old records can go");
    let page = sample::links(ObjectKind::User, 900_001..=900_020);
    storage.commit_page(configuration, page).await.expect("and then there is room again");
}

#[tokio::test]
async fn a_row_that_cannot_be_understood_is_corrupt() {
    let (storage, folder) = empty().await;
    sample::configure(&storage, 1).await;
    sample::put_records(&storage, vec![sample::record(1)]).await;
    let mut connection = raw(&folder).await;
    for sql in [
        "UPDATE configurations SET plan = 'no JSON'",
        "UPDATE domains SET kind = 'nothing'",
        "UPDATE records SET duration_ms = -1",
    ] {
        sqlx::query(sql).execute(&mut connection).await.expect("is altered");
    }
    let configurations = storage.configurations().await;
    assert!(
        matches!(configurations, Err(StorageError::Corrupt { what: "configuration", .. })),
        "{configurations:?}"
    );
    assert!(matches!(storage.domains().await, Err(StorageError::Corrupt { what: "domain", .. })));
    let records = storage.records(&RecordFilter::default(), PageRequest::first(1)).await;
    assert!(matches!(records, Err(StorageError::Corrupt { .. })), "{records:?}");
}

#[tokio::test]
async fn a_cursor_that_nobody_gave_is_refused() {
    let (storage, _folder) = empty().await;
    let nonsense = || PageRequest { limit: 5, after: Some("'; DROP TABLE".to_owned()) };
    let refused = [
        storage.cycles(None, nonsense()).await.err(),
        storage.audit(&AuditFilter::default(), nonsense()).await.err(),
        storage.records(&RecordFilter::default(), nonsense()).await.err(),
    ];
    for error in refused {
        assert!(matches!(error, Some(StorageError::Stale { what: "page cursor" })), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_wait_for_each_other() {
    let (storage, folder) = empty().await;
    sample::configure(&storage, 1).await;
    let other = crate::open(&folder).await;
    let mut tasks = Vec::new();
    for number in 1..=20_u128 {
        let storage = if number % 2 == 0 { storage.clone() } else { other.clone() };
        tasks.push(tokio::spawn(async move {
            storage.put_setting(&format!("{number}"), &true.into()).await.expect("is put");
            storage.check_storage().await.expect("is alive");
            let records = vec![ProvisioningRecord { ..sample::record(number) }];
            let page = PageCommit { records, ..sample::links(ObjectKind::User, [number]) };
            storage.commit_page(sample::configuration_id(1), page).await.expect("is committed");
        }));
    }
    for task in tasks {
        task.await.expect("ends");
    }
    let records = storage.records(&RecordFilter::default(), PageRequest::first(100)).await.expect("are read");
    assert_eq!(records.items.len(), 20);
}

#[tokio::test]
async fn a_call_that_is_given_up_leaves_nothing_and_blocks_nobody() {
    let (storage, _folder) = empty().await;
    sample::configure(&storage, 1).await;
    let configuration = sample::configuration_id(1);
    for polls in 1..60 {
        let page = sample::links(ObjectKind::User, 1..=200);
        let mut commit = Box::pin(storage.commit_page(configuration, page));
        let mut done = false;
        for _ in 0..polls {
            done = futures::poll!(&mut commit).is_ready();
            if done {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(commit);
        let links = storage.link_count(configuration, LinkState::Active).await.expect("is counted");
        assert!(links == 0 || links == 200, "{links} of 200 links");
        if done {
            break;
        }
    }
    let id = sample::cycle_id(1);
    storage.enqueue_cycle(id, configuration, sample::time(1), Trigger::Manual).await.expect("is queued");
}
