//! Readings that something comes between: they end in an error, or in what is true.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use directory::LdapSettings;
use domain::ObjectKind;
use lab::Change;
use ports::SourceError;

use crate::{forest, proxy, read, request, settings, source};

#[tokio::test]
async fn a_connection_cut_anywhere_in_a_reading_is_an_error_and_never_its_end() {
    let forest = forest(|_| {}).await;
    let upstream = proxy::address_of(&forest.url());
    let attributes = ["cn", "mail", "department", "proxyAddresses"];
    for answer_bytes in [1, 30, 700, 3_000, 9_000, 20_000, 35_000, 50_000] {
        let url = proxy::start(upstream, answer_bytes, proxy::silently()).await;
        let source = source(LdapSettings { url, ..settings(&forest) });
        let result = read(&source, request(ObjectKind::User, &attributes, 25)).await;
        assert!(
            matches!(result, Err(SourceError::Incomplete { .. } | SourceError::Unreachable { .. })),
            "{answer_bytes}: {:?}",
            result.map(|(entries, _)| entries.len())
        );
    }
}

#[tokio::test]
async fn after_an_error_a_reading_never_looks_finished() {
    let forest = forest(|_| {}).await;
    let url = proxy::start(proxy::address_of(&forest.url()), 15_000, proxy::silently()).await;
    let source = source(LdapSettings { url, ..settings(&forest) });
    let mut pages = source.read(request(ObjectKind::User, &["mail"], 25)).await.expect("a beginning");
    while let Ok(page) = pages.next_page().await {
        assert!(page.is_some(), "the reading took the cut for its end");
    }
    assert!(pages.next_page().await.is_err());
}

#[tokio::test]
async fn a_group_that_changes_between_two_ranges_is_read_anew() {
    let forest = Arc::new(
        forest(|options| {
            options.people = 5_000;
            options.large_group = Some(4_000);
        })
        .await,
    );
    let plain = source(settings(&forest));
    let (groups, _) = read(&plain, request(ObjectKind::Group, &["member"], 500)).await.expect("groups");
    let large =
        groups.into_iter().max_by_key(|group| group.entry.values("member").len()).expect("a group").entry;

    // Whoever is first in the list leaves when the second range is asked for: all others move up by one.
    let leaver = large.text("member").expect("a member").to_owned();
    let leaves = Change::RemoveMember { group: large.dn.clone(), member: leaver.clone() };
    let ranges = Arc::new(AtomicUsize::new(0));
    let on_request = {
        let (forest, ranges) = (Arc::clone(&forest), Arc::clone(&ranges));
        Arc::new(move |request: &[u8]| {
            let is_range = request.windows(12).any(|part| part == b"member;range");
            if is_range && ranges.fetch_add(1, Ordering::SeqCst) == 1 {
                forest.apply(&leaves).expect("a change");
            }
        })
    };
    let url = proxy::start(proxy::address_of(&forest.url()), usize::MAX, on_request).await;
    let watched = source(LdapSettings { url, ..settings(&forest) });
    let read = watched.object(&large.dn, &["member".into()]).await.expect("an answer").expect("the group");
    let expected: BTreeSet<&str> = large.texts("member").filter(|member| *member != leaver).collect();
    assert_eq!(read.texts("member").collect::<BTreeSet<_>>(), expected);
    assert_eq!(read.values("member").len(), 3_999, "a member came twice");
    assert!(ranges.load(Ordering::SeqCst) > 3, "the ranges were not begun anew");
}

#[tokio::test]
async fn a_look_up_on_a_connection_that_broke_while_it_waited_makes_a_new_one() {
    let forest = forest(|_| {}).await;
    let dn = forest.person_dn(1).expect("a person");
    // Enough answers for signing in and some look-ups, and then no more on that connection.
    let url = proxy::start(proxy::address_of(&forest.url()), 4_000, proxy::silently()).await;
    let source = source(LdapSettings { url, ..settings(&forest) });
    for look_up in 0..100 {
        let found = source.object(&dn, &[]).await;
        assert!(matches!(found, Ok(Some(_))), "look-up {look_up}: {found:?}");
    }
}
