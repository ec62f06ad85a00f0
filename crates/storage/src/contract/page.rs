//! The page commit: everything that one page changes, together or not at all.

use domain::cycle::CycleState;
use domain::{ConfigurationId, CycleId, LinkId, ObjectKind};

use super::sample::{
    attributes, change_id, configuration_id, configure, cycle_id, escrow, link, links, object_id, progress,
    record, running_cycle, time, user,
};
use crate::cycle::CycleEnd;
use crate::directory::{DirectoryObject, DirectoryWrite, DirectoryWritten};
use crate::link::{Intent, LinkState, LinkWrite, MemberWrite, PageCommit, PageOfWrites, Written};
use crate::record::RecordFilter;
use crate::{PageRequest, Storage, StorageError};

const USER: ObjectKind = ObjectKind::User;
const GROUP: ObjectKind = ObjectKind::Group;

fn one() -> ConfigurationId {
    configuration_id(1)
}

async fn commit(storage: &dyn Storage, page: PageCommit) -> Vec<LinkId> {
    storage.commit_page(one(), page).await.expect("is committed")
}

fn members(group: u128, add: &[LinkId], remove: &[LinkId]) -> MemberWrite {
    MemberWrite {
        group_object_id: object_id(group),
        add: add.to_vec(),
        remove: remove.to_vec(),
        ..MemberWrite::default()
    }
}

pub async fn ids_come_back_in_the_order_of_the_writes(storage: &dyn Storage) {
    configure(storage, 1).await;
    // Object ids are in no order, and the second page mixes known and new objects.
    let first = commit(storage, links(USER, 1..=150)).await;
    let second = commit(storage, links(USER, (100..=250).rev())).await;
    for (numbers, ids) in
        [((1..=150).collect::<Vec<_>>(), first), ((100..=250).rev().collect::<Vec<_>>(), second)]
    {
        let stored = storage.target_ids(&ids).await.expect("are read");
        let stored: std::collections::HashMap<_, _> = stored.into_iter().collect();
        for (number, id) in numbers.iter().zip(&ids) {
            assert_eq!(stored.get(id), Some(&format!("target-{number}")));
        }
    }
    assert_eq!(storage.link_count(one(), LinkState::Active).await.expect("is counted"), 250);
}

pub async fn an_update_keeps_id_and_unchanged_export(storage: &dyn Storage) {
    configure(storage, 1).await;
    let first = commit(storage, links(USER, 1..=2)).await;
    let renamed = LinkWrite {
        source_dn: "CN=Renamed".to_owned(),
        state: LinkState::Disabled,
        fingerprint: 7,
        exported: None,
        ..link(USER, 1)
    };
    let changed = LinkWrite { exported: Some(attributes("changed")), ..link(USER, 2) };
    let second = commit(storage, PageCommit { links: vec![renamed, changed], ..PageCommit::default() }).await;
    assert_eq!(first, second);
    let found = storage.links_of(one(), USER, &[object_id(1)]).await.expect("are read");
    assert_eq!(
        found.first().map(|link| (link.source_dn.as_str(), link.state, link.fingerprint)),
        Some(("CN=Renamed", LinkState::Disabled, 7))
    );
    let mut exported = storage.exported(&first).await.expect("are read");
    exported.sort_by_key(|(id, _)| *id);
    assert_eq!(exported, [(first[0], attributes("Object 1")), (first[1], attributes("changed"))]);
}

pub async fn a_group_of_the_same_page_gets_its_members(storage: &dyn Storage) {
    configure(storage, 1).await;
    let users = commit(storage, links(USER, 1..=3)).await;
    let page = PageCommit { members: vec![members(9, &[users[2], users[0]], &[])], ..links(GROUP, [9]) };
    let group = commit(storage, page).await[0];
    assert_eq!(storage.link_members(group).await.expect("are read"), [users[0], users[2]]);
}

