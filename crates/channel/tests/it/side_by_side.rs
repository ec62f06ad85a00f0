//! Many requests on one connection.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use channel::testing::through_an_agent;
use domain::ObjectKind;
use ports::{Browse, ReadRequest, Source, Which};

use crate::listed::{Listed, id, person};

pub fn request(page_size: u32) -> ReadRequest {
    ReadRequest { kind: ObjectKind::User, bases: Vec::new(), attributes: Vec::new(), page_size }
}

#[tokio::test]
async fn every_question_is_answered_as_the_directory_answers_it() {
    let list = Listed::new(5);
    let remote = through_an_agent(Arc::new(list.clone()));
    assert_eq!(remote.probe().await, list.probe().await);
    assert_eq!(remote.mark().await, list.mark().await);
    assert_eq!(remote.container("DC=x").await, list.container("DC=x").await);
    assert_eq!(remote.container("DC=y").await, Ok(None));
    assert_eq!(remote.container_by_id(&id(0)).await, list.container_by_id(&id(0)).await);
    for what in [
        Browse::Beneath { object_id: None },
        Browse::Beneath { object_id: Some(id(9)) },
        Browse::Named { text: "P3".into() },
    ] {
        assert_eq!(remote.browse(what.clone()).await, list.browse(what).await);
    }
    assert_eq!(remote.object("CN=P3,DC=x", &[]).await, Ok(Some(person(3).entry)));
    let ids = [id(2), id(9)];
    for which in [Which::Ids(&ids), Which::Called("P3")] {
        assert_eq!(remote.objects(which, &[]).await, list.objects(which, &[]).await);
    }
}

#[tokio::test]
async fn a_reader_that_waits_is_waited_for_and_keeps_nobody_else_waiting() {
    let list = Listed::new(1_000);
    let remote = through_an_agent(Arc::new(list.clone()));
    let mut slow = remote.read(request(1)).await.expect("a reading");
    slow.next_page().await.expect("a page").expect("a page");
    // Others are answered meanwhile, which also lets the agent do whatever it wants to do.
    for _ in 0..100 {
        remote.probe().await.expect("an answer");
    }
    let ahead = list.made.load(Ordering::SeqCst);
    assert!(ahead <= 5, "{ahead} pages were made for one that was taken");
    let mut count = 1;
    while slow.next_page().await.expect("a page").is_some() {
        count += 1;
    }
    assert_eq!(count, 1_000);
}

#[tokio::test]
async fn a_hundred_readings_run_side_by_side() {
    let remote = through_an_agent(Arc::new(Listed::new(200)));
    let readings = (0..100).map(|_| {
        let remote = remote.clone();
        tokio::spawn(async move {
            let mut pages = remote.read(request(7)).await.expect("a reading");
            let mut ids = Vec::new();
            while let Some(page) = pages.next_page().await.expect("a page") {
                ids.extend(page.entries.into_iter().map(|entry| entry.object_id));
            }
            ids
        })
    });
    let expected: Vec<String> = (1..=200).map(id).collect();
    for reading in readings.collect::<Vec<_>>() {
        assert_eq!(reading.await.expect("a reading"), expected);
    }
}

#[tokio::test]
async fn a_reading_that_nobody_wants_any_more_ends_at_the_agent() {
    let list = Listed::new(100_000);
    let remote = through_an_agent(Arc::new(list.clone()));
    let pages = remote.read(request(1)).await.expect("a reading");
    drop(pages);
    remote.probe().await.expect("an answer");
    let made = list.made.load(Ordering::SeqCst);
    for _ in 0..100 {
        remote.probe().await.expect("an answer");
    }
    assert_eq!(list.made.load(Ordering::SeqCst), made);
}
