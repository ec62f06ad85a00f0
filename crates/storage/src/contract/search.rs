//! Searching the provisioning log.

use chrono::{DateTime, TimeDelta};
use domain::record::{Action, Status};
use domain::{ObjectKind, ProvisioningRecord};

use super::record::{find, numbers};
use super::sample::{change_id, configure, failed_record, object_id, put_records, record, time};
use crate::record::{CappedCount, Facets, RecordFilter};
use crate::{PageRequest, Storage};

fn text(text: &str) -> RecordFilter {
    RecordFilter { text: Some(text.to_owned()), ..RecordFilter::default() }
}

fn named(number: u128, name: &str) -> ProvisioningRecord {
    let mut record = record(number);
    name.clone_into(&mut record.source.display_name);
    record
}

pub async fn text_is_found_anywhere(storage: &dyn Storage) {
    configure(storage, 1).await;
    let mut records: Vec<_> = (1..=40).map(record).collect();
    records[6] = failed_record(7, "AttributeValueMustBeUnique", "proxyAddresses belongs to somebody else");
    put_records(storage, records).await;
    let change = change_id(7).to_string();
    for wanted in [
        "PERSON7@",
        "rson7@Nort",
        &object_id(7),
        &object_id(7)[9..18],
        &change,
        &change[4..],
        "AttributeValueMustBe",
        "roxyAddresses belongs",
        "somebody",
    ] {
        assert_eq!(find(storage, &text(wanted)).await, [7], "{wanted}");
    }
    assert_eq!(find(storage, &text("target-7")).await, [7]);
    assert_eq!(find(storage, &text("target-")).await.len(), 40);
    assert_eq!(find(storage, &text("  ")).await.len(), 40, "no words, no condition");
    assert!(find(storage, &text("nowhere")).await.is_empty());
}

pub async fn case_makes_no_difference_in_any_alphabet(storage: &dyn Storage) {
    configure(storage, 1).await;
    let names = ["Jürgen GROẞ", "ΟΔΥΣΣΕΎΣ", "Ђорђе", "ÅSA ÖBERG"];
    put_records(storage, (1..).zip(names).map(|(n, name)| named(n, name)).collect()).await;
    for (wanted, number) in
        [("JÜRGEN", 1), ("groß", 1), ("οδυσσ", 2), ("ΔΥΣΣΕΎ", 2), ("ЂОРЂЕ", 3), ("åsa", 4), ("öBeRg", 4)]
    {
        assert_eq!(find(storage, &text(wanted)).await, [number], "{wanted}");
    }
}

pub async fn every_word_must_be_found(storage: &dyn Storage) {
    configure(storage, 1).await;
    put_records(storage, vec![named(1, "Anna Berg"), named(2, "Anna Tal"), named(3, "Bert Berg")]).await;
    assert_eq!(find(storage, &text("berg anna")).await, [1]);
    assert_eq!(find(storage, &text("anna")).await, [2, 1]);
    assert_eq!(find(storage, &text("anna berg tal")).await, Vec::<u128>::new());
    assert_eq!(find(storage, &text("anna north tal")).await, [2], "words of different fields");
}

pub async fn short_words_are_found(storage: &dyn Storage) {
    configure(storage, 1).await;
    put_records(storage, vec![named(1, "Wu Qq"), named(2, "Anna Qx"), named(3, "Anna Berg")]).await;
    assert_eq!(find(storage, &text("qq")).await, [1]);
    assert_eq!(find(storage, &text("q")).await, [2, 1]);
    assert_eq!(find(storage, &text("anna qx")).await, [2]);
    let facets = storage.record_facets(&text("q")).await.expect("are counted");
    assert_eq!(facets.actions, [(Action::Create, CappedCount { count: 2, capped: false })]);
}

pub async fn signs_of_query_languages_are_text(storage: &dyn Storage) {
    configure(storage, 1).await;
    let odd =
        ["100% sure", "under_score", "quo\"te's", "star*star", "a:b^c", "(NEAR AND OR NOT)", "back\\slash"];
    put_records(storage, (1..).zip(odd).map(|(n, name)| named(n, name)).collect()).await;
    for (number, name) in (1..).zip(odd) {
        assert_eq!(find(storage, &text(name)).await, [number], "{name}");
    }
    for wanted in
        ["%%%", "___", "***", "\"\"\"", "''' OR 1=1 --", "body:anna", "^star", "\u{0}\u{0}\u{0}", "{}"]
    {
        assert_eq!(find(storage, &text(wanted)).await, Vec::<u128>::new(), "{wanted}");
    }
}

pub async fn rows_that_only_look_alike_are_not_found(storage: &dyn Storage) {
    configure(storage, 1).await;
    // The second has every three letters of the first in a row, and not the word.
    put_records(storage, vec![named(1, "abcabd"), named(2, "bcabd abca")]).await;
    assert_eq!(find(storage, &text("abcabd")).await, [1]);
    let facets = storage.record_facets(&text("abcabd")).await.expect("are counted");
    assert_eq!(facets.kinds, [(ObjectKind::User, CappedCount { count: 1, capped: false })]);
}