pub async fn members_come_and_go(storage: &dyn Storage) {
    configure(storage, 1).await;
    let users = commit(storage, links(USER, 1..=200)).await;
    let groups = commit(storage, links(GROUP, [301, 302])).await;
    commit(
        storage,
        PageCommit {
            members: vec![members(301, &users, &[]), members(302, &users[..2], &[])],
            ..PageCommit::default()
        },
    )
    .await;
    // Known members may be added again, missing ones removed, and one group may be named twice.
    commit(
        storage,
        PageCommit {
            members: vec![
                members(301, &users[..1], &users[1..199]),
                members(302, &users[2..3], &users[..1]),
                members(302, &users[3..4], &users[150..160]),
            ],
            ..PageCommit::default()
        },
    )
    .await;
    let of = |group| storage.link_members(group);
    assert_eq!(of(groups[0]).await.expect("are read"), [users[0], users[199]]);
    assert_eq!(of(groups[1]).await.expect("are read"), [users[1], users[2], users[3]]);
    assert!(of(users[0]).await.expect("are read").is_empty());
}

pub async fn unlinked_objects_lose_their_memberships(storage: &dyn Storage) {
    configure(storage, 1).await;
    let users = commit(storage, links(USER, 1..=3)).await;
    let groups = commit(
        storage,
        PageCommit {
            members: vec![members(8, &users, &[]), members(9, &users, &[])],
            ..links(GROUP, [8, 9])
        },
    )
    .await;
    let page = PageCommit { unlinked: vec![users[1], groups[1]], ..PageCommit::default() };
    commit(storage, page).await;
    assert_eq!(storage.link_members(groups[0]).await.expect("are read"), [users[0], users[2]]);
    assert!(storage.link_members(groups[1]).await.expect("are read").is_empty());
    assert!(storage.exported(&[users[1]]).await.expect("are read").is_empty());
    assert_eq!(storage.link_count(one(), LinkState::Active).await.expect("is counted"), 3);
    // A membership of an object that is gone is passed over.
    let page = PageCommit { members: vec![members(8, &[users[1]], &[])], ..PageCommit::default() };
    commit(storage, page).await;
    assert_eq!(storage.link_members(groups[0]).await.expect("are read"), [users[0], users[2]]);
}

pub async fn an_object_linked_anew_in_the_same_page_gets_a_new_id(storage: &dyn Storage) {
    configure(storage, 1).await;
    let first = commit(storage, links(USER, [1])).await;
    let page = PageCommit { unlinked: first.clone(), ..links(USER, [1]) };
    let second = commit(storage, page).await;
    assert!(second[0] > first[0], "an id never means another object: {first:?} {second:?}");
    let found = storage.links_of(one(), USER, &[object_id(1)]).await.expect("are read");
    assert_eq!(found.iter().map(|link| link.id).collect::<Vec<_>>(), second);
    let page = PageCommit { unlinked: second.clone(), ..PageCommit::default() };
    commit(storage, page).await;
    assert!(commit(storage, links(USER, [2])).await[0] > second[0]);
}

/// A page that touches everything.
async fn whole_page(storage: &dyn Storage) -> PageCommit {
    configure(storage, 1).await;
    running_cycle(storage, 1, one()).await;
    let old = commit(storage, links(USER, [50])).await;
    let intent =
        Intent { change_id: change_id(1), cycle_id: cycle_id(1), payload: "{}".to_owned(), at: time(1) };
    storage.add_intents(one(), &[intent]).await.expect("are added");
    commit(storage, PageCommit { escrows: vec![escrow(60)], ..PageCommit::default() }).await;
    PageCommit {
        settled: vec![change_id(1)],
        unlinked: old,
        members: vec![members(9, &[], &[])],
        escrows: vec![escrow(61)],
        released: vec![(USER, object_id(60))],
        records: vec![record(1), record(2)],
        progress: Some((cycle_id(1), progress(2))),
        ..links(GROUP, [9, 10])
    }
}

/// What of [`whole_page`] is there: links, escrows, intents, records, progress.
async fn state(storage: &dyn Storage) -> (u64, Vec<String>, usize, usize, u64) {
    let records = storage.records(&RecordFilter::default(), PageRequest::first(9)).await.expect("are read");
    let cycle = storage.cycle(cycle_id(1)).await.expect("is read").expect("is there");
    let escrows = storage.escrows(one()).await.expect("are read");
    (
        storage.link_count(one(), LinkState::Active).await.expect("is counted"),
        escrows.into_iter().map(|escrow| escrow.object_id).collect(),
        storage.intents(one()).await.expect("are read").len(),
        records.items.len(),
        cycle.done,
    )
}

