//! The provisioning log.

use chrono::{Duration, DurationRound as _, TimeDelta};
use domain::record::{Action, Status};
use domain::{ConfigurationId, ObjectKind, ProvisioningRecord, RecordId, Time};

use super::sample::{
    change_id, configuration_id, configure, cycle_id, drain, failed_record, object_id, put_records, record,
    time,
};
use crate::insight::{OperationSlot, Period};
use crate::link::PageCommit;
use crate::record::RecordFilter;
use crate::{PageRequest, Storage};

fn all() -> RecordFilter {
    RecordFilter::default()
}

/// The numbers of records, found again by their change ids.
pub(super) fn numbers(records: &[ProvisioningRecord]) -> Vec<u128> {
    records
        .iter()
        .map(|found| (1..=20_000).find(|n| change_id(*n) == found.change_id).expect("a known record"))
        .collect()
}

/// What a filter finds, newest first.
pub(super) async fn find(storage: &dyn Storage, filter: &RecordFilter) -> Vec<u128> {
    numbers(&drain(50, |page| storage.records(filter, page)).await)
}

pub async fn a_record_comes_back_whole(storage: &dyn Storage) {
    configure(storage, 1).await;
    let written = [record(1), failed_record(2, "TimeOut", "no answer")];
    put_records(storage, written.to_vec()).await;
    let listed = storage.records(&all(), PageRequest::first(9)).await.expect("are read").items;
    assert!(listed[0].id > listed[1].id);
    for (listed, written) in listed.iter().rev().zip(&written) {
        let found = storage.record(listed.id).await.expect("is read").expect("is there");
        assert_eq!(found, ProvisioningRecord { id: listed.id, ..written.clone() });
    }
    assert!(storage.record(RecordId(9999)).await.expect("is read").is_none());
}

pub async fn lists_leave_steps_and_properties_out(storage: &dyn Storage) {
    configure(storage, 1).await;
    put_records(storage, vec![record(1)]).await;
    let listed = storage.records(&all(), PageRequest::first(9)).await.expect("are read").items;
    let expected =
        ProvisioningRecord { id: listed[0].id, steps: Vec::new(), modified: Vec::new(), ..record(1) };
    assert_eq!(listed, [expected]);
}

pub async fn many_records_get_their_details_at_once(storage: &dyn Storage) {
    configure(storage, 1).await;
    let mut bare = record(2);
    (bare.steps, bare.modified) = (Vec::new(), Vec::new());
    put_records(storage, vec![record(1), bare, failed_record(3, "TimeOut", "no answer")]).await;
    let listed = storage.records(&all(), PageRequest::first(9)).await.expect("are read").items;
    let whole = storage.records_with_details(listed.clone()).await.expect("are read");
    for (whole, listed) in whole.iter().zip(&listed) {
        assert_eq!(Some(whole), storage.record(listed.id).await.expect("is read").as_ref());
    }
    assert_eq!(numbers(&whole), [3, 2, 1]);
}

pub async fn a_list_is_read_backwards_from_any_record(storage: &dyn Storage) {
    configure(storage, 1).await;
    put_records(storage, (1..=30).map(record).collect()).await;
    for filter in [all(), RecordFilter { text: Some("person".to_owned()), ..all() }] {
        let listed = storage.records(&filter, PageRequest::first(30)).await.expect("are read").items;
        let before = PageRequest { limit: 4, after: Some(listed[10].id.to_string()) };
        let turned = RecordFilter { oldest_first: true, ..filter };
        let page = storage.records(&turned, before).await.expect("are read");
        let expected: Vec<_> = listed[6..10].iter().rev().cloned().collect();
        assert_eq!(page.items, expected);
    }
}

pub async fn a_record_is_found_by_its_change(storage: &dyn Storage) {
    configure(storage, 1).await;
    put_records(storage, (1..=30).map(record).collect()).await;
    let found = storage.record_by_change(change_id(17)).await.expect("is read").expect("is there");
    assert_eq!(found, ProvisioningRecord { id: found.id, ..record(17) });
    assert!(storage.record_by_change(change_id(99)).await.expect("is read").is_none());
}