pub async fn text_and_filters_narrow_together(storage: &dyn Storage) {
    configure(storage, 1).await;
    put_records(
        storage,
        (1..=30)
            .map(|n| if n % 3 == 0 { failed_record(n, "TimeOut", "no answer") } else { record(n) })
            .collect(),
    )
    .await;
    let filter = RecordFilter {
        statuses: vec![Status::Failure, Status::Warning],
        error_code: Some("TimeOut".to_owned()),
        ..text("OU=people person")
    };
    assert_eq!(find(storage, &filter).await, (1..=10).rev().map(|n| n * 3).collect::<Vec<_>>());
    let one = RecordFilter { oldest_first: true, ..text("person12@north") };
    assert_eq!(find(storage, &one).await, [12]);
}

pub async fn pages_of_a_search_lose_nothing(storage: &dyn Storage) {
    configure(storage, 1).await;
    put_records(
        storage,
        (1..=60).map(|n| named(n, if n % 7 == 0 { "Rare Bird" } else { "Common Bird" })).collect(),
    )
    .await;
    for (wanted, every) in [("bird", 1), ("rare bird", 7), ("ra", 7)] {
        for oldest_first in [false, true] {
            let filter = RecordFilter { oldest_first, ..text(wanted) };
            let mut seen = Vec::new();
            let mut request = PageRequest::first(3);
            loop {
                let page = storage.records(&filter, request).await.expect("is read");
                seen.extend(numbers(&page.items));
                let Some(next) = page.next else { break };
                request = PageRequest { limit: 3, after: Some(next) };
            }
            let mut expected: Vec<u128> = (1..=60).filter(|n| n % every == 0).collect();
            if !oldest_first {
                expected.reverse();
            }
            assert_eq!(seen, expected, "{wanted}");
        }
    }
}

fn counted<T: Copy>(counts: &[(T, CappedCount)]) -> Vec<(T, u64)> {
    counts.iter().map(|(value, count)| (*value, count.count)).collect()
}

pub async fn facets_leave_their_own_filter_out(storage: &dyn Storage) {
    configure(storage, 1).await;
    let mut group = failed_record(4, "TimeOut", "x");
    group.kind = ObjectKind::Group;
    put_records(storage, vec![record(1), record(2), failed_record(3, "TimeOut", "x"), group]).await;
    put_records(storage, vec![failed_record(5, "Unauthorized", "x")]).await;

    let everything = storage.record_facets(&RecordFilter::default()).await.expect("are counted");
    assert_eq!(counted(&everything.actions), [(Action::Create, 2), (Action::Update, 3)]);
    assert_eq!(counted(&everything.statuses), [(Status::Success, 2), (Status::Failure, 3)]);
    assert_eq!(counted(&everything.kinds), [(ObjectKind::User, 4), (ObjectKind::Group, 1)]);
    let codes: Vec<_> =
        everything.error_codes.iter().map(|(code, count)| (code.as_str(), count.count)).collect();
    assert_eq!(codes, [("TimeOut", 2), ("Unauthorized", 1)]);

    let filter = RecordFilter {
        statuses: vec![Status::Failure],
        kind: Some(ObjectKind::User),
        ..RecordFilter::default()
    };
    let facets = storage.record_facets(&filter).await.expect("are counted");
    assert_eq!(counted(&facets.actions), [(Action::Update, 2)]);
    assert_eq!(counted(&facets.statuses), [(Status::Success, 2), (Status::Failure, 2)]);
    assert_eq!(counted(&facets.kinds), [(ObjectKind::User, 2), (ObjectKind::Group, 1)]);
}

pub async fn facets_of_a_text_count_what_is_found(storage: &dyn Storage) {
    configure(storage, 1).await;
    put_records(storage, (1..=30).map(record).collect()).await;
    put_records(storage, (31..=35).map(|n| failed_record(n, "TimeOut", "no answer")).collect()).await;
    let filter = RecordFilter { text: Some("no answer".to_owned()), ..RecordFilter::default() };
    let facets = storage.record_facets(&filter).await.expect("are counted");
    assert_eq!(counted(&facets.statuses), [(Status::Failure, 5)]);
    assert_eq!(facets.error_codes[0], ("TimeOut".to_owned(), CappedCount { count: 5, capped: false }));
    let nothing = RecordFilter { text: Some("nowhere".to_owned()), ..RecordFilter::default() };
    assert_eq!(storage.record_facets(&nothing).await.expect("are counted"), Facets::default());
}