pub async fn a_whole_page_moves_together(storage: &dyn Storage) {
    let page = whole_page(storage).await;
    assert_eq!(state(storage).await, (1, vec![object_id(60)], 1, 0, 0));
    commit(storage, page).await;
    assert_eq!(state(storage).await, (2, vec![object_id(61)], 0, 2, 2));
    let cycle = storage.cycle(cycle_id(1)).await.expect("is read").expect("is there");
    assert_eq!((cycle.phase, cycle.counts), (progress(2).phase, progress(2).counts));
}

pub async fn a_failing_page_leaves_nothing(storage: &dyn Storage) {
    let mut page = whole_page(storage).await;
    page.members.push(members(777, &[], &[]));
    let refused = storage.commit_page(one(), page.clone()).await;
    assert!(matches!(refused, Err(StorageError::Stale { .. })), "{refused:?}");
    assert_eq!(state(storage).await, (1, vec![object_id(60)], 1, 0, 0));
    page.members.pop();
    commit(storage, page).await;
    assert_eq!(state(storage).await, (2, vec![object_id(61)], 0, 2, 2));
}

pub async fn a_page_of_a_cycle_that_does_not_run_is_refused(storage: &dyn Storage) {
    let page = whole_page(storage).await;
    let mut next = || CycleId::new(super::sample::uuid(77));
    storage.interrupt_expired_cycles(time(9), true, &mut next).await.expect("is interrupted");
    let refused = storage.commit_page(one(), page).await;
    assert!(matches!(refused, Err(StorageError::Stale { what: "cycle" })), "{refused:?}");
    assert_eq!(state(storage).await, (1, vec![object_id(60)], 1, 0, 0));
    let cycle = storage.cycle(cycle_id(1)).await.expect("is read").expect("is there");
    assert_eq!(cycle.state, CycleState::Interrupted);
    let end = CycleEnd {
        state: CycleState::Succeeded,
        counts: cycle.counts,
        done: 0,
        problem: None,
        notes: Vec::new(),
    };
    let ended = storage.end_cycle(cycle_id(1), time(10), end, None).await;
    assert!(matches!(ended, Err(StorageError::Stale { .. })), "{ended:?}");
}

pub async fn a_page_for_no_configuration_is_stale(storage: &dyn Storage) {
    let refused = storage.commit_page(one(), links(USER, [1])).await;
    assert!(matches!(refused, Err(StorageError::Stale { .. })), "{refused:?}");
}

pub async fn writes_and_the_page_that_follows_are_one(storage: &dyn Storage) {
    let page = whole_page(storage).await;
    let writes = || {
        [user(1, "Anna"), DirectoryObject { anchor: "anchor-1".to_owned(), ..user(2, "Berta") }]
            .map(|object| DirectoryWrite::Create { object, members: Vec::new() })
            .to_vec()
    };
    let there = || async {
        let found = storage.directory_by_anchors(USER, &["anchor-1".to_owned()]).await.expect("are read");
        found.into_iter().map(|object| object.display_name).collect::<Vec<_>>()
    };
    // Whoever makes the page gives up.
    let nothing: PageOfWrites<'_> = Box::new(|_| Box::pin(async { None }));
    let given_up = storage.commit_with_writes(one(), writes(), nothing).await;
    assert!(matches!(given_up, Err(StorageError::Stale { what: "page" })), "{given_up:?}");
    // The page is refused.
    let mut refused = page.clone();
    refused.members.push(members(777, &[], &[]));
    let refused =
        storage.commit_with_writes(one(), writes(), Box::new(|_| Box::pin(async { Some(refused) }))).await;
    assert!(matches!(refused, Err(StorageError::Stale { .. })), "{refused:?}");
    assert_eq!((state(storage).await, there().await), ((1, vec![object_id(60)], 1, 0, 0), Vec::new()));
    // Both are carried out, and the page is made of what became of the writes.
    let taken: PageOfWrites<'_> = Box::new(|written: Written| {
        assert_eq!(written.outcomes.len(), 2);
        assert_eq!(written.outcomes[0], DirectoryWritten::Done);
        assert!(matches!(written.outcomes[1], DirectoryWritten::Conflict { .. }), "{written:?}");
        assert_eq!(written.holders.iter().map(|holder| &holder.id).collect::<Vec<_>>(), [&user(1, "").id]);
        Box::pin(async { Some(page) })
    });
    storage.commit_with_writes(one(), writes(), taken).await.expect("is committed");
    assert_eq!(state(storage).await, (2, vec![object_id(61)], 0, 2, 2));
    assert_eq!(there().await, ["Anna"]);
}
