//! Links, escrows and intents.

use domain::value::Attributes;
use domain::{Cursor, LinkId, ObjectKind, Tracking, Value};

use super::sample::{change_id, configuration_id, configure, cycle_id, escrow, link, links, object_id, time};
use crate::link::{Escrow, Intent, Link, LinkState, LinkWrite, MemberWrite, PageCommit, Waiting};
use crate::{PageRequest, Storage, StorageError};

const USER: ObjectKind = ObjectKind::User;

async fn linked(storage: &dyn Storage, kind: ObjectKind, number: u128) -> Option<Link> {
    storage
        .links_of(configuration_id(1), kind, &[object_id(number)])
        .await
        .expect("are read")
        .into_iter()
        .next()
}

pub async fn links_come_back_by_object(storage: &dyn Storage) {
    configure(storage, 1).await;
    let ids = storage.commit_page(configuration_id(1), links(USER, 1..=3)).await.expect("is committed");
    let written = link(USER, 2);
    let expected = Link {
        id: ids[1],
        kind: written.kind,
        object_id: written.object_id,
        anchor: written.anchor,
        source_dn: written.source_dn,
        display_name: written.display_name,
        target_id: written.target_id,
        state: written.state,
        fingerprint: written.fingerprint,
    };
    assert_eq!(linked(storage, USER, 2).await, Some(expected));
    assert_eq!(linked(storage, ObjectKind::Group, 2).await, None, "another kind is another object");
    let asked: Vec<_> = [3, 9, 1].map(object_id).to_vec();
    let found = storage.links_of(configuration_id(1), USER, &asked).await.expect("are read");
    assert_eq!(found.len(), 2);
    assert!(storage.links_of(configuration_id(1), USER, &[]).await.expect("are read").is_empty());
    let mut targets = storage.target_ids(&ids).await.expect("are read");
    targets.sort_unstable();
    assert_eq!(targets[2], (ids[2], "target-3".to_owned()));
}

pub async fn configurations_do_not_see_each_others_links(storage: &dyn Storage) {
    configure(storage, 2).await;
    storage.commit_page(configuration_id(1), links(USER, 1..=2)).await.expect("is committed");
    let other = storage.commit_page(configuration_id(2), links(USER, [1])).await.expect("is committed");
    let found = storage.links_of(configuration_id(2), USER, &[1, 2].map(object_id)).await.expect("are read");
    assert_eq!(found.iter().map(|link| link.id).collect::<Vec<_>>(), other);
    let page = PageCommit { unlinked: other.clone(), ..PageCommit::default() };
    storage.commit_page(configuration_id(1), page).await.expect("is committed");
    let walked = storage.links_after(configuration_id(2), LinkId(0), 9).await.expect("are read");
    assert_eq!(walked.iter().map(|link| link.id).collect::<Vec<_>>(), other, "not its own to unlink");
}

pub async fn every_kind_of_value_survives_its_export(storage: &dyn Storage) {
    configure(storage, 1).await;
    let exported = Attributes::from([
        ("text".to_owned(), Value::text("Zoë \"x\" \\ \u{0}\u{1f600}")),
        ("flag".to_owned(), Value::Boolean(false)),
        ("number".to_owned(), Value::Integer(i64::MIN)),
        ("bytes".to_owned(), Value::Binary(vec![0, 1, 255])),
        ("manager".to_owned(), Value::Reference("target-1".to_owned())),
        ("many".to_owned(), Value::Many(vec![Value::text("a"), Value::text("b")])),
    ]);
    let written = LinkWrite { exported: Some(exported.clone()), ..link(USER, 1) };
    let page = PageCommit { links: vec![written], ..PageCommit::default() };
    let ids = storage.commit_page(configuration_id(1), page).await.expect("is committed");
    assert_eq!(storage.exported(&ids).await.expect("are read"), [(ids[0], exported)]);
    assert!(storage.exported(&[LinkId(999)]).await.expect("are read").is_empty());
}

pub async fn links_are_walked_in_the_order_of_their_ids(storage: &dyn Storage) {
    configure(storage, 2).await;
    storage.commit_page(configuration_id(1), links(USER, 1..=5)).await.expect("is committed");
    storage.commit_page(configuration_id(2), links(USER, 1..=5)).await.expect("is committed");
    storage.commit_page(configuration_id(1), links(ObjectKind::Group, 6..=8)).await.expect("is committed");
    let (mut after, mut walked) = (LinkId(0), Vec::new());
    loop {
        let page = storage.links_after(configuration_id(1), after, 3).await.expect("are read");
        let Some(last) = page.last() else { break };
        after = last.id;
        walked.extend(page);
    }
    assert_eq!(walked.len(), 8);
    assert!(walked.is_sorted_by(|one, other| one.id < other.id));
}