pub async fn pages_lose_nothing_while_records_are_added(storage: &dyn Storage) {
    configure(storage, 1).await;
    for oldest_first in [false, true] {
        let before = find(storage, &all()).await.len() as u128;
        put_records(storage, (before + 1..=before + 25).map(record).collect()).await;
        let filter = RecordFilter { oldest_first, ..all() };
        let mut seen = Vec::new();
        let mut request = PageRequest::first(4);
        let mut added = before + 25;
        loop {
            let page = storage.records(&filter, request).await.expect("is read");
            seen.extend(numbers(&page.items));
            let Some(next) = page.next else { break };
            request = PageRequest { limit: 4, after: Some(next) };
            if added < before + 30 {
                added += 1;
                put_records(storage, vec![record(added)]).await;
            }
        }
        let mut expected: Vec<u128> = (1..=if oldest_first { added } else { before + 25 }).collect();
        if !oldest_first {
            expected.reverse();
        }
        assert_eq!(seen, expected);
    }
}

pub async fn every_filter_narrows(storage: &dyn Storage) {
    configure(storage, 2).await;
    let mut other = record(4);
    other.configuration_id = configuration_id(2);
    other.cycle_id = cycle_id(2);
    other.kind = ObjectKind::Group;
    other.action = Action::Delete;
    other.source.id = object_id(1);
    let failed = failed_record(2, "TimeOut", "no answer");
    let refused = failed_record(3, "TimeOutOfReach", "refused");
    put_records(storage, vec![record(1), failed, refused, other]).await;

    let cases = [
        (RecordFilter { actions: vec![Action::Update], ..all() }, vec![3, 2]),
        (RecordFilter { actions: vec![Action::Update, Action::Delete], ..all() }, vec![4, 3, 2]),
        (RecordFilter { statuses: vec![Status::Success], ..all() }, vec![4, 1]),
        (RecordFilter { statuses: vec![Status::Warning], ..all() }, vec![]),
        (RecordFilter { configuration: Some(configuration_id(2)), ..all() }, vec![4]),
        (RecordFilter { cycle: Some(cycle_id(1)), ..all() }, vec![3, 2, 1]),
        (RecordFilter { kind: Some(ObjectKind::Group), ..all() }, vec![4]),
        (RecordFilter { error_code: Some("TimeOut".to_owned()), ..all() }, vec![2]),
        (RecordFilter { object_id: Some(object_id(1)), ..all() }, vec![4, 1]),
        (RecordFilter { since: Some(time(3)), ..all() }, vec![4, 3]),
        // The end of a period is no part of it.
        (RecordFilter { until: Some(time(3)), ..all() }, vec![2, 1]),
        (RecordFilter { since: Some(time(2)), until: Some(time(4)), ..all() }, vec![3, 2]),
        (RecordFilter { since: Some(time(7200)), ..all() }, vec![]),
        (RecordFilter { until: Some(time(-7200)), ..all() }, vec![]),
        (
            RecordFilter {
                actions: vec![Action::Update],
                statuses: vec![Status::Failure],
                error_code: Some("TimeOutOfReach".to_owned()),
                oldest_first: true,
                ..all()
            },
            vec![3],
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(find(storage, &filter).await, expected, "{filter:?}");
    }
}

/// Operations by hour, from the hour of a moment on.
async fn hours(
    storage: &dyn Storage,
    since: Time,
    configuration: Option<ConfigurationId>,
) -> Vec<OperationSlot> {
    let whole = since.duration_trunc(TimeDelta::hours(1)).expect("an hour");
    let period = Period { since: whole, until: time(1_000_000), slot: TimeDelta::hours(1), configuration };
    storage.operations_over_time(&period).await.expect("are counted")
}

pub async fn hours_are_counted_by_action_and_status(storage: &dyn Storage) {
    configure(storage, 2).await;
    let at = |number: u128, seconds: i64| ProvisioningRecord { at: time(seconds), ..record(number) };
    let mut elsewhere = at(5, 3600);
    elsewhere.configuration_id = configuration_id(2);
    put_records(storage, vec![at(1, 0), at(2, 3599), at(3, 3600), failed_record(4, "TimeOut", "x")]).await;
    put_records(storage, vec![elsewhere, at(6, 10)]).await;

    let first = time(0) - Duration::microseconds(123_456);
    let found = hours(storage, time(0), None).await;
    let counts: Vec<_> = found
        .iter()
        .map(|hour| ((hour.at - first).num_hours(), hour.action, hour.status, hour.count))
        .collect();
    assert_eq!(
        counts,
        [
            (0, Action::Create, Status::Success, 3),
            (0, Action::Update, Status::Failure, 1),
            (1, Action::Create, Status::Success, 2),
        ]
    );
    let later = hours(storage, time(3700), Some(configuration_id(2))).await;
    assert_eq!(later.iter().map(|hour| hour.count).collect::<Vec<_>>(), [1]);
}

pub async fn expired_records_are_gone_everywhere(storage: &dyn Storage) {
    configure(storage, 1).await;
    put_records(storage, (1..=20).map(record).collect()).await;
    let kept = find(storage, &all()).await;
    let gone = storage.records(&all(), PageRequest::first(20)).await.expect("are read").items[19].id;
    assert_eq!(kept.len(), 20);
    assert_eq!(storage.expire_records(time(11), 100).await.expect("expire"), 10);
    assert_eq!(find(storage, &all()).await, (11..=20).rev().collect::<Vec<_>>());
    assert!(storage.record(gone).await.expect("is read").is_none());
    assert!(storage.record_by_change(change_id(1)).await.expect("is read").is_none());
    let text = RecordFilter { text: Some("person".to_owned()), ..all() };
    assert_eq!(find(storage, &text).await.len(), 10);
    let facets = storage.record_facets(&text).await.expect("are counted");
    assert_eq!(facets.actions.iter().map(|(_, count)| count.count).collect::<Vec<_>>(), [10]);
    let counted = hours(storage, time(-9999), None).await;
    assert_eq!(counted.iter().map(|hour| hour.count).sum::<u64>(), 10);
    // New records never get the ids of expired ones.
    storage.expire_records(time(100), 100).await.expect("expire");
    put_records(storage, vec![record(30)]).await;
    let newest = storage.records(&all(), PageRequest::first(1)).await.expect("are read").items[0].id;
    assert!(newest.0 > 20, "{newest}");
}

pub async fn tidying_the_search_changes_nothing_found(storage: &dyn Storage) {
    configure(storage, 1).await;
    for page in 0..40 {
        put_records(storage, (page * 5 + 1..=page * 5 + 5).map(record).collect()).await;
    }
    storage.expire_records(time(21), 20).await.expect("expire");
    let text = RecordFilter { text: Some("person".to_owned()), ..all() };
    let (before, counted) =
        (find(storage, &text).await, storage.record_facets(&text).await.expect("are counted"));
    assert_eq!(before.len(), 180);
    let mut steps = 0;
    while storage.tidy_search().await.expect("is tidied up") {
        steps += 1;
        assert!(steps < 100, "it never ends");
    }
    assert_eq!(find(storage, &text).await, before);
    assert_eq!(storage.record_facets(&text).await.expect("are counted"), counted);
    put_records(storage, vec![record(500)]).await;
    assert_eq!(find(storage, &text).await[0], 500, "and what comes then is found as well");
}

pub async fn expiry_is_bounded(storage: &dyn Storage) {
    configure(storage, 1).await;
    let page = PageCommit { records: (1..=20).map(record).collect(), ..PageCommit::default() };
    storage.commit_page(configuration_id(1), page).await.expect("is committed");
    assert_eq!(storage.expire_records(time(16), 10).await.expect("expire"), 10);
    assert_eq!(storage.expire_records(time(16), 10).await.expect("expire"), 5);
    assert_eq!(storage.expire_records(time(16), 10).await.expect("expire"), 0);
    assert_eq!(find(storage, &all()).await.len(), 5);
}
