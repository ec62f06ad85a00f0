//! Services that page in every way, without a network.

use super::*;

/// Walks over a service that is a function of startIndex.
fn walk(service: impl Fn(usize) -> Json) -> Result<Vec<String>, Failure> {
    let paging = Paging { count: 2, most_pages: 40, cursor: false };
    let mut walk = Walk::new("Users", Want::Anchors, paging);
    let mut ids = Vec::new();
    while !walk.is_done() {
        let page = service(walk.start);
        ids.extend(walk.take(page)?.iter().filter_map(|resource| json::text_of(resource, "id")));
    }
    Ok(ids)
}

fn page(ids: &[usize], total: usize) -> Json {
    let resources: Vec<_> = ids.iter().map(|id| json!({"id": id.to_string()})).collect();
    json!({"totalResults": total, "Resources": resources})
}

#[test]
fn pages_of_any_size_are_read_to_the_end() {
    let all = [1, 2, 3, 4, 5];
    let sized = |size: usize| {
        walk(move |start| {
            let end = (start - 1 + size).min(5);
            page(all.get(start - 1..end).unwrap_or_default(), 5)
        })
    };
    for size in [1, 2, 3, 5, 9] {
        assert_eq!(sized(size).expect("a list").len(), 5, "pages of {size}");
    }
    assert_eq!(walk(|_| json!({"totalResults": 0})).expect("an empty list").len(), 0);
}

#[test]
fn a_service_that_repeats_its_first_page_is_whole_or_an_error() {
    assert_eq!(walk(|_| page(&[1, 2], 2)).expect("a list").len(), 2);
    let error = walk(|_| page(&[1, 2], 5)).expect_err("an incomplete list");
    assert!(error.to_string().contains("has 2 of the 5 objects"), "{error}");
}

#[test]
fn pain_12_a_total_that_is_only_the_length_of_the_page_does_not_end_the_list() {
    let all: Vec<_> = (1..=7).collect();
    let list = |start: usize| {
        let page_ids = &all[(start - 1).min(7)..(start + 1).min(7)];
        page(page_ids, page_ids.len())
    };
    assert_eq!(walk(list).expect("a list").len(), 7);
    // Or one that is capped, as search engines do.
    let capped = |start: usize| page(&all[(start - 1).min(7)..(start + 1).min(7)], 4);
    assert_eq!(walk(capped).expect("a list").len(), 7);
}

#[test]
fn a_list_that_grows_while_it_is_read_is_no_lie_even_where_it_begins_anew_behind_its_end() {
    let calls = std::cell::Cell::new(0);
    let grows = |start: usize| {
        calls.set(calls.get() + 1);
        let total = (3 + calls.get()).min(8);
        let ids: Vec<_> = (1..=total).collect();
        let from = if start > total { 0 } else { start - 1 };
        page(&ids[from..(from + 2).min(total)], total)
    };
    assert_eq!(walk(grows).expect("a list").len(), 8);
}

#[test]
fn pain_20_a_list_that_never_ends_is_an_error_and_no_list() {
    let endless = |start: usize| page(&[start, start + 1], usize::MAX);
    let error = walk(endless).expect_err("no end");
    assert!(error.to_string().contains("does not end"), "{error}");
    let without_total = |start: usize| json!([{"id": start}, {"id": start + 1}]);
    assert!(walk(without_total).is_err());
    // The same page for ever, without a total: nobody knows whether there is more.
    assert!(walk(|_| json!([{"id": 1}, {"id": 2}])).is_err());
    assert_eq!(walk(|_| json!([{"id": 1}])).expect("all at once").len(), 1);
}

#[test]
fn a_list_without_a_total_ends_with_an_empty_page() {
    let list = |start: usize| if start < 4 { json!([{"id": start}]) } else { json!([]) };
    assert_eq!(walk(list).expect("a list").len(), 3);
}

#[test]
fn what_is_no_list_is_no_empty_list() {
    for answer in [json!({}), json!({"users": []}), json!("ok"), json!([{"name": "x"}])] {
        assert!(walk(|_| answer.clone()).is_err(), "{answer}");
    }
}