pub async fn links_are_counted_by_state_and_kind(storage: &dyn Storage) {
    configure(storage, 2).await;
    let mut page = links(USER, 1..=4);
    page.links[0].state = LinkState::Disabled;
    page.links.push(link(ObjectKind::Group, 9));
    storage.commit_page(configuration_id(1), page).await.expect("is committed");
    let count = |state| storage.link_count(configuration_id(1), state);
    assert_eq!(count(LinkState::Active).await.expect("is counted"), 4);
    assert_eq!(count(LinkState::Disabled).await.expect("is counted"), 1);
    let mut by_kind = storage.link_counts(configuration_id(1)).await.expect("are counted");
    by_kind.sort_unstable();
    assert_eq!(by_kind, [(USER, 3), (ObjectKind::Group, 1)]);
    assert!(storage.link_counts(configuration_id(2)).await.expect("are counted").is_empty());
}

pub async fn long_lists_of_ids_are_taken(storage: &dyn Storage) {
    configure(storage, 1).await;
    storage.commit_page(configuration_id(1), links(USER, 1..=3)).await.expect("is committed");
    let objects: Vec<_> = (1..=40_000).map(object_id).collect();
    let found = storage.links_of(configuration_id(1), USER, &objects).await.expect("are read");
    assert_eq!(found.len(), 3);
    let ids: Vec<_> = (0..40_000).map(LinkId).collect();
    assert_eq!(storage.target_ids(&ids).await.expect("are read").len(), 3);
    assert_eq!(storage.exported(&ids).await.expect("are read").len(), 3);
    let escrows = storage.escrows_of(configuration_id(1), USER, &objects).await.expect("are read");
    assert!(escrows.is_empty());
}

fn intent(number: u128) -> Intent {
    Intent {
        change_id: change_id(number),
        cycle_id: cycle_id(1),
        payload: format!("{{\"number\":{number}}}"),
        at: time(1),
    }
}

pub async fn intents_wait_in_their_order_until_they_are_settled(storage: &dyn Storage) {
    configure(storage, 2).await;
    let of = configuration_id(1);
    storage.add_intents(of, &[intent(5), intent(1), intent(3)]).await.expect("are added");
    storage.add_intents(of, &[intent(2)]).await.expect("are added");
    storage.add_intents(of, &[]).await.expect("nothing is added");
    storage.add_intents(configuration_id(2), &[intent(4)]).await.expect("are added");
    let waiting = storage.intents(of).await.expect("are read");
    assert_eq!(waiting, [intent(5), intent(1), intent(3), intent(2)]);
    let page = PageCommit { settled: vec![change_id(1), change_id(2)], ..PageCommit::default() };
    storage.commit_page(of, page).await.expect("is committed");
    assert_eq!(storage.intents(of).await.expect("are read"), [intent(5), intent(3)]);
    assert_eq!(storage.intents(configuration_id(2)).await.expect("are read"), [intent(4)]);
    let repeated = storage.add_intents(of, &[intent(6), intent(5)]).await;
    assert!(repeated.is_err(), "a change is announced once");
    assert_eq!(storage.intents(of).await.expect("are read").len(), 2);
}

pub async fn what_waits_is_told_in_one_answer(storage: &dyn Storage) {
    configure(storage, 2).await;
    let (of, other) = (configuration_id(1), configuration_id(2));
    assert_eq!(storage.waiting(of).await.expect("is read"), Waiting::default());
    assert_eq!(storage.waiting(configuration_id(9)).await.expect("is read"), Waiting::default(), "unknown");
    storage.commit_page(of, links(ObjectKind::Group, [8])).await.expect("is committed");
    let ids = storage.commit_page(of, links(USER, 1..=2)).await.expect("is committed");
    let member =
        |add, leaving| MemberWrite { group_object_id: object_id(8), add, leaving, ..MemberWrite::default() };
    let cursor = Cursor { tracking: Tracking::DirSync, value: "here".to_owned() };
    let page = PageCommit {
        members: vec![member(vec![ids[0]], Vec::new())],
        cursor: Some(cursor.clone()),
        ..PageCommit::default()
    };
    storage.commit_page(of, page).await.expect("is committed");
    let mut expected = Waiting { cursor: Some(cursor), ..Waiting::default() };
    assert_eq!(storage.waiting(of).await.expect("is read"), expected, "nothing but a position");

    let page = PageCommit { unsettled: vec![7], ..PageCommit::default() };
    storage.commit_page(of, page).await.expect("is committed");
    expected.unsettled = true;
    assert_eq!(storage.waiting(of).await.expect("is read"), expected);
    storage.add_intents(of, &[intent(5)]).await.expect("are added");
    expected.intents = true;
    assert_eq!(storage.waiting(of).await.expect("is read"), expected);
    let page = PageCommit { members: vec![member(Vec::new(), vec![ids[0]])], ..PageCommit::default() };
    storage.commit_page(of, page).await.expect("is committed");
    expected.leaving_members = true;
    assert_eq!(storage.waiting(of).await.expect("is read"), expected);
    let page = PageCommit { leaving: vec![ids[1]], escrows: vec![escrow(3)], ..PageCommit::default() };
    storage.commit_page(of, page).await.expect("is committed");
    (expected.leaving, expected.escrows) = (true, true);
    assert_eq!(storage.waiting(of).await.expect("is read"), expected);
    assert_eq!(storage.waiting(other).await.expect("is read"), Waiting::default(), "another's");
}

