//! The pieces of the search index.

use domain::record::Status;
use storage::contract::sample;
use storage::record::RecordFilter;
use storage::{PageRequest, RecordStore as _};

use crate::{empty, raw};

#[tokio::test]
async fn tidying_up_leaves_few_pieces() {
    let (storage, folder) = empty().await;
    sample::configure(&storage, 1).await;
    for number in 1..=60 {
        sample::put_records(&storage, vec![sample::record(number)]).await;
    }
    let mut connection = raw(&folder).await;
    let mut pieces = async || -> i64 {
        sqlx::query_scalar("SELECT count(DISTINCT segid) FROM record_search_idx")
            .fetch_one(&mut connection)
            .await
            .expect("are counted")
    };
    assert!(pieces().await > 8, "else this shows nothing");
    while storage.tidy_search().await.expect("is tidied up") {}
    let left = pieces().await;
    assert!((1..=4).contains(&left), "{left}");
}

#[tokio::test]
async fn a_search_by_the_rarest_trigrams_finds_what_one_by_all_of_them_does() {
    let (storage, _folder) = empty().await;
    sample::configure(&storage, 1).await;
    for page in 0..7 {
        sample::put_records(&storage, (page * 100 + 1..=page * 100 + 100).map(sample::record).collect())
            .await;
    }
    let searched = [
        "person 123".to_owned(),
        "erson612@nor".to_owned(),
        // Eleven of seven hundred: rare, and in an order.
        "erson61".to_owned(),
        sample::object_id(333),
        sample::change_id(7).to_string(),
        "nobody at all".to_owned(),
    ];
    let find = async |text: &String| {
        let filter = RecordFilter { text: Some(text.clone()), ..RecordFilter::default() };
        let (page, facets) =
            storage.records_with_facets(&filter, PageRequest::first(50)).await.expect("are found");
        (page.items, facets)
    };
    let mut before = Vec::new();
    for text in &searched {
        before.push(find(text).await);
    }
    assert!(before[..5].iter().all(|(found, _)| !found.is_empty()), "else this shows nothing");
    while storage.tidy_search().await.expect("is tidied up") {}
    for (text, before) in searched.iter().zip(before) {
        assert_eq!(find(text).await, before, "{text}");
    }
}

#[tokio::test]
async fn more_than_few_hits_of_a_rare_text_are_found_in_one_go_as_they_are_otherwise() {
    let (storage, _folder) = empty().await;
    sample::configure(&storage, 1).await;
    // 405 of twenty thousand, and a hundred with the same trigrams that are found and are none.
    let records: Vec<_> = (1..=20_000)
        .map(|number| {
            let mut record = sample::record(number);
            match number % 148 {
                1 | 50 | 100 => record.source.display_name = "Quiz Quiet".to_owned(),
                10 if number % 3 != 0 => record.source.display_name = "Quiet qui uiz".to_owned(),
                _ => {}
            }
            if number % 2 == 0 {
                record.status = Status::Skipped;
            }
            record
        })
        .collect();
    sample::put_records(&storage, records).await;
    let mut filters = Vec::new();
    for statuses in [vec![], vec![Status::Skipped]] {
        for oldest_first in [false, true] {
            let text = Some("quiz".to_owned());
            filters.push(RecordFilter {
                text,
                statuses: statuses.clone(),
                oldest_first,
                ..RecordFilter::default()
            });
        }
    }
    let find = async || {
        let mut all = Vec::new();
        for filter in &filters {
            let mut request = PageRequest::first(100);
            loop {
                let (page, facets) = storage.records_with_facets(filter, request).await.expect("are found");
                all.push((page.items, facets));
                let Some(next) = page.next else { break };
                request = PageRequest { limit: 100, after: Some(next) };
            }
        }
        all
    };
    let before = find().await;
    assert_eq!(before.iter().map(|(items, _)| items.len()).collect::<Vec<_>>()[..5], [100, 100, 100, 100, 6]);
    while storage.tidy_search().await.expect("is tidied up") {}
    assert_eq!(find().await, before);
}