pub async fn facets_stop_counting_at_the_cap(storage: &dyn Storage) {
    configure(storage, 1).await;
    let many = u128::from(Facets::CAP) + 5;
    for first in (1..=many).step_by(500) {
        put_records(storage, (first..(first + 500).min(many + 1)).map(record).collect()).await;
    }
    put_records(storage, (many + 1..=many + 3).map(|n| failed_record(n, "TimeOut", "no answer")).collect())
        .await;
    let capped = CappedCount { count: Facets::CAP, capped: true };
    let few = CappedCount { count: 3, capped: false };
    let facets = storage.record_facets(&RecordFilter::default()).await.expect("are counted");
    assert_eq!(facets.actions, [(Action::Create, capped), (Action::Update, few)]);
    assert_eq!(facets.statuses, [(Status::Success, capped), (Status::Failure, few)]);
    assert_eq!(facets.kinds, [(ObjectKind::User, capped)]);
    assert_eq!(facets.error_codes, [("TimeOut".to_owned(), few)]);
    assert!(!facets.partial);
    // Of a text's many hits the newest are counted: each count is at least that.
    let facets = storage.record_facets(&text("person")).await.expect("are counted");
    assert!(facets.partial);
    assert_eq!(facets.kinds, [(ObjectKind::User, capped)]);
    assert!(facets.actions.iter().all(|(_, count)| count.capped), "{facets:?}");
    assert_eq!(counted(&facets.statuses)[1], (Status::Failure, 3));
}

pub async fn facets_of_a_period_do_not_count_what_came_after_it(storage: &dyn Storage) {
    configure(storage, 1).await;
    let end = DateTime::from_timestamp(1_767_268_800, 0).expect("a whole hour");
    let early = 500_u128;
    let late = early + u128::from(Facets::CAP) + 100;
    for first in (1..=late).step_by(1000) {
        let at = |number| if number <= early { end - TimeDelta::minutes(1) } else { end };
        let records = (first..first + 1000).take_while(|number| *number <= late);
        put_records(storage, records.map(|n| ProvisioningRecord { at: at(n), ..record(n) }).collect()).await;
    }
    let filter = RecordFilter { until: Some(end), ..text("person") };
    let facets = storage.record_facets(&filter).await.expect("are counted");
    let all = CappedCount { count: 500, capped: false };
    assert_eq!(facets.statuses, [(Status::Success, all)], "{facets:?}");
}

pub async fn a_period_is_exact_where_times_do_not_rise_with_the_ids(storage: &dyn Storage) {
    configure(storage, 1).await;
    // Ten hours, each id somewhere else in them.
    let minute = |number: u128| i64::try_from(number * 377 % 600).expect("small");
    let at = |minutes: i64| time(minutes * 60);
    let records = (1..=600).map(|n| ProvisioningRecord { at: at(minute(n)), ..record(n) });
    put_records(storage, records.collect()).await;
    for (since, until) in [(Some(95), None), (None, Some(95)), (Some(60), Some(180)), (Some(301), Some(302))]
    {
        let fits = |n: &u128| since.is_none_or(|m| minute(*n) >= m) && until.is_none_or(|m| minute(*n) < m);
        let wanted: Vec<_> = (1..=600).rev().filter(fits).map(change_id).collect();
        assert!(!wanted.is_empty(), "else this shows nothing");
        for words in ["", "person", "people"] {
            let filter = RecordFilter { since: since.map(at), until: until.map(at), ..text(words) };
            let page = storage.records(&filter, PageRequest::first(1000)).await.expect("is read");
            let found: Vec<_> = page.items.iter().map(|record| record.change_id).collect();
            assert_eq!(found, wanted, "{since:?} {until:?} {words:?}");
            let both = storage.records_with_facets(&filter, PageRequest::first(1000)).await;
            assert_eq!(both.expect("are read").0, page, "{since:?} {until:?} {words:?}");
        }
    }
}

pub async fn a_page_with_facets_is_the_page_and_the_facets(storage: &dyn Storage) {
    configure(storage, 1).await;
    let records = (1..=900).map(|n| match n % 3 {
        0 => failed_record(n, "TimeOut", "no answer"),
        _ => named(n, if n % 2 == 0 { "Rare Bird" } else { "Common Bird" }),
    });
    put_records(storage, records.collect()).await;
    let wanted = [text(""), text("bird"), text("rare bird"), text("person7"), text("ra"), text("nowhere")];
    for filter in wanted {
        for statuses in [vec![], vec![Status::Success], vec![Status::Failure]] {
            for oldest_first in [false, true] {
                let filter = RecordFilter { statuses: statuses.clone(), oldest_first, ..filter.clone() };
                let facets = storage.record_facets(&filter).await.expect("are counted");
                let mut request = PageRequest::first(7);
                for _ in 0..3 {
                    let page = storage.records(&filter, request.clone()).await.expect("is read");
                    let both = storage.records_with_facets(&filter, request).await.expect("are read");
                    assert_eq!(both, (page.clone(), facets.clone()), "{filter:?}");
                    let Some(next) = page.next else { break };
                    request = PageRequest { limit: 7, after: Some(next) };
                }
            }
        }
    }
}