pub async fn escrows_are_paged_and_their_next_attempt_is_brought_forward(storage: &dyn Storage) {
    configure(storage, 2).await;
    let of = configuration_id(1);
    let waiting = |number| Escrow { next_attempt_at: time(90), ..escrow(number) };
    let group = Escrow { kind: ObjectKind::Group, ..waiting(2) };
    let escrows = vec![waiting(1), waiting(2), waiting(3), group.clone(), Escrow { ..escrow(4) }];
    storage.commit_page(of, PageCommit { escrows, ..PageCommit::default() }).await.expect("is committed");
    let other = PageCommit { escrows: vec![waiting(1)], ..PageCommit::default() };
    storage.commit_page(configuration_id(2), other).await.expect("is committed");

    let mut seen = Vec::new();
    let mut page = storage.escrow_page(of, PageRequest::first(2)).await.expect("is read");
    assert_eq!(page.items[0], group, "by kind, then by id");
    loop {
        seen.extend(page.items.into_iter().map(|escrow| (escrow.kind.to_string(), escrow.object_id)));
        let Some(after) = page.next else { break };
        let request = PageRequest { limit: 2, after: Some(after) };
        page = storage.escrow_page(of, request).await.expect("is read");
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted());
    let senseless = PageRequest { limit: 2, after: Some("x".to_owned()) };
    assert!(matches!(storage.escrow_page(of, senseless).await, Err(StorageError::Stale { .. })));

    let next = async |kind, number| {
        let found = storage.escrows_of(of, kind, &[object_id(number)]).await.expect("are read");
        found[0].next_attempt_at
    };
    let one = [(USER, object_id(2)), (USER, object_id(99))];
    assert_eq!(storage.hasten_escrows(of, Some(&one), time(50)).await.expect("is done"), 1);
    assert_eq!(next(USER, 2).await, time(50));
    assert_eq!(next(ObjectKind::Group, 2).await, time(90), "another kind is another object");
    assert_eq!(storage.hasten_escrows(of, None, time(50)).await.expect("is done"), 5);
    assert_eq!(next(USER, 1).await, time(50));
    assert_eq!(next(USER, 4).await, time(2), "what was due before stays due");
    let untouched = storage.escrows(configuration_id(2)).await.expect("are read");
    assert_eq!(untouched[0].next_attempt_at, time(90));
}

pub async fn escrows_are_replaced_released_and_cleared(storage: &dyn Storage) {
    configure(storage, 2).await;
    let of = configuration_id(1);
    let page = PageCommit { escrows: (1..=4).map(escrow).collect(), ..PageCommit::default() };
    storage.commit_page(of, page).await.expect("is committed");
    let second = Escrow { attempts: 2, next_attempt_at: time(99), ..escrow(1) };
    let page = PageCommit {
        escrows: vec![second.clone()],
        released: vec![(USER, object_id(2)), (ObjectKind::Group, object_id(3))],
        ..PageCommit::default()
    };
    storage.commit_page(of, page).await.expect("is committed");
    let asked = [1, 2, 3].map(object_id);
    let mut found = storage.escrows_of(of, USER, &asked).await.expect("are read");
    found.sort_by_key(|escrow| escrow.attempts);
    assert_eq!(found, [escrow(3), second.clone()]);
    assert_eq!(storage.escrow_count(of).await.expect("is counted"), 3);
    assert_eq!(storage.escrow_count(configuration_id(2)).await.expect("is counted"), 0);
    assert_eq!(storage.escrow_codes(of).await.expect("are counted"), [(second.code.clone(), 3)]);
    assert_eq!(storage.escrow_codes(configuration_id(2)).await.expect("are counted"), []);
    storage.clear_escrows(of, &[(USER, object_id(3)), (USER, object_id(4))]).await.expect("are cleared");
    assert_eq!(storage.escrows(of).await.expect("are read"), [second]);
}
